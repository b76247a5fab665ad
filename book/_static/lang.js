/* The language switch. lang-head.js has already chosen the language before the page was drawn;
   this keeps titles and labels in step and answers the buttons. Deferred. */
(function () {
  "use strict";
  const root = document.documentElement;
  const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt", "data-bs-original-title"];
  const labels = new Map(); // element -> {attribute: [whole, zh, en]}
  const title = document.querySelector("title");
  const wholeTitle = title && title.dataset.zh
    ? title.dataset.zh + " | " + title.dataset.en : document.title;
  const description = document.querySelector('meta[name="description"][data-zh]');
  const wholeDescription = description && description.content;

  function collect() {
    for (const name of ATTRIBUTES) {
      for (const element of document.querySelectorAll("[" + name + '*=" | "]')) {
        const whole = element.getAttribute(name);
        const [zh, en] = whole.split(/ \| ([\s\S]*)/);
        if (!labels.has(element)) labels.set(element, {});
        // Bootstrap moves `title` to an attribute of its own once it makes a tooltip of it.
        labels.get(element)[name.replace("data-bs-original-", "")] = [whole, zh, en];
      }
    }
  }

  function pick(values, language) {
    return values[language === "zh" ? 1 : language === "en" ? 2 : 0];
  }

  function relabel(language) {
    for (const [element, named] of labels) {
      for (const name of Object.keys(named)) {
        const moved = name === "title" && element.hasAttribute("data-bs-original-title");
        element.setAttribute(moved ? "data-bs-original-title" : name, pick(named[name], language));
      }
    }
    for (const button of document.querySelectorAll("button.copybtn")) {
      const word = pick(["复制 | Copy", "复制", "Copy"], language);
      button.dataset.tooltip = word;
      button.setAttribute("aria-label", word);
    }
  }

  function show(language) {
    root.dataset.lang = language;
    root.lang = language === "en" ? "en" : "zh-CN";
    if (title && title.dataset.zh) {
      document.title = language === "both" ? wholeTitle : title.dataset[language];
    }
    if (description) {
      description.content = language === "both" ? wholeDescription : description.dataset[language];
    }
    for (const button of document.querySelectorAll("[data-set-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLang === language));
    }
    collect();
    relabel(language);
    document.dispatchEvent(new CustomEvent("languagechange", { detail: language }));
  }

  function choose(language) {
    try { localStorage.setItem("isoflop-lang", language); } catch (e) { /* storage is off */ }
    if (new URLSearchParams(location.search).has("lang") && location.protocol !== "file:") {
      const address = new URL(location.href);
      address.searchParams.set("lang", language);
      history.replaceState(null, "", address);
    }
    // Keep the paragraph at the top of the window where it is while the other language folds.
    const anchor = document.elementFromPoint(innerWidth / 2, 120);
    const block = anchor && anchor.closest("article p, article li, article pre, h1, h2, h3, figure");
    const before = block && block.getBoundingClientRect().top;
    show(language);
    if (block && block.offsetParent) scrollBy(0, block.getBoundingClientRect().top - before);
  }

  /* A page opened with ?lang= hands it on, for browsers that keep no storage for files. */
  function handOn(event) {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || !new URLSearchParams(location.search).has("lang")) return;
    const target = new URL(link.href, location.href);
    const ours = target.protocol === location.protocol && target.host === location.host;
    if (!ours || !target.pathname.endsWith(".html") || target.searchParams.has("lang")) return;
    if (target.pathname === location.pathname && target.hash) return;
    target.searchParams.set("lang", root.dataset.lang);
    link.href = target.href;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set-lang]");
    if (button) choose(button.dataset.setLang);
    handOn(event);
  }, true);

  /* Boxes that scroll sideways can be reached with the keyboard. */
  function reachable() {
    for (const box of document.querySelectorAll(".pst-scrollable-table-container, mjx-container[display], article pre, .cell_output")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    }
  }

  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("article details:not([open])")) {
      fold.open = true;
      fold.dataset.folded = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll("details[data-folded]")) {
      fold.open = false;
      delete fold.dataset.folded;
    }
  });
  addEventListener("resize", reachable);
  addEventListener("load", () => {
    relabel(root.dataset.lang); // copy buttons and tooltips exist by now
    reachable();
  });
  show(root.dataset.lang);
})();
