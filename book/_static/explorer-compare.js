/* The explorer's table of all laws at one budget. */
(function () {
  "use strict";
  const data = window.isoflopExplorer, laws = window.isoflopLaws;
  const specs = window.isoflopSpecs, text = window.isoflopText;
  if (!data || !laws || !specs || !text) return;
  const { make, pair, three, counted, counts } = text;

  /* Outside the table, whose box may be narrower than a sentence. */
  function note() {
    const narrow = (text) => make("span", { class: "narrow" }, text);
    return make("p", { class: "explorer-compare-note", id: "explorer-compare-note" }, ...pair(
      ["这笔预算下的每条定律。星号：外推；方括号：区间，后面是置信水平；没有方括号的，给不出区间，选中那条定律就写着为什么。数据和分词器不同的定律，损失不能互相比。", narrow("表可以左右滑动。")],
      ["Every law at this budget. A star: extrapolated; brackets: a band, then its level; where there is none, none can be given: choose the law to read why. Losses on other data and tokenizers cannot be compared.", narrow(" The table slides sideways.")]));
  }

  const body = make("tbody");
  function table() {
    const heads = [pair("定律", "Law"), pair("参数量N", "Parameters N"), pair("词元D", "Tokens D"), ["D/N"],
      pair("损失L", "Loss L"), pair("N是我们拟合的几倍", "N over our refit's")];
    return make("table", { class: "table explorer-compare", "aria-labelledby": "explorer-compare-note" },
      make("thead", {}, make("tr", {}, ...heads.map((h) => make("th", { scope: "col" }, ...h)))), body);
  }

  function fill(state) {
    const ours = laws.optimum(data.laws.find((law) => law.id === "refit"), state.c).N;
    body.replaceChildren(...data.laws.map((law) => {
      const best = laws.optimum(law, state.c), N = laws.intervals(law, state.c, data.grid).N;
      const row = make("tr", law.id === state.law ? { class: "chosen", "aria-current": "true" } : {});
      row.dataset.law = law.id;
      const star = specs.outside(law, state.c) ? "*" : "";
      row.append(
        make("th", { scope: "row" }, ...pair(law.name.zh + star, law.name.En + star)),
        make("td", {}, ...counted(best.N), ...(N ? [make("div", {}, ...counts(N, ` ${Math.round(100 * law.level)}%`))] : [])),
        make("td", {}, ...counted(best.D)),
        make("td", {}, three(best.D / best.N)),
        make("td", {}, Number.isNaN(best.loss) ? "—" : best.loss.toFixed(3)),
        make("td", {}, `×${(best.N / ours).toPrecision(3)}`));
      return row;
    }));
  }

  window.isoflopCompare = { note, table, fill };
})();
