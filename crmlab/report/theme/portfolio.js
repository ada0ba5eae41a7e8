"use strict";
(() => {
  const table = document.querySelector("table.portfolio");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const form = document.querySelector("form.choose");
  const words = form.querySelector("#words");
  const status = form.querySelector("#status");
  const told = form.querySelector("[role=status]");
  const language = document.documentElement.lang;
  const order = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
  // A status has a choice of its own; as words, "0 failed" would be found in every row.
  const searched = (row) => [...row.cells].filter((_, column) => heads[column].dataset.column !== "status");
  const text = new Map(rows.map((row) => [row, searched(row).map((cell) => cell.textContent).join(" ").toLocaleLowerCase(language)]));

  const say = () => {
    const by = heads.find((head) => head.hasAttribute("aria-sort"));
    const n = rows.filter((row) => !row.hidden).length;
    const values = { n: n.toLocaleString(language), all: rows.length.toLocaleString(language), column: by.textContent.trim() };
    told.textContent = told.dataset[by.getAttribute("aria-sort")].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };

  const choose = () => {
    const wanted = words.value.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const fits = wanted.every((word) => text.get(row).includes(word));
      row.hidden = !(fits && (!status.value || row.dataset.status === status.value));
    }
    say();
  };

  const sort = (head, direction) => {
    const column = heads.indexOf(head);
    const sign = direction === "ascending" ? 1 : -1;
    const value = (row) => row.cells[column].dataset.value;
    const numbers = (a, b) => Number(value(a)) - Number(value(b));
    const texts = (a, b) => order.compare(value(a), value(b));
    const compare = head.dataset.kind === "number" ? numbers : texts;
    rows.sort((a, b) => sign * compare(a, b)).forEach((row) => body.append(row));
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", direction);
    say();
  };

  heads.forEach((head) => {
    const button = head.querySelector("button");
    // What needs somebody comes first: failed before done, most to look at before least.
    const first = head.dataset.column === "attention" || head.dataset.column === "changed" ? "descending" : "ascending";
    button.disabled = false;
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      sort(head, before ? (before === "ascending" ? "descending" : "ascending") : first);
    });
  });
  words.addEventListener("input", choose);
  status.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  sort(heads[0], "ascending");
  choose();
})();
