/* The glossary in the reader's language: by reading in Chinese, as the page comes, and by the
   alphabet in English. An entry holds both languages, so that its anchor serves both. Deferred. */
(function () {
  "use strict";
  const list = document.querySelector("ul.glossary-list");
  if (!list) return;
  const byReading = [...list.children];
  const name = (entry) => entry.querySelector(".lang-en dfn").textContent;
  const byAlphabet = [...byReading].sort((a, b) => name(a).localeCompare(name(b), "en"));

  function order(language) {
    const focused = document.activeElement;
    list.append(...(language === "en" ? byAlphabet : byReading));
    if (list.contains(focused)) focused.focus({ preventScroll: true });
  }

  document.addEventListener("languagechange", (event) => order(event.detail));
  order(document.documentElement.dataset.lang);
  const asked = location.hash && document.getElementById(location.hash.slice(1));
  if (asked) asked.scrollIntoView();
})();
