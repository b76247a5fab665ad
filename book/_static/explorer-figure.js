/* One figure, drawn twice: as light inline SVG at once, by Plotly when the reader asks for it.
   A figure is {x: {label, range}, y: {label, range, log}, bands, lines, points}; x is always
   logarithmic. Colours are names of custom properties in explorer.css. */
(function () {
  "use strict";
  const W = 380, H = 300, LEFT = 58, RIGHT = 12, TOP = 12, BOTTOM = 46;
  const NS = "http://www.w3.org/2000/svg";
  const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  function power(exponent) {
    return "10" + String(exponent).replace(/\d/g, (d) => SUPERSCRIPT[d]).replace("-", "⁻");
  }

  function element(name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function scale([low, high], log, from, to) {
    const f = log ? Math.log10 : (v) => v;
    return (v) => from + ((f(v) - f(low)) / (f(high) - f(low))) * (to - from);
  }

  function logTicks([low, high]) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const step = Math.max(1, Math.ceil((last - first) / 6));
    const out = [];
    for (let e = first; e <= last; e += step) out.push([Math.pow(10, e), power(e)]);
    return out;
  }

  function plainTicks([low, high]) {
    const raw = (high - low) / 5, unit = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= raw);
    const out = [];
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) out.push([v, v.toPrecision(3)]);
    return out;
  }

  function frame(svg, figure, x, y) {
    for (const [v, text] of logTicks(figure.x.range)) {
      svg.append(element("line", { x1: x(v), x2: x(v), y1: TOP, y2: H - BOTTOM, class: "grid" }));
      svg.append(element("text", { x: x(v), y: H - BOTTOM + 16, "text-anchor": "middle" }, text));
    }
    const ticks = figure.y.log ? logTicks(figure.y.range) : plainTicks(figure.y.range);
    for (const [v, text] of ticks) {
      svg.append(element("line", { x1: LEFT, x2: W - RIGHT, y1: y(v), y2: y(v), class: "grid" }));
      svg.append(element("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end" }, text));
    }
    const middle = (TOP + H - BOTTOM) / 2;
    svg.append(
      element("text", { x: (LEFT + W - RIGHT) / 2, y: H - 10, "text-anchor": "middle" }, figure.x.label),
      element("text", {
        x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})`,
      }, figure.y.label),
    );
  }

  function path(xs, ys, x, y) {
    return xs.map((v, i) => `${i ? "L" : "M"}${x(v).toFixed(1)} ${y(ys[i]).toFixed(1)}`).join("");
  }

  function drawSvg(box, figure, id) {
    const svg = element("svg", { viewBox: `0 0 ${W} ${H}`, "aria-hidden": "true" });
    const x = scale(figure.x.range, true, LEFT, W - RIGHT);
    const y = scale(figure.y.range, figure.y.log, H - BOTTOM, TOP);
    const clip = element("clipPath", { id });
    clip.append(element("rect", {
      x: LEFT, y: TOP, width: W - LEFT - RIGHT, height: H - TOP - BOTTOM,
    }));
    const plot = element("g", { "clip-path": `url(#${id})` });
    frame(svg, figure, x, y);
    svg.append(clip, plot);
    for (const b of figure.bands) {
      const d = path(b.x, b.low, x, y) + path([...b.x].reverse(), [...b.high].reverse(), x, y).replace("M", "L") + "Z";
      plot.append(element("path", { d, style: `fill: var(${b.colour})`, class: "band" }));
    }
    for (const l of figure.lines) {
      plot.append(element("path", {
        d: path(l.x, l.y, x, y), class: l.dash ? "line dash" : "line",
        style: `stroke: var(${l.colour}); stroke-width: ${l.width || 2}`,
      }));
    }
    for (const p of figure.points) {
      plot.append(element("circle", {
        cx: x(p.x), cy: y(p.y), r: p.r || 4, style: `fill: var(${p.colour})`,
      }));
      if (p.text) {
        const right = !p.left;
        svg.append(element("text", {
          x: x(p.x) + (right ? 7 : -7) + (p.along || 0), y: y(p.y) + (p.up || 4), class: "name",
          "text-anchor": right ? "start" : "end",
        }, p.text));
      }
    }
    box.replaceChildren(svg);
  }

  function axis(side, log, colours) {
    const range = log ? side.range.map(Math.log10) : side.range;
    return {
      title: { text: side.label }, type: log ? "log" : "linear", range, dtick: log ? (range[1] - range[0] > 5 ? 2 : 1) : undefined,
      exponentformat: "power", gridcolor: colours("--grid"), zeroline: false,
    };
  }

  function drawPlotly(Plotly, box, figure) {
    const style = getComputedStyle(box);
    const colours = (name) => style.getPropertyValue(name).trim();
    const traces = [];
    for (const b of figure.bands) {
      const edge = { x: b.x, mode: "lines", line: { width: 0 }, hoverinfo: "skip" };
      traces.push({ ...edge, y: b.low });
      traces.push({ ...edge, y: b.high, fill: "tonexty", fillcolor: colours(b.colour) + "33" });
    }
    for (const l of figure.lines) {
      traces.push({
        x: l.x, y: l.y, mode: "lines", name: l.name || "",
        line: { color: colours(l.colour), width: l.width || 2, dash: l.dash ? "dash" : "solid" },
      });
    }
    for (const p of figure.points) {
      traces.push({
        x: [p.x], y: [p.y], mode: p.text ? "markers+text" : "markers", text: [p.text || ""],
        textposition: p.awake || (p.left ? "middle left" : "middle right"), name: p.name || p.text || "", cliponaxis: false,
        marker: { color: colours(p.colour), size: 2 * (p.r || 4) },
      });
    }
    const layout = {
      showlegend: false, margin: { l: 70, r: 18, t: 10, b: 55 }, height: 340, hovermode: "closest",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colours("--ink"), family: style.fontFamily }, transition: { duration: 0 },
      xaxis: axis(figure.x, true, colours), yaxis: axis(figure.y, figure.y.log, colours),
    };
    const options = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["toImage"] };
    return Plotly.react(box, traces, layout, options);
  }

  window.isoflopFigure = { drawSvg, drawPlotly, power };
})();
