/* The explorer's arithmetic, with no page around it: what src/isoflop/laws.py, catalogue.py and
   planning.py compute, from the numbers that the build writes to explorer-data.js. A browser test
   holds the two together. Counts are numbers, compute is in FLOPs, loss in nats per token. */
(function () {
  "use strict";

  /* Allocation of C = 6ND FLOPs; the loss is NaN where an approach predicts none. */
  function optimum(law, C) {
    const k = law.constants;
    if (law.kind === "allocation") {
      const N = Math.exp(k.log_N0 + k.a * Math.log(C));
      return { C, N, D: C / (6 * N), loss: NaN };
    }
    if (law.kind === "frontier") {
      const days = C / 2 / k.pf_day; // C_min, in PF-days
      const N = k.N_coefficient * Math.pow(days, k.N_exponent);
      return { C, N, D: C / (6 * N), loss: Math.pow(k.C_c / days, k.alpha_C) };
    }
    const G = Math.pow((k.alpha * k.A) / (k.beta * k.B), 1 / (k.alpha + k.beta));
    const N = G * Math.pow(C / 6, k.beta / (k.alpha + k.beta));
    const D = C / (6 * N);
    return { C, N, D, loss: loss(law, N, D) };
  }

  function loss(law, N, D) {
    const k = law.constants;
    if (law.kind === "allocation") return NaN;
    if (law.kind === "frontier") {
      const ratio = k.joint_alpha_N / k.joint_alpha_D;
      return Math.pow(Math.pow(k.joint_N_c / N, ratio) + k.joint_D_c / D, k.joint_alpha_D);
    }
    return k.E + k.A / Math.pow(N, k.alpha) + k.B / Math.pow(D, k.beta);
  }

  function geomspace(low, high, count) {
    const step = Math.log(high / low) / (count - 1);
    return Array.from({ length: count }, (_, i) => low * Math.exp(i * step));
  }

  /* Loss against N at one budget, D spending the rest. */
  function valley(law, C, low, high, count) {
    const N = geomspace(low, high, count);
    return { N, loss: N.map((n) => loss(law, n, C / (6 * n))) };
  }

  /* Stored quantiles over log10 C, interpolated in logarithms. */
  function between(values, C, grid) {
    const place = (Math.log10(C) - grid[0]) / (grid[1] - grid[0]);
    const at = Math.min(Math.max(Math.floor(place), 0), grid.length - 2);
    const part = Math.min(Math.max(place - at, 0), 1);
    return Math.exp((1 - part) * Math.log(values[at]) + part * Math.log(values[at + 1]));
  }

  /* Intervals of N, D, ratio and loss at C, each [low, high]; {} where the law has no band. */
  function intervals(law, C, grid) {
    const band = law.band;
    if (!band) return {};
    const N = band.N
      ? band.N.map((end) => between(end, C, grid))
      : band.a.map((a) => optimum(law, band.middle).N * Math.pow(C / band.middle, a));
    N.sort((x, y) => x - y);
    const D = [C / (6 * N[1]), C / (6 * N[0])];
    const out = { N, D, ratio: [D[0] / N[1], D[1] / N[0]] };
    if (band.loss) out.loss = band.loss.map((end) => between(end, C, grid));
    return out;
  }

  /* FLOPs of serving T tokens, 2NT, and what training and serving come to. */
  function serving(N, D, T) {
    const served = 2 * N * T;
    return { training: 6 * N * D, serving: served, total: 6 * N * D + served };
  }

  /* The model that reaches the loss L for the least 6ND + 2NT: where the derivative by log N is
     zero, found by halving. Surfaces only; `start` is the training optimum, an upper end. */
  function withServing(law, L, T, start) {
    const k = law.constants;
    const left = (N) => L - k.E - k.A / Math.pow(N, k.alpha);
    const tokens = (N) => Math.pow(k.B / left(N), 1 / k.beta);
    const slope = (N) => {
      const falls = (k.alpha * k.A) / Math.pow(N, k.alpha) / left(N) / k.beta;
      return 6 * N * tokens(N) * (1 - falls) + 2 * N * T;
    };
    let low = Math.log(Math.pow(k.A / (L - k.E), 1 / k.alpha)) + 1e-9;
    let high = Math.log(start) + 1e-9;
    for (let i = 0; i < 100; i++) {
      const middle = (low + high) / 2;
      if (slope(Math.exp(middle)) > 0) high = middle;
      else low = middle;
    }
    const N = Math.exp((low + high) / 2);
    const D = tokens(N);
    return { N, D, loss: L, ...serving(N, D, T) };
  }

  /* FLOPs that so many cards do in so many days at a share of their peak. */
  function budget(peak, count, days, utilisation) {
    return peak * count * days * 86400 * utilisation;
  }

  window.isoflopLaws = {
    optimum, loss, geomspace, valley, intervals, serving, withServing, budget,
  };
})();
