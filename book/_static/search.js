/* Search over search-text.js: every word asked for has to be on the page. Deferred. */
(function () {
  "use strict";
  const CJK = /[\u3400-\u9fff]/;
  const COMMON = /^(a|an|and|are|as|at|by|for|in|is|it|of|on|or|the|to|what|with)$/;
  const pages = window.searchText || [];
  const query = (new URLSearchParams(location.search).get("q") || "").trim();
  const root = document.documentElement;

  /* A word matches where it begins, whatever its ending: profile, profiles, profiled. */
  function wordPattern(word) {
    let stem = word;
    if (stem.length > 4) stem = stem.replace(/(ies|es|s|ing|ed)$/, "");
    return new RegExp("(?<![a-z0-9])" + stem.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "g");
  }

  function terms(text) {
    const found = text.toLowerCase().match(/[\u3400-\u9fff]+|[a-z0-9_.]+/g) || [];
    const useful = found.filter((term) => !COMMON.test(term));
    return (useful.length ? useful : found).map((term) => ({
      text: term,
      pattern: CJK.test(term) ? new RegExp(term, "g") : wordPattern(term),
      pairs: CJK.test(term) && term.length > 2
        ? Array.from({ length: term.length - 1 }, (_, i) => term.slice(i, i + 2)) : null,
    }));
  }

  const count = (text, pattern) => (text.match(pattern) || []).length;

  /* How well one section answers one term: its heading weighs more than its text. */
  function weigh(section, term) {
    const body = section.low;
    let weight = 8 * Math.min(count(section.lowTitle, term.pattern), 1)
      + Math.min(count(body, term.pattern), 6);
    if (!weight && term.pairs && term.pairs.every((pair) => body.includes(pair))) weight = 0.5;
    return weight;
  }

  function rank(asked) {
    const hits = [];
    for (const page of pages) {
      const weights = page.sections.map((section) => asked.map((term) => weigh(section, term)));
      const whole = asked.map((_, t) => Math.max(...weights.map((row) => row[t])));
      if (!asked.length || whole.some((weight) => weight === 0)) continue;
      const scored = page.sections
        .map((section, i) => ({
          section,
          score: weights[i].reduce((a, b) => a + b, 0) * weights[i].filter(Boolean).length,
        }))
        .filter((entry) => entry.score > 0)
        .sort((a, b) => b.score - a.score);
      const total = scored.reduce((sum, entry) => sum + entry.score, 0);
      const inTitle = weights[0].filter((weight) => weight >= 8).length;
      hits.push({ page, sections: scored.slice(0, 3), score: total + 60 * inTitle });
    }
    return hits.sort((a, b) => b.score - a.score);
  }

  function make(name, className, text, lang) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    if (lang) element.lang = lang;
    return element;
  }

  function pair(zh, en) {
    const out = document.createDocumentFragment();
    out.append(make("span", "lang-zh", zh, "zh-CN"));
    const bar = make("span", "lang-sep", " | ");
    bar.setAttribute("aria-hidden", "true");
    out.append(bar, make("span", "lang-en", en, "en"));
    return out;
  }

  function firstHit(text, asked) {
    const low = text.toLowerCase();
    const at = asked.map((term) => {
      const places = [term.text, ...(term.pairs || [])].map((word) => low.indexOf(word));
      return places.find((place) => place >= 0) ?? low.search(new RegExp(term.pattern, ""));
    }).filter((place) => place >= 0);
    return at.length ? Math.min(...at) : -1;
  }

  /* A few words around the first hit, in the reader's language where it has one. */
  function excerpt(section, asked) {
    const order = root.dataset.lang === "en" ? ["en", "zh"] : ["zh", "en"];
    const language = order.find((l) => firstHit(section[l], asked) >= 0) || order[0];
    const text = section[language];
    const reach = language === "zh" ? 45 : 90;
    const at = Math.max(firstHit(text, asked), 0);
    let from = Math.max(at - reach / 3, 0);
    if (from && language === "en") from = text.indexOf(" ", from) + 1;
    const piece = text.slice(from, from + 2 * reach);
    const out = make("p", "search-excerpt", from ? "…" : "", language === "zh" ? "zh-CN" : "en");
    const sources = asked.map((term) => (term.pairs && !text.includes(term.text)
      ? term.pairs.join("|") : term.pattern.source + (CJK.test(term.text) ? "" : "[a-z]*")));
    let done = 0;
    for (const hit of piece.matchAll(new RegExp(sources.join("|"), "gi"))) {
      out.append(piece.slice(done, hit.index), make("mark", "", hit[0]));
      done = hit.index + hit[0].length;
    }
    out.append(piece.slice(done), from + 2 * reach < text.length ? "…" : "");
    return out;
  }

  function link(page, section, top) {
    const keep = new URLSearchParams(location.search).get("lang");
    const element = make("a");
    element.href = page.url + (keep ? "?lang=" + root.dataset.lang : "") + (top ? "" : "#" + section.id);
    element.append(pair(section.title_zh, section.title_en));
    return element;
  }

  function item(hit, asked) {
    const box = make("li");
    const heading = make("h2", "search-title");
    heading.append(link(hit.page, hit.page.sections[0], true));
    box.append(heading);
    for (const { section } of hit.sections) {
      if (section !== hit.page.sections[0]) {
        const sub = make("p", "search-section");
        sub.append(link(hit.page, section, false));
        box.append(sub);
      }
      if (firstHit(section.zh, asked) >= 0 || firstHit(section.en, asked) >= 0) {
        box.append(excerpt(section, asked));
      }
    }
    return box;
  }

  function render() {
    const asked = terms(query);
    const hits = query ? rank(asked) : [];
    const status = document.getElementById("search-status");
    const list = document.getElementById("search-results");
    status.replaceChildren();
    list.replaceChildren(...hits.map((hit) => item(hit, asked)));
    if (!query) return;
    if (!hits.length) {
      status.append(pair("没有哪一页同时含有这些词。", "No page holds all of these words."));
    } else {
      status.append(pair(`找到 ${hits.length} 页`, hits.length === 1 ? "1 page" : `${hits.length} pages`));
    }
  }

  for (const page of pages) {
    for (const section of page.sections) {
      section.lowTitle = (section.title_zh + " " + section.title_en).toLowerCase();
      section.low = (section.zh + " " + section.en).toLowerCase();
    }
  }
  const field = document.querySelector(".search-form input[name=q]");
  field.value = query;
  if (!query) field.focus();
  document.addEventListener("languagechange", render);
  render();
})();
