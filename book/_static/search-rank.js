/* Which pages answer a query, best first, over window.searchText. No page needed: search.js shows
   the result. A term of the glossary is found by any of its names, in either language. Deferred. */
(function () {
  "use strict";
  const CJK = /[\u3400-\u9fff]/;
  const COMMON = /^(a|an|and|are|as|at|by|for|in|is|it|of|on|or|the|to|what|with)$/;
  // Where a page has the word, best first; in the other language only is worth least.
  const PLACE = { title: 40, heading: 30, term: 20, body: 10, other: 5 };
  const HALF = 0.5; // of a query's worth makes a section one of the nearest
  const INTRODUCES = 5; // the chapter that introduces a term, before others that have it as well
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const count = (text, pattern) => (text.match(pattern) || []).length;
  const lower = (text) => text.normalize("NFKC").toLowerCase();

  /* A word matches where it begins, whatever its ending: profile, profiles, profiled. */
  function source(word) {
    if (CJK.test(word)) return escaped(word);
    const stems = word.split(/[\s-]+/).map((part) => escaped(
      part.length > 4 ? part.replace(/(ies|es|s|ing|ed)$/, "") : part));
    return "(?<![a-z0-9])" + stems.join("[a-z]*[\\s-]+");
  }

  function plainTerm(text) {
    return {
      text,
      names: [text],
      pattern: new RegExp(source(text), "g"),
      pairs: CJK.test(text) && text.length > 2
        ? Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)) : null,
    };
  }

  function glossaryTerm(entry, text) {
    const names = entry.names.map(lower);
    return { text, names, entry, pattern: new RegExp(names.map(source).join("|"), "g"), pairs: null };
  }

  /* The query's terms: names of the glossary first, the longest first; then what is left. */
  function terms(query) {
    const named = window.searchText.terms
      .flatMap((entry) => entry.names.map((name) => ({ entry, name: lower(name) })))
      .filter(({ name }) => name.length > 1)
      .sort((a, b) => b.name.length - a.name.length);
    let rest = lower(query);
    const found = new Map();
    for (const { entry, name } of named) {
      const end = CJK.test(name) ? "" : "(?:e?s)?(?![a-z0-9])";
      const whole = new RegExp(source(name) + (CJK.test(name) ? "" : "[a-z]{0,3}") + end);
      const match = whole.exec(rest);
      if (!match) continue;
      if (!found.has(entry)) found.set(entry, glossaryTerm(entry, match[0]));
      rest = rest.replace(match[0], " ");
    }
    const words = rest.match(/[\u3400-\u9fff]+|[a-z0-9_.]+/g) || [];
    const useful = words.filter((word) => !COMMON.test(word));
    const kept = useful.length || found.size ? useful : words;
    return [...found.values(), ...kept.map(plainTerm).flatMap(split)];
  }

  function hits(text, term) {
    const whole = count(text, term.pattern);
    if (whole || !term.pairs) return whole;
    return term.pairs.every((pair) => text.includes(pair)) ? 0.5 : 0;
  }

  function prepare(pages) {
    for (const page of pages) {
      page.sections.forEach((section, i) => {
        section.kind = i === 0 ? "title" : section.term ? "term" : "heading";
        section.head = lower(section.title_zh + " " + section.title_en);
        section.low = { zh: lower(section.zh), en: lower(section.en) };
      });
    }
  }

  /* How well one section answers one term: where it has it, and how often. */
  function weigh(section, term, language) {
    const inHead = hits(section.head, term) > 0;
    const own = language === "both" ? hits(section.low.zh, term) + hits(section.low.en, term)
      : hits(section.low[language], term);
    const other = own || language === "both" ? 0
      : hits(section.low[language === "zh" ? "en" : "zh"], term);
    const place = inHead ? PLACE[section.kind] : own ? PLACE.body : other ? PLACE.other : 0;
    return { place, often: own + 0.5 * other, inHead, elsewhere: !inHead && !own && other > 0 };
  }

  function scoreOf(weights, t, page, term) {
    const place = Math.max(...weights.map((row) => row[t].place));
    const often = weights.reduce((sum, row) => sum + row[t].often, 0);
    const first = place && term.entry && page.url === term.entry.chapter ? INTRODUCES : 0;
    return place && place + first + Math.min(4, 0.6 * Math.log2(1 + often));
  }

  /* Pages that have every term, best first, each with its best sections. */
  function rank(asked, language) {
    const found = [];
    for (const page of asked.length ? window.searchText.pages : []) {
      const weights = page.sections.map((s) => asked.map((term) => weigh(s, term, language)));
      const scores = asked.map((term, t) => scoreOf(weights, t, page, term));
      if (scores.some((score) => score === 0)) continue;
      const sections = page.sections.map((section, i) => ({
        section,
        elsewhere: weights[i].some((w) => w.elsewhere),
        score: weights[i].reduce((sum, w) => sum + (w.inHead ? 8 : 0) + Math.min(w.often, 6), 0)
          * weights[i].filter((w) => w.place).length,
      })).filter((entry) => entry.score > 0).sort((a, b) => b.score - a.score);
      found.push({ page, sections: sections.slice(0, 3), score: scores.reduce((a, b) => a + b, 0) });
    }
    return found.sort((a, b) => b.score - a.score);
  }

  /* Chinese has no spaces: where no page has a long run of it, its two best-known parts. */
  function split(term) {
    const known = (text) => window.searchText.pages.filter((page) => page.sections.some(
      (section) => section.low.zh.includes(text) || section.head.includes(text))).length;
    if (term.entry || !CJK.test(term.text) || term.text.length < 4 || known(term.text)) return [term];
    const cuts = Array.from({ length: term.text.length - 3 }, (_, i) => i + 2).map((at) => {
      const parts = [term.text.slice(0, at), term.text.slice(at)];
      return { parts, known: Math.min(...parts.map(known)) };
    }).sort((a, b) => b.known - a.known);
    return cuts[0].known ? cuts[0].parts.map(plainTerm) : [term];
  }

  /* Where no page has every term: the sections that have most of the query's pieces (pairs of
     Chinese characters, words), a rare piece counting more than one that is everywhere. */
  function nearest(query, language) {
    const words = lower(query).match(/[a-z0-9_.]{3,}/g) || [];
    const pairs = (lower(query).match(/[\u3400-\u9fff]{2,}/g) || [])
      .flatMap((run) => Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2)));
    const pieces = [...new Set([...words.filter((word) => !COMMON.test(word)), ...pairs])].map(plainTerm);
    if (pieces.length < 3) return { asked: [], found: [] };
    const all = window.searchText.pages.flatMap((page) => page.sections.map((section) => ({ page, section,
      has: pieces.map((piece) => (weigh(section, piece, language).place ? 1 : 0)) })));
    const worth = pieces.map((_, i) => Math.log(all.length / (1 + all.filter((s) => s.has[i]).length)));
    const whole = worth.reduce((sum, w, i) => sum + (all.some((s) => s.has[i]) ? w : 2 * w), 0);
    const scored = all.map(({ page, section, has }) => ({ page, sections: [{ section }],
      score: has.reduce((sum, h, i) => sum + h * worth[i], 0) / whole }));
    const best = scored.filter((s) => s.score >= HALF).sort((a, b) => b.score - a.score);
    const found = best.filter((s, i) => best.findIndex((t) => t.page === s.page) === i).slice(0, 5);
    return { asked: pieces, found };
  }

  /* Terms of the glossary that look like a word which no page has. */
  function alike(query) {
    const words = lower(query).match(/[a-z]{4}/g) || [];
    for (const run of lower(query).match(/[\u3400-\u9fff]{2,}/g) || []) {
      for (let i = 0; i + 1 < run.length; i += 1) words.push(run.slice(i, i + 2));
    }
    return window.searchText.terms.map((entry) => {
      const names = lower(entry.names.join(" "));
      return { entry, shared: words.filter((word) => names.includes(word)).length };
    }).filter((e) => e.shared).sort((a, b) => b.shared - a.shared).slice(0, 5).map((e) => e.entry);
  }

  window.searchRank = { CJK, terms, rank, nearest, alike, prepare };
})();
