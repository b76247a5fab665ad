(function () {
  "use strict";
  var root = document.documentElement;
  var known = /^(zh|en|both)$/;
  var asked = (/[?&]lang=(\w+)/.exec(location.search) || [])[1];
  var kept = null;
  try { kept = localStorage.getItem("isoflop-lang"); } catch (e) { /* storage is switched off */ }
  var language = "en";
  var liked = navigator.languages || [navigator.language || ""];
  for (var i = 0; i < liked.length; i++) {
    if (/^(zh|en)\b/i.test(liked[i])) { language = liked[i].slice(0, 2).toLowerCase(); break; }
  }
  if (known.test(asked)) {
    language = asked;
    try { localStorage.setItem("isoflop-lang", asked); } catch (e) { /* as above */ }
  } else if (known.test(kept)) {
    language = kept;
  }
  root.dataset.js = "";
  root.dataset.lang = language;
  root.lang = language === "en" ? "en" : "zh-CN";
  var title = document.querySelector("title");
  if (title && language !== "both") document.title = title.dataset[language];
})();
