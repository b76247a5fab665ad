/* The search page: what search-rank.js finds, in the reader's language. The book's text comes with
   the first query, as a script, so that it also comes from disk. Deferred. */
(function () {
  "use strict";
  const { CJK, terms, rank, nearest, alike, prepare } = window.searchRank;
  const query = (new URLSearchParams(location.search).get("q") || "").trim();
  const root = document.documentElement;
  const status = document.getElementById("search-status");
  const list = document.getElementById("search-results");
  const hints = document.getElementById("search-hints");
  const keep = () => (new URLSearchParams(location.search).get("lang") ? root.dataset.lang : "");

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

  function linkTo(address, ...content) {
    const element = make("a");
    const [path, hash] = address.split("#");
    const language = keep();
    const joined = language ? (path.includes("?") ? "&" : "?") + "lang=" + language : "";
    element.href = path + joined + (hash ? "#" + hash : "");
    element.append(...content);
    return element;
  }

  function firstHit(text, asked) {
    const low = text.toLowerCase();
    const at = asked.map((term) => {
      const whole = low.search(new RegExp(term.pattern, ""));
      if (whole >= 0 || !term.pairs) return whole;
      return Math.min(...term.pairs.map((two) => low.indexOf(two)).filter((place) => place >= 0));
    }).filter((place) => place >= 0 && place < Infinity);
    return at.length ? Math.min(...at) : -1;
  }

  /* A few words around the first hit in one language; the section's opening where it has none. */
  function excerpt(section, asked, language) {
    const text = section[language];
    const reach = language === "zh" ? 45 : 90;
    let from = Math.max(firstHit(text, asked) - Math.round(reach / 3), 0);
    if (from && language === "en") from = text.indexOf(" ", from) + 1;
    const piece = text.slice(from, from + 2 * reach);
    const out = make("p", "search-excerpt", from ? "…" : "", language === "zh" ? "zh-CN" : "en");
    const sources = asked.map((term) => (term.pairs && !text.includes(term.text)
      ? term.pairs.join("|") : `(?:${term.pattern.source})` + (CJK.test(term.text) ? "" : "[a-z]*")));
    let done = 0;
    for (const hit of piece.matchAll(new RegExp(sources.join("|"), "gi"))) {
      out.append(piece.slice(done, hit.index), make("mark", "", hit[0]));
      done = hit.index + hit[0].length;
    }
    out.append(piece.slice(done), from + 2 * reach < text.length ? "…" : "");
    return out;
  }

  function excerpts(entry, asked) {
    const languages = root.dataset.lang === "both" ? ["zh", "en"] : [root.dataset.lang];
    const out = languages.filter((l) => entry.section[l])
      .map((l) => excerpt(entry.section, asked, l));
    if (entry.elsewhere) {
      const note = make("p", "search-note");
      note.append(pair("这个词只在英文正文里", "The word stands in the Chinese text only"));
      out.push(note);
    }
    return out;
  }

  function sectionLink(page, section, top) {
    return linkTo(page.url + (top ? "" : "#" + section.id), pair(section.title_zh, section.title_en));
  }

  function item(hit, asked) {
    const box = make("li");
    const title = hit.page.sections[0];
    const heading = make("h2", "search-title");
    heading.append(sectionLink(hit.page, title, true));
    box.append(heading);
    for (const entry of hit.sections) {
      if (entry.section !== title) {
        const sub = make("p", "search-section");
        sub.append(sectionLink(hit.page, entry.section, false));
        box.append(sub);
      }
      box.append(...excerpts(entry, asked));
    }
    return box;
  }

  /* Nothing found: which of the words are there alone, terms that look alike, where else to look. */
  function help(asked, language) {
    const entries = [];
    for (const term of asked.length > 1 ? asked : []) {
      const pages = rank([term], language).length;
      const ask = linkTo("search.html?q=" + encodeURIComponent(term.text), term.text);
      const line = make("li");
      line.append(ask, pair(`：${pages} 页`, `: ${pages} ${pages === 1 ? "page" : "pages"}`));
      entries.push(line);
    }
    for (const entry of alike(query)) {
      const line = make("li");
      line.append(pair("术语：", "Term: "), linkTo("book/glossary.html#" + entry.id, pair(entry.zh, entry.en)));
      entries.push(line);
    }
    const where = make("li", "search-where");
    where.append(linkTo("book/glossary.html", pair("术语表", "Glossary")), " · ",
      linkTo("book/index.html", pair("目录", "Contents")));
    return [...entries, where];
  }

  function render() {
    const language = root.dataset.lang;
    const asked = terms(query);
    const found = rank(asked, language);
    const near = found.length ? { asked, found } : nearest(query, language);
    list.replaceChildren(...near.found.map((hit) => item(hit, near.asked)));
    hints.replaceChildren(...(found.length ? [] : help(asked, language)));
    status.replaceChildren(...[!found.length
      ? asked.length > 1
        ? pair("没有哪一页同时含有这些词。", "No page holds all of these words. ")
        : pair("没有找到这个词。", "No page holds this word. ")
      : pair(`找到 ${found.length} 页`, found.length === 1 ? "1 page" : `${found.length} pages`),
    ...(found.length ? [] : [near.found.length ? pair("最接近的几处：", "The nearest places:")
      : asked.length > 1 ? pair("换个说法，或者分开来找：", "Try them apart, or try other words:")
        : pair("换个说法，或者看看：", "Try another, or look here:")])]);
  }

  function load() {
    status.replaceChildren(pair("正在读全书的文字……", "Reading the book's text …"));
    const script = make("script");
    script.src = document.querySelector(".search-form").dataset.text;
    script.addEventListener("load", () => {
      prepare(window.searchText.pages);
      document.addEventListener("languagechange", render);
      render();
    });
    script.addEventListener("error", () => status.replaceChildren(
      pair("没能读到全书的文字，刷新再试。", "The book's text could not be read; reload to try again.")));
    document.head.append(script);
  }

  const field = document.querySelector(".search-form input[name=q]");
  field.value = query;
  if (query) load();
  else field.focus();
})();
