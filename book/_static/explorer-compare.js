/* The explorer's table of all laws at one budget. */
(function () {
  "use strict";
  const data = window.isoflopExplorer, laws = window.isoflopLaws;
  const specs = window.isoflopSpecs, text = window.isoflopText;
  if (!data || !laws || !specs || !text) return;
  const { make, pair, three, counted, counts } = text;

  const body = make("tbody");
  function table() {
    const heads = [pair("定律", "Law"), pair("参数量N", "Parameters N"), pair("词元D", "Tokens D"), ["D/N"],
      pair("损失L", "Loss L"), pair("对我们的拟合的N", "N against our refit")];
    return make("table", { class: "table explorer-compare" },
      make("caption", {}, ...pair("这笔预算下的每条定律；星号是外推；方括号是区间，水平在括号后；没有的给不出区间，选中那条定律就写着为什么。",
        "Every law at this budget; a star is extrapolated; brackets are bands, each with its level; where there is none, none can be given: choose the law to read why.")),
      make("thead", {}, make("tr", {}, ...heads.map((h) => make("th", { scope: "col" }, ...h)))), body);
  }

  function fill(state) {
    const ours = laws.optimum(data.laws.find((law) => law.id === "refit"), state.c).N;
    body.replaceChildren(...data.laws.map((law) => {
      const best = laws.optimum(law, state.c), N = laws.intervals(law, state.c, data.grid).N;
      const row = make("tr", law.id === state.law ? { class: "chosen", "aria-current": "true" } : {});
      row.dataset.law = law.id;
      row.append(
        make("th", { scope: "row" }, ...pair(law.name.zh, law.name.En), specs.outside(law, state.c) ? "*" : ""),
        make("td", {}, ...counted(best.N), ...(N ? [make("div", {}, ...counts(N), ` ${Math.round(100 * law.level)}%`)] : [])),
        make("td", {}, ...counted(best.D)),
        make("td", {}, three(best.D / best.N)),
        make("td", {}, Number.isNaN(best.loss) ? "—" : best.loss.toFixed(3)),
        make("td", {}, `×${(best.N / ours).toPrecision(3)}`));
      return row;
    }));
  }

  window.isoflopCompare = { table, fill };
})();
