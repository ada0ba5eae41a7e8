/* The decision panel: the arithmetic of crmlab.analyses.actions.payoff, again whenever a slider moves. */
"use strict";
(() => {
  const DAYS_A_YEAR = 365;
  const HALVINGS = 60;
  const PERSIAN = { 0: "۰", 1: "۱", 2: "۲", 3: "۳", 4: "۴", 5: "۵", 6: "۶", 7: "۷", 8: "۸", 9: "۹", ",": "٬", ".": "٫", "-": "\u200e−" };

  function writer(data) {
    const persian = data.language === "fa";
    const turned = (text) => text.replace(/[-0-9,.]/g, (sign) => PERSIAN[sign]) + (text[0] === "-" ? "\u200f" : "");
    const local = (text) => (persian ? turned(text) : text);
    const plain = (value, decimals) => {
      const said = value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
      return local(/[1-9]/.test(said) ? said : said.replace("-", ""));
    };
    return {
      share: (value) => (persian ? `${plain(100 * value, 1)}\u200f٪` : `${plain(100 * value, 1)} %`),
      points: (value) => data.words.points.replace("{n}", plain(100 * value, 1)),
      money: (value) => `${plain(value, data.decimals)} ${data.currency}`,
    };
  }

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
  const discount = (terms, days) => (1 + terms.discount_rate_per_year) ** (-days / 2 / DAYS_A_YEAR);

  function gain(list, terms, days) {
    const uplift = Math.min(terms.uplift, list.room);
    const each = terms.margin_rate * discount(terms, days);
    const [low, value, high] = list.purchase.map((paid) => list.contacts * (uplift * each * paid - terms.contact_cost));
    const needed = each ? terms.contact_cost / (each * list.purchase[1]) : Infinity;
    return { low, value, high, breakEven: needed <= list.room ? needed : null };
  }

  function together(lists, terms, days) {
    const parts = lists.map((list) => gain(list, terms, days));
    const sum = (name) => parts.reduce((total, part) => total + part[name], 0);
    return { low: sum("low"), value: sum("value"), high: sum("high") };
  }

  function turningPoint(lists, terms, slider, days) {
    const at = (value) => together(lists, { ...terms, [slider.name]: value }, days).value;
    let [low, high] = [0, slider.max];
    const [first, last] = [at(low), at(high)];
    if (first === last || first * last > 0) return null;
    const rises = last > first;
    for (let step = 0; step < HALVINGS; step += 1) {
      const middle = (low + high) / 2;
      if ((at(middle) > 0) === rises) high = middle;
      else low = middle;
    }
    return (low + high) / 2;
  }

  const stateOf = (found) => (found.low > 0 ? "pays" : found.high < 0 ? "loses" : "open");

  function start(panel) {
    const data = JSON.parse(panel.querySelector("script").textContent);
    const write = writer(data);
    const form = panel.querySelector("form");
    const slider = (name) => form.elements[name];
    const part = (name) => panel.querySelector(`[data-part="${name}"]`);
    const termsNow = () => Object.fromEntries(data.sliders.map((one) => [one.name, Number(slider(one.name).value)]));
    const said = (one, value) => write[one.unit](value);

    function showList(card, list, terms) {
      const found = gain(list, terms, data.days);
      const state = found.breakEven === null ? "cannot" : stateOf(found);
      const seen = list.detectable !== null && terms.uplift >= list.detectable;
      const test = seen ? "seen" : list.detectable === null ? "blind" : "unseen";
      const told = {
        verdict: data.words.list[state],
        gain: write.money(found.value),
        range: filled(data.words.range, { low: write.money(found.low), high: write.money(found.high) }),
        break_even: found.breakEven === null ? data.words.none : write.points(found.breakEven),
        test: filled(data.words[test], { least: list.detectable === null ? "" : write.points(list.detectable) }),
      };
      card.dataset.state = state;
      for (const [name, text] of Object.entries(told)) card.querySelector(`[data-part="${name}"]`).textContent = text;
    }

    function showPlan(chosen, terms) {
      const plan = together(chosen, terms, data.days);
      const values = { value: write.money(Math.abs(plan.value)), low: write.money(plan.low), high: write.money(plan.high) };
      part("plan").textContent = chosen.length ? filled(data.words.plan[stateOf(plan)], values) : data.words.nothing;
      part("plan").dataset.state = chosen.length ? stateOf(plan) : "open";
    }

    function showSlider(one, chosen, terms) {
      const at = chosen.length ? turningPoint(chosen, terms, one, data.days) : null;
      const output = form.querySelector(`output[for="${slider(one.name).id}"]`);
      output.textContent = said(one, terms[one.name]);
      slider(one.name).setAttribute("aria-valuetext", output.textContent);
      form.querySelector(`[data-turn="${one.name}"]`).textContent =
        at === null ? data.words.steady : filled(data.words.turns, { at: said(one, at) });
    }

    function show() {
      const terms = termsNow();
      const cards = [...panel.querySelectorAll("[data-list]")];
      const chosen = data.lists.filter((_list, place) => cards[place].querySelector("input").checked);
      cards.forEach((card, place) => {
        card.classList.toggle("left-out", !card.querySelector("input").checked);
        showList(card, data.lists[place], terms);
      });
      showPlan(chosen, terms);
      data.sliders.forEach((one) => showSlider(one, chosen, terms));
      const said_ = data.sliders.map((one) => `${one.label} ${said(one, terms[one.name])}`);
      part("terms").textContent = filled(data.words.terms, { terms: said_.join(data.language === "fa" ? "، " : ", ") });
    }

    form.hidden = false;
    panel.querySelectorAll("[data-list] input").forEach((box) => (box.hidden = false));
    panel.addEventListener("input", show);
    form.addEventListener("reset", () => {
      panel.querySelectorAll("[data-list] input").forEach((box) => (box.checked = true));
      setTimeout(show); // the form has its old values back only after this event
    });
    show();
  }

  document.querySelectorAll("[data-panel]").forEach(start);
})();
