/* Let hours be chosen by day and time where the form has them as JSON. The box with the JSON stays what is sent. */
(() => {
  "use strict";
  const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const boxes = "textarea[name=working_hours], textarea[name=windows], textarea[name=first_call_windows]";

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  };
  const icon = (name) => make("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);

  /* The windows of a box, null where it holds something that rows cannot show. */
  const read = (box) => {
    try {
      const windows = JSON.parse(box.value || "[]") || [];
      const plain = Array.isArray(windows) && windows.every((window) => window && Array.isArray(window.days)
        && typeof window.start === "string" && typeof window.end === "string");
      return plain ? windows : null;
    } catch {
      return null;
    }
  };

  const edit = (box) => {
    const rows = make("div", { class: "desk-windows-rows" });
    const add = make("button", { type: "button", class: "desk-button desk-plain" }, icon("add"), "Add hours");
    const text = make("button", { type: "button", class: "desk-link" }, "Edit as text");
    const editor = make("div", { class: "desk desk-windows", role: "group", "aria-label": "Hours" }, rows,
      make("div", { class: "desk-head" }, add, text));

    const write = () => {
      const windows = Array.from(rows.children).map((row) => ({
        days: Array.from(row.querySelectorAll("input[type=checkbox]:checked")).map((day) => Number(day.value)),
        start: row.querySelector("[data-start]").value.trim(),
        end: row.querySelector("[data-end]").value.trim(),
      }));
      box.value = windows.length || !box.dataset.wasEmpty ? JSON.stringify(windows) : "";
      box.dispatchEvent(new Event("input", { bubbles: true }));
    };

    const row = (window) => {
      const choices = days.map((day, number) => {
        const choice = make("input", { type: "checkbox", value: String(number) });
        choice.checked = window.days.includes(number);
        return make("label", { class: "desk-day" }, choice, make("span", {}, day));
      });
      const time = (name, label, value) => make("input", {
        type: "text", [name]: "", value, "aria-label": label, size: "5", maxlength: "8", placeholder: "09:00", class: "desk-time",
      });
      const remove = make("button", { type: "button", class: "desk-link", "aria-label": "Remove these hours" }, icon("delete"));
      const line = make("div", { class: "desk-window" }, ...choices, time("data-start", "From", window.start), "–",
        time("data-end", "To", window.end), remove);
      remove.addEventListener("click", () => { line.remove(); write(); add.focus(); });
      return line;
    };

    rows.append(...read(box).map(row));
    editor.addEventListener("input", (event) => { if (event.target !== box) { event.stopPropagation(); write(); } });
    add.addEventListener("click", () => {
      const fresh = row({ days: [0, 1, 2, 3, 4], start: "09:00", end: "19:00" });
      rows.append(fresh);
      write();
      fresh.querySelector("input").focus();
    });
    text.addEventListener("click", () => { editor.remove(); box.hidden = false; box.focus(); });
    if (!box.value.trim()) box.dataset.wasEmpty = "yes";
    box.hidden = true;
    box.before(editor);
  };

  window.addEventListener("load", () => document.querySelectorAll(boxes).forEach((box) => {
    // What was refused stays visible as it was typed.
    if (read(box) !== null) edit(box);
  }));
})();
