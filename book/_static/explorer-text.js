/* What the explorer writes with: elements in two languages, and numbers in words. */
(function () {
  "use strict";

  function make(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") made.className = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  function side(lang, text, tag = "span") {
    const element = make(tag, { class: `lang-${lang}`, lang: lang === "zh" ? "zh-CN" : "en" });
    element.append(...[text].flat());
    return element;
  }

  const pair = (zh, en) =>
    [side("zh", zh), make("span", { class: "lang-sep", "aria-hidden": "true" }, " | "), side("en", en)];

  /* Options, titles and labels of attributes hold text alone. */
  function plain(zh, en) {
    const language = document.documentElement.dataset.lang;
    return language === "zh" ? zh : language === "en" ? en : `${zh} | ${en}`;
  }

  /* ---------- Numbers in words ---------- */
  const three = (v) => (v >= 100 ? String(Number(v.toPrecision(3))) : v.toPrecision(3));
  const UNITS = {
    zh: [[1e12, "万亿"], [1e8, "亿"], [1e4, "万"]],
    en: [[1e12, " trillion"], [1e9, " billion"], [1e6, " million"]],
  };
  function count(v, lang) {
    if (v >= 1e16 || v < 1e4) return scientific(v);
    const [unit, word] = UNITS[lang].find(([u]) => Number(v.toPrecision(3)) >= u) || [1, ""];
    return three(v / unit) + word;
  }
  function scientific(v) {
    if (v > 0 && v < 1e4 && v >= 1) return three(v);
    const [m, e] = v.toExponential(2).split("e");
    return `${Number(m)}e${Number(e)}`;
  }
  const both = (interval, write) => `[${write(interval[0])}, ${write(interval[1])}]`;
  /* A sentence in which intervals stay on one line. */
  const unbroken = (text) => text.split(/(\[[^\]]+\])/).map((part, at) => (at % 2 ? make("span", { class: "keep" }, part) : part));
  const counted = (v) => pair(count(v, "zh"), count(v, "en"));
  const counts = (i, more = "") =>
    i && pair(both(i, (v) => count(v, "zh")) + more, both(i, (v) => count(v, "en")) + more);

  window.isoflopText = { make, unbroken, side, pair, plain, three, count, scientific, both, counted, counts };
})();
