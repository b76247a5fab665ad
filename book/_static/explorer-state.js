/* The explorer's state and its place in the address: #c=1e22&law=refit&… Whatever an address
   holds that is no law, card or number in range is dropped, never shown. */
(function () {
  "use strict";
  const data = window.isoflopExplorer;
  const laws = window.isoflopLaws;
  const START = {
    c: 1e22, law: "refit", gpu: "", n: 512, days: 30, u: data.utilisation, t: 0, all: 1, models: 1,
  };
  const RANGES = {
    c: [1e17, 1e27], n: [1, 1e7], days: [0.01, 3650], u: [0.01, 1], t: [0, 1e18], all: [0, 1],
    models: [0, 1],
  };

  /* A number as people type it ("1e22", "1,000"), or NaN where it is none or out of range. */
  function number(name, text) {
    const plain = String(text).trim().replace(/[,\s_]/g, "");
    if (!/^\d*\.?\d+(e[+-]?\d+)?$|^\d+\.(e[+-]?\d+)?$/i.test(plain)) return NaN;
    const value = Number(plain);
    const [low, high] = RANGES[name];
    return value >= low && value <= high ? value : NaN;
  }

  const card = (state) => data.cards.find((c) => c.id === state.gpu);

  /* The budget that the cards give; NaN where it leaves the range. */
  function fromCards(state) {
    const C = laws.budget(card(state).peak, state.n, state.days, state.u);
    return number("c", String(C));
  }

  function parse(hash) {
    const state = { ...START };
    const asked = new URLSearchParams(hash.replace(/^#/, "").slice(0, 400));
    for (const name of Object.keys(RANGES)) {
      const value = asked.has(name) ? number(name, asked.get(name)) : NaN;
      if (!Number.isNaN(value)) state[name] = value;
    }
    for (const name of ["all", "models"]) state[name] = Math.round(state[name]);
    if (data.laws.some((law) => law.id === asked.get("law"))) state.law = asked.get("law");
    if (data.cards.some((c) => c.id === asked.get("gpu"))) {
      state.gpu = asked.get("gpu");
      const C = fromCards(state);
      if (Number.isNaN(C)) Object.assign(state, { gpu: "", n: START.n, days: START.days, u: START.u });
      else state.c = C;
    }
    return state;
  }

  /* What differs from the start, and always the budget and the law. */
  function write(state) {
    const out = new URLSearchParams();
    const cards = ["gpu", "n", "days", "u"];
    for (const name of Object.keys(START)) {
      if (cards.includes(name) ? !state.gpu : name === "c" && state.gpu) continue;
      const always = name === "c" || name === "law" || (state.gpu && cards.includes(name));
      if (always || state[name] !== START[name]) out.set(name, String(state[name]).replace("e+", "e"));
    }
    return "#" + out;
  }

  window.isoflopState = { START, RANGES, number, parse, write, fromCards, card };
})();
