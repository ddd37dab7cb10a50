/* A row of the retry policy that has no rule of its own cannot be typed in, and is not sent. */
(() => {
  "use strict";
  const follow = (row) => {
    const own = row.querySelector("input[name$='-own']");
    const others = row.querySelectorAll("input:not([name$='-own']), select");
    const apply = () => others.forEach((control) => { control.disabled = !own.checked; });
    own.addEventListener("change", apply);
    // What was refused stays open to be mended.
    if (own.checked || !row.querySelector("[aria-invalid]")) apply();
  };
  window.addEventListener("load", () => document.querySelectorAll("[data-desk-rule]").forEach(follow));
})();
