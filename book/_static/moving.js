/* Figures that move. A still picture stands first; its button fetches Plotly, puts the drawing in
   the picture's place and hands over to a slider. All numbers come with the page; every place of
   the slider is drawn as it was computed. Nothing moves by itself. Deferred. */
(function () {
  "use strict";
  // Plotly would set MathJax up anew; the page has done so.
  window.PlotlyConfig = Object.assign({ MathJaxConfig: "local" }, window.PlotlyConfig);
  const QUIET = { staticPlot: true, displayModeBar: false, responsive: true };

  function place(figure, at) {
    const traces = figure.data.slice();
    const frame = figure.frames[at];
    frame.traces.forEach((which, i) => { traces[which] = frame.data[i]; });
    return traces;
  }

  function layoutFor(figure, width) {
    const small = width < 480;
    const layout = structuredClone(figure.layout);
    delete layout.height;
    layout.autosize = true;
    layout.font.size = small ? 11 : 13;
    layout.margin = small ? { l: 52, r: 8, t: 8, b: 42 } : { l: 66, r: 14, t: 10, b: 52 };
    return layout;
  }

  function setUp(box) {
    const button = box.querySelector("button");
    const slider = box.querySelector("input");
    const written = box.querySelector("output");
    const failed = box.querySelector(".moving-failed");
    const picture = box.parentNode.querySelector("img");
    const figure = JSON.parse(box.querySelector("script").textContent);
    const drawing = document.createElement("div");
    let Plotly;

    function draw() {
      const at = Number(slider.value);
      // A quantity and its value stay on one line; between quantities, the line may break.
      written.value = figure.texts[at].replace(/(\S) (?=\S)/g, "$1\u00a0");
      slider.setAttribute("aria-valuetext", figure.texts[at]);
      return Plotly.react(drawing, place(figure, at), layoutFor(figure, drawing.clientWidth), QUIET);
    }

    function name() {
      drawing.setAttribute("aria-label", picture.alt);
    }

    async function start() {
      if (box.dataset.state) return;
      box.dataset.state = "loading";
      button.setAttribute("aria-busy", "true");
      failed.textContent = "";
      try {
        Plotly = await window.loadPlotly();
      } catch (error) {
        delete box.dataset.state;
        button.removeAttribute("aria-busy");
        const [zh, en] = failed.dataset.text.split(" | ");
        const language = document.documentElement.dataset.lang;
        failed.textContent = language === "zh" ? zh : language === "en" ? en : zh + " " + en;
        return;
      }
      // The drawing takes exactly the picture's room, so that nothing below it moves.
      const { width, height } = picture.getBoundingClientRect();
      drawing.className = "moving-drawing";
      drawing.setAttribute("role", "img");
      drawing.style.aspectRatio = width + " / " + height;
      drawing.style.maxWidth = (picture.naturalWidth || width) + "px";
      name();
      picture.before(drawing);
      picture.classList.add("moving-still");
      box.dataset.state = "on";
      button.removeAttribute("aria-busy");
      await draw();
      if (document.activeElement === button || document.activeElement === document.body) {
        slider.focus({ preventScroll: true });
      }
      button.hidden = true;
    }

    button.addEventListener("click", start);
    slider.addEventListener("input", draw);
    document.addEventListener("languagechange", name);
  }

  document.querySelectorAll(".moving").forEach(setUp);
})();
