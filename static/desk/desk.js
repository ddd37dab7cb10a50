/* What every page of the desk needs beyond the theme: the viewer's zone, polling that rests, and names for icons. */
(() => {
  "use strict";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `desk_zone=${encodeURIComponent(zone)}; path=/admin/; max-age=31536000; samesite=lax${secure}`;
  }

  // Nobody looks at a hidden page, and a dialog that is open must not lose its ground.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-desk-poll]") && document.hidden) event.preventDefault();
  });
  // A page that can no longer be fetched (logged out, server away) says so, rather than show old figures as new.
  const tell = (event, away) => {
    const live = event.target.closest && event.target.closest("[data-desk-poll]");
    const note = live && document.getElementById("desk-away");
    if (note) note.hidden = !away;
  };
  document.addEventListener("htmx:responseError", (event) => tell(event, true));
  document.addEventListener("htmx:sendError", (event) => tell(event, true));
  document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) tell(event, false); });

  // The theme draws some buttons as bare icons, which a screen reader would read out as "chevron_right".
  const names = {
    close: "Close", menu: "Menu", add: "Add", arrow_back: "Back", chevron_right: "Open", more_horiz: "More actions",
    more_vert: "More actions", filter_list: "Filters", search: "Search", left_panel_close: "Hide the sidebar",
    left_panel_open: "Show the sidebar", dock_to_right: "Sidebar", unfold_more: "Your account", visibility: "View",
    edit: "Edit", delete: "Delete", light_mode: "Light", dark_mode: "Dark", computer: "As the system", first_page: "First",
  };
  const label = (root) => {
    root.querySelectorAll(".material-symbols-outlined").forEach((icon) => {
      icon.setAttribute("aria-hidden", "true");
      const button = icon.closest("a, button, [role=button]") || (icon.parentElement.hasAttribute("x-on:click") ? icon.parentElement : null);
      if (!button || button.getAttribute("aria-label") || button.title) return;
      const words = Array.from(button.querySelectorAll(".material-symbols-outlined"))
        .reduce((text, each) => text.replace(each.textContent.trim(), ""), button.textContent).trim();
      if (!words) button.setAttribute("aria-label", names[icon.textContent.trim()] || icon.textContent.trim().replace(/_/g, " "));
      if (!button.matches("a[href], button") && !button.hasAttribute("tabindex")) {
        button.setAttribute("role", "button");
        button.setAttribute("tabindex", "0");
      }
    });
    root.querySelectorAll("a[hx-get]:not([href])").forEach((link) => link.setAttribute("role", "button"));
  };
  document.addEventListener("keydown", (event) => {
    // A link answers to Enter by itself, and to no space bar.
    const isPressed = event.key === " " || (event.key === "Enter" && !event.target.hasAttribute("href"));
    if (isPressed && event.target.matches("[role=button]:not(button)")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // A screen reader is told when the status changes, and not every few seconds that it has not.
  let status = null;
  const announce = () => {
    const now = document.querySelector("[data-desk-status]"), note = document.getElementById("desk-status");
    if (!now || !note) return;
    if (status !== null && status !== now.dataset.deskStatus) note.textContent = `The campaign is ${now.dataset.deskStatus}.`;
    status = now.dataset.deskStatus;
  };

  // A dialog takes the focus when it opens and gives it back when it closes.
  let opener = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target && event.detail.target.id === "modal-content") opener = event.target;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "modal-content") return;
    event.target.setAttribute("role", "dialog");
    event.target.setAttribute("aria-modal", "true");
    const title = event.target.querySelector("h1");
    if (title) event.target.setAttribute("aria-label", title.textContent.trim());
    label(event.target);
    setTimeout(() => {
      const first = event.target.querySelector("input:not([type=hidden]), textarea, select") || event.target.querySelector("[type=submit]");
      if (first) first.focus();
    }, 50);
  });
  const giveBack = () => {
    if (opener && document.contains(opener)) setTimeout(() => { opener.focus(); opener = null; });
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") giveBack(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#dialog") && event.target.closest("a[href='#'], [role=button]")) giveBack();
  });

  window.addEventListener("load", () => { label(document); announce(); });
  document.addEventListener("htmx:afterSettle", (event) => { label(event.target); announce(); });
})();
