/* Chapter 13's ledger, filtered by verdict. Without this script the whole table shows. Loaded
   before lang.js, which then takes care of the labels' languages. Deferred. */
(function () {
  "use strict";
  const table = document.querySelector("table.claims");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const choices = [
    ["all", "全部", "all"],
    ["holds", "成立", "holds"],
    ["care", "有条件成立", "holds with care"],
    ["fails", "不成立", "fails"],
  ];

  function side(lang, text) {
    const span = document.createElement("span");
    span.className = lang === "en" ? "lang-en" : "lang-zh";
    span.lang = lang;
    span.textContent = text;
    return span;
  }

  function label(element, zh, en) {
    const bar = document.createElement("span");
    bar.className = "lang-sep";
    bar.setAttribute("aria-hidden", "true");
    bar.textContent = " | ";
    element.replaceChildren(side("zh-CN", zh), bar, side("en", en));
  }

  const bar = document.createElement("div");
  bar.className = "claims-filter";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "按判定筛选 | Filter by verdict");
  const status = document.createElement("p");
  status.className = "claims-status";
  status.setAttribute("role", "status");

  const fits = (row, verdict) => verdict === "all" || row.dataset.verdict === verdict;

  function choose(verdict) {
    for (const row of rows) row.hidden = !fits(row, verdict);
    for (const button of bar.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === verdict));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    label(status, `共${rows.length}条，显示${shown}条`, `${shown} of ${rows.length} shown`);
  }

  for (const [verdict, zh, en] of choices) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.choice = verdict;
    const count = rows.filter((row) => fits(row, verdict)).length;
    label(button, `${zh} ${count}`, `${en} ${count}`);
    button.addEventListener("click", () => choose(verdict));
    bar.append(button);
  }

  /* A link to a row that the filter hides shows all rows again. */
  function reveal() {
    const row = location.hash && document.getElementById(location.hash.slice(1));
    if (row && row.hidden) {
      choose("all");
      row.scrollIntoView();
    }
  }

  const box = table.closest(".pst-scrollable-table-container") || table;
  box.before(bar, status);
  addEventListener("hashchange", reveal);
  choose("all");
})();
