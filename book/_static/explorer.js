/* The explorer on its page: controls, result, figures and the table of all laws. Without this
   script the page keeps the picture and the table that the build made. Deferred, after the
   explorer's other scripts and before lang.js. */
(function () {
  "use strict";
  const root = document.getElementById("explorer");
  const data = window.isoflopExplorer, laws = window.isoflopLaws;
  const figures = window.isoflopFigure, address = window.isoflopState;
  const specs = window.isoflopSpecs, text = window.isoflopText, compare = window.isoflopCompare;
  if (!root || !data || !laws || !figures || !address || !specs || !text || !compare) return;
  const { make, unbroken, side, pair, plain, three, count, scientific, both, counted, counts } = text;

  let state = address.parse(location.hash);
  let plotly = null, speaking = 0; // Plotly once loaded; a timer
  const chosen = () => specs.chosen(state);
  const percent = (law) => Math.round(100 * law.level);

  for (const law of data.laws) law.name.En = law.name.en[0].toUpperCase() + law.name.en.slice(1);

  const interval = (law, q) => laws.intervals(law, state.c, data.grid)[q];
  const outside = (law) => specs.outside(law, state.c);

  /* ---------- Controls ---------- */
  const controls = {};
  function field(name, zh, en, control, wide) {
    control.id = `explorer-${name}`;
    controls[name] = control;
    return make("div", { class: wide ? "explorer-field wide" : "explorer-field" },
      make("label", { for: control.id }, ...pair(zh, en)), control);
  }
  const typed = (extra = {}) => make("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", ...extra,
  });
  const slider = make("input", { type: "range", min: 17, max: 27, step: 0.05 });
  const problem = make("p", { class: "explorer-problem wide", role: "alert" });

  function cardsBox() {
    const box = make("details", { class: "explorer-cards wide" },
      make("summary", {}, ...pair("按GPU来算预算", "Budget from GPUs")),
      make("div", {},
        field("gpu", "型号", "Type", make("select")),
        field("n", "块数", "Count", typed()),
        field("days", "天数", "Days", typed()),
        field("u", "利用率（0到1）", "Utilisation (0 to 1)", typed())));
    box.open = Boolean(state.gpu);
    return box;
  }

  function toggle(name, zh, en) {
    const button = make("button", { type: "button", "data-toggle": name }, ...pair(zh, en));
    button.addEventListener("click", () => change({ [name]: 1 - state[name] }));
    return button;
  }

  const copy = make("button", { type: "button", "data-action": "copy" }, ...pair("复制链接", "Copy link"));
  const ASLEEP = ["放大、看数值", "Zoom and read values"], AWAKE = ["回到静图", "Back to the still picture"];
  const move = make("button", { type: "button", "data-action": "plotly", "aria-pressed": "false" },
    ...pair(...ASLEEP));
  const toggles = [toggle("all", "别的定律", "Other laws"), toggle("models", "有名的模型", "Named models")];
  const said = make("span", { class: "visually-hidden", role: "status" });

  function controlBox() {
    return make("form", { class: "explorer-controls", "aria-label": "探索器的设置 | Explorer settings" },
      field("slider", "训练算力C（滑块，对数刻度）", "Training compute C (slider, log scale)", slider, true),
      field("c", "算力C [FLOP]，1e17到1e27", "C [FLOP], 1e17 to 1e27", typed()),
      field("law", "定律", "Law", make("select")),
      field("t", "训练完要推理多少词元T", "Tokens T to serve afterwards", typed()),
      cardsBox(), problem,
      make("div", { class: "explorer-bar wide" }, ...toggles, move, copy, said));
  }

  function options(select, rows) {
    select.replaceChildren(...rows.map(([value, zh, en]) => make("option", { value }, zh === en ? zh : plain(zh, en))));
  }

  function relabel() {
    options(controls.law, data.laws.map((law) => [law.id, law.name.zh, law.name.En]));
    options(controls.gpu, [["", "不用", "none"], ...data.cards.map((c) => [c.id, c.name, c.name])]);
    controls.law.value = state.law;
    controls.gpu.value = state.gpu;
    slider.setAttribute("aria-valuetext", `${scientific(state.c)} FLOP`);
  }

  function fill() {
    const values = { c: scientific(state.c), t: state.t ? scientific(state.t) : "0", n: state.n, days: state.days, u: state.u };
    for (const [name, value] of Object.entries(values)) {
      if (document.activeElement !== controls[name]) controls[name].value = value;
      controls[name].removeAttribute("aria-invalid");
    }
    if (document.activeElement !== slider) slider.value = Math.log10(state.c);
    for (const button of toggles) {
      button.setAttribute("aria-pressed", String(state[button.dataset.toggle] === 1));
    }
    relabel();
  }

  function read(name) {
    if (name === "slider") return change({ c: Number(Math.pow(10, slider.value).toPrecision(4)), gpu: "" });
    if (name === "law") return change({ law: controls.law.value });
    if (name === "gpu") return withCards({ gpu: controls.gpu.value });
    const value = address.number(name, controls[name].value);
    if (Number.isNaN(value)) return complain(name);
    if (name === "c") return change({ c: value, gpu: "" });
    if (name === "t") return change({ t: value });
    return withCards({ [name]: value });
  }

  function withCards(part) {
    const next = { ...state, ...part };
    if (!next.gpu && (part.n || part.days)) next.gpu = part.gpu = data.cards[0].id; // a count is of some card
    if (!next.gpu) return change(part);
    const C = address.fromCards(next);
    if (Number.isNaN(C)) return complain("n", true);
    return change({ ...part, c: C });
  }

  function complain(name, cards) {
    controls[name].setAttribute("aria-invalid", "true");
    const [low, high] = (cards ? address.RANGES.c : address.RANGES[name]).map((v) => (v < 1e4 ? String(v) : scientific(v)));
    if (cards) {
      problem.replaceChildren(...pair(`这些GPU给出的算力不在${low}到${high} FLOPs之间，改一改块数或天数。`,
        `These GPUs give a budget outside ${low} to ${high} FLOPs; change count or days.`));
    } else {
      problem.replaceChildren(...pair(`这里要一个${low}到${high}之间的数${name === "c" ? "，例如1e22" : ""}；先按原来的值显示。`,
        `This needs a number from ${low} to ${high}${name === "c" ? ", such as 1e22" : ""}; the last good value is shown.`));
    }
  }

  /* ---------- Result ---------- */
  const result = make("div", { class: "explorer-result", role: "status", "aria-live": "polite" });
  const numbers = make("dl", { class: "explorer-numbers" });

  function sentence(lang) {
    const law = chosen(), best = laws.optimum(law, state.c), zh = lang === "zh";
    const N = interval(law, "N"), L = interval(law, "loss");
    const write = (v) => count(v, lang);
    const C = scientific(state.c), ratio = three(best.D / best.N), [low, high] = law.fitted.map(scientific);
    const band = N ? (zh ? `（${percent(law)}%区间${both(N, write)}）` : ` (${percent(law)}% band ${both(N, write)})`) : "";
    const lost = Number.isNaN(best.loss) ? "" : best.loss.toFixed(3) + (L ? ` ${both(L, (v) => v.toFixed(3))}` : "");
    const out = zh
      ? `${C} FLOPs，按${law.name.zh}：${write(best.N)}参数${band}，读${write(best.D)}词元，D/N = ${ratio}${lost && `，损失${lost} nats/词元`}。`
      : `${C} FLOPs under ${law.name.en}: ${write(best.N)} parameters${band}, ${write(best.D)} tokens, D/N = ${ratio}${lost && `, loss ${lost} nats/token`}.`;
    const parts = [make("p", {}, ...unbroken(out))];
    if (outside(law)) {
      parts.push(make("p", { class: "outside" }, zh
        ? `这是外推：背后的训练只在${low}到${high} FLOPs之间。`
        : `This is extrapolated: the runs behind it span ${low} to ${high} FLOPs only.`));
    } else parts.push(make("p", {}, zh ? `在背后的训练的范围之内（${low}到${high} FLOPs）。`
      : `Inside the range of the runs behind it (${low} to ${high} FLOPs).`));
    parts.push(make("p", { class: "note" }, law.note[lang] + spread(lang)));
    return side(lang, parts, "div");
  }

  /* How far the laws lie apart: what no single band says. */
  function spread(lang) {
    const all = data.laws.map((law) => [laws.optimum(law, state.c).N, law]).sort((a, b) => a[0] - b[0]);
    const [low, high] = [all[0], all[all.length - 1]];
    const times = three(high[0] / low[0]);
    return lang === "zh"
      ? `各条定律给出的N从${count(low[0], lang)}（${low[1].name.zh}）到${count(high[0], lang)}（${high[1].name.zh}），最大的是最小的${times}倍${but(lang)}。`
      : ` Across the laws N runs from ${count(low[0], lang)} (${low[1].name.en}) to ${count(high[0], lang)} (${high[1].name.en}), a factor of ${times}${but(lang)}.`;
  }

  /* The same without Kaplan et al., who count and tune otherwise (chapter 10). */
  function but(lang) {
    const N = data.laws.filter((law) => law.id !== "kaplan").map((law) => laws.optimum(law, state.c).N);
    const [low, high] = [Math.min(...N), Math.max(...N)].map((v) => count(v, lang));
    return lang === "zh" ? `；除Kaplan等人外，其余从${low}到${high}` : `; Kaplan et al. aside, from ${low} to ${high}`;
  }

  function figureOf(zh, en, value, more) {
    const dd = make("dd", {}, make("b", {}, ...[value].flat()));
    if (more) dd.append(make("small", {}, ...[more].flat()));
    return make("div", {}, make("dt", {}, ...(zh === en ? [zh] : pair(zh, en))), dd);
  }

  function showNumbers() {
    const law = chosen(), best = laws.optimum(law, state.c);
    const L = interval(law, "loss"), R = interval(law, "ratio");
    const none = () => pair("没有区间，见上面的说明", "no band; the note above says why");
    const rows = [
      figureOf("参数量N", "Parameters N", counted(best.N), counts(interval(law, "N")) || none()),
      figureOf("词元D", "Tokens D", counted(best.D), counts(interval(law, "D")) || none()),
      figureOf("D/N", "D/N", three(best.D / best.N), R ? both(R, three) : none()),
      Number.isNaN(best.loss)
        ? figureOf("损失L", "Loss L", "—", pair("这种方法不预测", "not predicted by this approach"))
        : figureOf("损失L [nats/词元]", "Loss L [nats/token]", best.loss.toFixed(3),
          L ? both(L, (v) => v.toFixed(3)) : none()),
    ];
    if (state.t > 0) rows.push(...served(law, best));
    numbers.replaceChildren(...rows);
  }

  function served(law, best) {
    const cost = laws.serving(best.N, best.D, state.t);
    const share = `${three((100 * cost.serving) / cost.total)}%`;
    const rows = [figureOf("推理T个词元，2NT [FLOP]", "Serving T tokens, 2NT [FLOP]", scientific(cost.serving),
      pair(`占训练加推理的${share}`, `${share} of training plus serving`))];
    if (law.kind === "surface") {
      const less = laws.withServing(law, best.loss, state.t, best.N);
      const saved = `${three(100 * (1 - less.total / cost.total))}%`;
      rows.push(figureOf("同样损失，总算力最少的N", "Same loss, least total: N", counted(less.N),
        pair(`读${count(less.D, "zh")}词元，总共省${saved}`, `${count(less.D, "en")} tokens, saves ${saved} in all`)));
    } else rows.push(figureOf("同样损失，总算力最少的N", "Same loss, least total: N", "—",
      pair("只对有损失曲面的定律计算", "for laws with a loss surface only")));
    return rows;
  }

  function drawing(name, zh, en) {
    const box = make("div", { class: "drawing", role: "img" });
    return { name, box, figure: make("figure", {}, box, make("figcaption", {}, ...pair(zh, en))) };
  }
  const drawings = [
    drawing("valley", "这笔算力下，损失随参数量的谷：圆点和竖虚线是最优，竖条是它的区间；曲线画成虚线，就是外推或借来的。Kaplan等人的曲线来自他们的联合公式，高低和谷底都与他们自己的最优规则对不上。",
      "The valley of loss against parameters at this budget: the point and the upright dashes are the optimum, the stripe its band; a dashed curve is extrapolated or borrowed. For Kaplan et al. the curve is their joint law, whose height and bottom do not agree with their own rule for the optimum."),
    drawing("allocation", "最优参数量怎样随算力变：蓝色粗线是选中的定律和它的区间，红线是Kaplan等人（没选中时），灰线是其余；虚线是外推，橙点是有名的模型（没写名字的：GPT-3旁边是LaMDA和Jurassic-1，它与MT-NLG之间是Gopher）。",
      "Optimal parameters against compute: thick and blue is the chosen law with its band, red Kaplan et al. where not chosen, grey the others; dashes extrapolate, orange points are named models (unlabelled: LaMDA and Jurassic-1 beside GPT-3, Gopher between it and MT-NLG)."),
  ];

  function draw() {
    const best = laws.optimum(chosen(), state.c);
    const alts = {
      valley: plain(`损失随参数量的谷，最优在${count(best.N, "zh")}参数`, `Valley of loss against parameters, lowest at ${count(best.N, "en")} parameters`),
      allocation: plain("各条定律的最优参数量怎样随算力变，和有名的模型", "Optimal parameters against compute under the laws, and named models"),
    };
    for (const { name, box } of drawings) {
      box.setAttribute("aria-label", alts[name]);
      if (plotly) figures.drawPlotly(plotly, box, specs[name](state));
      else figures.drawSvg(box, specs[name](state), `explorer-clip-${name}`);
    }
  }

  /* ---------- Together ---------- */
  function show() {
    fill();
    showNumbers();
    draw();
    compare.fill(state);
    clearTimeout(speaking); // a moving slider would otherwise speak at every step
    speaking = setTimeout(() => result.replaceChildren(sentence("zh"), sentence("en")), root.dataset.ready ? 200 : 0);
  }

  function change(part) {
    state = { ...state, ...part };
    problem.replaceChildren();
    history.replaceState(null, "", address.write(state));
    show();
  }

  async function copyLink() {
    history.replaceState(null, "", address.write(state));
    let done = true;
    try {
      await navigator.clipboard.writeText(location.href);
    } catch (e) {
      done = false; // no permission, or a page from disk: the address bar has it all the same
    }
    copy.replaceChildren(...(done ? pair("已复制", "Copied") : pair("链接就在地址栏里", "The address bar holds the link")));
    said.replaceChildren(...[...copy.childNodes].map((n) => n.cloneNode(true)));
    setTimeout(() => copy.replaceChildren(...pair("复制链接", "Copy link")), 4000);
  }

  async function activate() {
    if (plotly) {
      for (const { box } of drawings) plotly.purge(box);
      plotly = null;
    } else {
      move.setAttribute("aria-busy", "true");
      try {
        plotly = await window.loadPlotly();
      } catch (e) {
        problem.replaceChildren(...pair("可动的图没有载入；静态的图照样可用。", "The interactive figure did not load; the still one works all the same."));
      }
      move.removeAttribute("aria-busy");
      for (const { box } of drawings) if (plotly) box.replaceChildren();
    }
    move.setAttribute("aria-pressed", String(Boolean(plotly)));
    move.replaceChildren(...pair(...(plotly ? AWAKE : ASLEEP)));
    draw();
  }

  const form = controlBox();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => read(event.target.id.replace("explorer-", "")));
  slider.addEventListener("input", () => read("slider"));
  copy.addEventListener("click", copyLink);
  move.addEventListener("click", activate);
  addEventListener("hashchange", () => {
    state = address.parse(location.hash);
    show();
  });
  document.addEventListener("languagechange", () => { relabel(); draw(); });
  new MutationObserver(() => plotly && draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  root.replaceChildren(form, result, numbers,
    make("div", { class: "explorer-figures" }, ...drawings.map((d) => d.figure)),
    compare.note(), make("div", { class: "pst-scrollable-table-container" }, compare.table()));
  show();
  root.dataset.ready = "yes";
})();
