"use strict";
(() => {
  const table = document.querySelector("table.portfolio");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const form = document.querySelector("form.choose");
  const words = form.querySelector("#words");
  const status = form.querySelector("#status");
  const told = form.querySelector("[role=status]");
  const language = document.documentElement.lang;
  const order = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
  const text = new Map(rows.map((row) => [row, row.textContent.toLocaleLowerCase(language)]));

  const choose = () => {
    const wanted = words.value.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = wanted.every((word) => text.get(row).includes(word));
      row.hidden = !(fits && (!status.value || row.dataset.status === status.value));
      shown += row.hidden ? 0 : 1;
    }
    const values = { n: shown, all: rows.length };
    told.textContent = told.dataset.shown.replace(/\{(n|all)\}/g, (_, name) => values[name].toLocaleString(language));
  };

  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    const numeric = head.dataset.kind === "number";
    // What needs somebody comes first: failed before done, most to look at before least.
    const first = head.dataset.column === "attention" || head.dataset.column === "changed" ? "descending" : "ascending";
    button.disabled = false;
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const other = before === "ascending" ? "descending" : "ascending";
      const direction = before ? other : first;
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const value = (row) => row.cells[column].dataset.value;
      const compare = numeric ? (a, b) => Number(value(a)) - Number(value(b)) : (a, b) => order.compare(value(a), value(b));
      rows.sort((a, b) => sign * compare(a, b)).forEach((row) => body.append(row));
    });
  });
  words.addEventListener("input", choose);
  status.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  choose();
})();
