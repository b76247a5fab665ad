/* What the explorer's two figures show at a state: axes, bands, lines and points, drawn elsewhere. */
(function () {
  "use strict";
  const data = window.isoflopExplorer, laws = window.isoflopLaws;
  const address = window.isoflopState, words = window.isoflopText;
  if (!data || !laws || !address || !words) return;

  const chosen = (state) => data.laws.find((law) => law.id === state.law);
  const outside = (law, C) => C < law.fitted[0] || C > law.fitted[1];

  /* Models written by name, and where: the others would lie over each other. */
  const NAMED = {
    "GPT-3": { left: true, up: 7 }, "MT-NLG": { left: true, up: -3 }, Chinchilla: { left: true, up: 14 },
    "Llama 3 8B": {}, "Llama 3 70B": { up: 12, awake: "bottom center" },
    "Llama 3.1 405B": { left: true, along: 51, up: 16, awake: "bottom center" },
  };

  const colour = (law, state) => (law.id === state.law ? "--chosen" : law.id === "kaplan" ? "--kaplan" : "--other");

  function valley(state) {
    const law = chosen(state), best = laws.optimum(law, state.c);
    const drawn = law.kind === "allocation" ? data.laws.find((l) => l.id === "refit") : law;
    const low = best.N / 30, high = best.N * 30;
    const curve = laws.valley(drawn, state.c, low, high, 121);
    const at = laws.loss(drawn, best.N, best.D), bottom = Math.min(...curve.loss);
    const range = [bottom - 0.04 * at, Math.min(Math.max(...curve.loss), bottom * 1.35)];
    const N = laws.intervals(law, state.c, data.grid).N, lines = [];
    lines.push({ x: curve.N, y: curve.loss, colour: drawn === law ? "--chosen" : "--other",
      dash: outside(law, state.c) || drawn !== law, name: "L(N)" });
    lines.push({ x: [best.N, best.N], y: range, colour: "--chosen", width: 1, dash: true, name: "N*" });
    return {
      x: { label: "N [parameters]", range: [low, high] },
      y: { label: "L [nats/token]", range, log: false },
      bands: N ? [{ x: N, low: [range[0], range[0]], high: [range[1], range[1]], colour: "--chosen" }] : [],
      lines, points: [{ x: best.N, y: at, colour: "--chosen", r: 5, name: "N*" }],
    };
  }

  function pathOf(law, low, high) {
    const C = laws.geomspace(low, high, 41);
    return { x: C, y: C.map((c) => laws.optimum(law, c).N) };
  }

  function allocation(state) {
    const [low, high] = address.RANGES.c, lines = [], bands = [], points = [];
    const shown = data.laws.filter((law) => state.all || law.id === state.law);
    for (const law of [...shown].sort((a, b) => (a.id === state.law) - (b.id === state.law))) {
      const look = { colour: colour(law, state), name: words.plain(law.name.zh, law.name.en) };
      const width = law.id === state.law ? 2.5 : 1.2;
      lines.push({ ...pathOf(law, low, high), ...look, width: width / 1.6, dash: true });
      const inside = [Math.max(low, law.fitted[0]), Math.min(high, law.fitted[1])];
      if (inside[0] < inside[1]) lines.push({ ...pathOf(law, ...inside), ...look, width, dash: false });
    }
    const law = chosen(state), C = laws.geomspace(low, high, 81);
    if (law.band) {
      const edges = C.map((c) => laws.intervals(law, c, data.grid).N);
      bands.push({ x: C, low: edges.map((e) => e[0]), high: edges.map((e) => e[1]), colour: "--chosen" });
    }
    if (state.models) {
      for (const m of data.models) {
        points.push({ x: 6 * m.N * m.D, y: m.N, colour: "--model", name: m.name, ...(NAMED[m.name] && { text: m.name, ...NAMED[m.name] }) });
      }
    }
    points.push({ x: state.c, y: laws.optimum(law, state.c).N, colour: "--chosen", r: 6, name: "N*" });
    return {
      x: { label: "C [FLOP]", range: [low, high] }, y: { label: "N [parameters]", range: [1e7, 1e14], log: true },
      bands, lines, points,
    };
  }

  window.isoflopSpecs = { valley, allocation, chosen, outside };
})();
