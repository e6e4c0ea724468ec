// Suggestions in the search boxes, and the / key that goes to them. Without this script the boxes work as they are.
// The ARIA pattern is the combobox with a list and manual selection: arrows move, Enter takes, Escape closes.
"use strict";

(() => {
  const DELAY = 120; // milliseconds after the last key before the server is asked; chosen by hand
  const SLASH = "khabar-slash"; // in localStorage: "off" when the / key is switched off
  const answers = new Map();

  async function fetchSuggestions(address, query) {
    const url = `${address}?q=${encodeURIComponent(query)}`;
    if (!answers.has(url)) {
      const response = await fetch(url, { headers: { accept: "application/json" } });
      if (!response.ok) return [];
      answers.set(url, (await response.json()).suggestions);
    }
    return answers.get(url);
  }

  function addElement(parent, name, attributes, text) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  }

  function furnish(input, number) {
    const form = input.form, address = form.dataset.suggest, id = `suggestions-${number}`;
    const isSearch = new URL(form.action).pathname.endsWith("/search");
    // The list stands beside the label, not in it: its words are no part of the name of the box.
    const anchor = input.closest("label") || input, box = document.createElement("div");
    box.className = "suggest";
    anchor.before(box);
    box.append(anchor);
    const list = addElement(box, "ul", { id, role: "listbox", "aria-label": "सुझाव · Suggestions" });
    const status = addElement(box, "span", { role: "status", class: "unseen" });
    list.hidden = true;
    const attributes = {
      role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id,
      "aria-keyshortcuts": "/",
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    let shown = [], active = -1, timer = 0;

    function close() {
      clearTimeout(timer);
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(index) {
      active = index;
      [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
      if (index < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", list.children[index].id);
      list.children[index].scrollIntoView({ block: "nearest" });
    }

    function show(suggestions) {
      shown = suggestions.filter((suggestion) => isSearch || suggestion.kind !== "source");
      list.replaceChildren();
      shown.forEach((suggestion, at) => {
        const option = addElement(list, "li", { role: "option", id: `${id}-${at}`, "aria-selected": "false" });
        addElement(option, "span", {}, suggestion.label);
        if (suggestion.note) addElement(option, "small", {}, suggestion.note);
        // pointerdown: before the box loses the focus
        option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(at); });
      });
      if (!shown.length) { status.textContent = ""; return close(); }
      list.hidden = false;
      active = -1;
      input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-expanded", "true");
      status.textContent = `${shown.length} सुझाव · suggestions`;
    }

    function take(index) {
      const suggestion = shown[index], sources = form.elements.namedItem("source");
      close();
      if (suggestion.source && !sources) { location.href = suggestion.url; return; }
      input.value = suggestion.query;
      if (suggestion.source) sources.value = suggestion.source;
      if (isSearch) form.requestSubmit(); else input.focus();
    }

    async function ask() {
      const query = input.value;
      try {
        const suggestions = query.trim() ? await fetchSuggestions(address, query) : [];
        if (query === input.value && document.activeElement === input) show(suggestions);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // the server cannot be reached: no suggestions
        close();
      }
    }

    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, DELAY); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && list.hidden && step > 0) { event.preventDefault(); ask(); }
      else if (step && !list.hidden) {
        event.preventDefault();
        const count = shown.length + 1; // the box itself is one of the stops
        mark(((active + 1 + step + count) % count) - 1);
      } else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
      else if (event.key === "Enter" && !list.hidden && active >= 0) { event.preventDefault(); take(active); }
      else if (event.key === "Enter") close();
    });
  }

  function isSlashOn() {
    try { return localStorage.getItem(SLASH) !== "off"; } catch { return true; } // a browser that stores nothing
  }

  function isField(element) {
    return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  }

  const inputs = [...document.querySelectorAll("form[data-suggest] input[name=q]")];
  inputs.forEach(furnish);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || isField(event.target)) return;
    const input = inputs.find((one) => one.checkVisibility());
    if (!input || !isSlashOn()) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
  const help = document.querySelector(".slash");
  if (help) {
    const tick = help.querySelector("input");
    help.hidden = false;
    tick.checked = isSlashOn();
    tick.addEventListener("change", () => localStorage.setItem(SLASH, tick.checked ? "on" : "off"));
  }
})();
