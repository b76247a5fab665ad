/* loadPlotly(): a promise of Plotly, whose script is fetched at the first call and only then.
   A plain <script> tag, since pages opened from disk may neither fetch nor import. */
(function () {
  "use strict";
  const here = document.currentScript.src;
  let loading = null;

  window.loadPlotly = function () {
    if (window.Plotly) return Promise.resolve(window.Plotly);
    loading ||= new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = new URL("plotly/plotly.min.js", here).href;
      script.onload = () => done(window.Plotly);
      script.onerror = () => {
        loading = null; // the next call tries again
        script.remove();
        fail(new Error("Plotly could not be loaded from " + script.src));
      };
      document.head.append(script);
    });
    return loading;
  };
})();
