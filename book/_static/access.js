/* The switches of the two contents say whether what they open is open. Deferred. */
(function () {
  "use strict";
  const sides = ["primary", "secondary"].map((side) => ({
    button: document.querySelector("." + side + "-toggle"),
    box: document.querySelector(".bd-sidebar-" + side),
    checkbox: document.getElementById("pst-" + side + "-sidebar-checkbox"),
    wide: matchMedia(side === "primary" ? "(min-width: 992px)" : "(min-width: 1200px)"),
  })).filter((side) => side.button && side.box && side.checkbox);

  /* On a wide screen the contents stand there until the box is ticked, on a narrow one they come. */
  const open = (side) => side.wide.matches !== side.checkbox.checked;

  function tell() {
    for (const side of sides) side.button.setAttribute("aria-expanded", String(open(side)));
  }

  for (const side of sides) {
    // The theme moves the focus into the contents it has just put away: it stays on the button.
    side.button.addEventListener("click", () => setTimeout(() => {
      if (!open(side)) side.button.focus();
    }, 150));
    side.wide.addEventListener("change", tell);
  }
  // The theme stops these events on their way back up, and ticks boxes without saying so.
  for (const kind of ["click", "keydown", "change"]) {
    document.addEventListener(kind, () => setTimeout(tell), true);
  }
  tell();
})();
