"use strict";

/*
 * What all parts of the map page share: texts, the map, elements by id, words for the reader.
 * Each other script adds one part to `fenquPage`; `app.js` comes last and joins them.
 * Without these scripts the form is sent by the browser and the server answers with a page.
 */
window.fenquPage = (() => {
  const by = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(by(id)?.textContent || "{}");
  const texts = { ...read("ui-texts"), ...read("tool-texts") };
  const narrow = window.matchMedia("(max-width: 959px)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  function motion() {
    return calm.matches ? "auto" : "smooth";
  }

  /** A text of the page with its parameters put in. */
  function tell(name, parameters = {}) {
    return Object.entries(parameters).reduce((text, [key, value]) => text.replace(`{${key}}`, String(value)), texts[name]);
  }

  function span(className, text) {
    const element = document.createElement("span");
    element.className = className;
    element.textContent = text;
    return element;
  }

  /** Say what went wrong, where the answer would stand. */
  function say(text) {
    by("notice-detail").textContent = text;
    by("notice-title").textContent = texts.notScreened;
    by("notice").classList.remove("notice--calm");
    by("notice").hidden = false;
    by("notice").scrollIntoView({ block: "nearest", behavior: motion() });
  }

  /** Say what was done with the reader's place, which is no error. */
  function remark(text) {
    by("remark").textContent = text;
    by("remark").hidden = !text;
  }

  /** A number with as many digits behind the point as asked, thousands set apart as in the answer. */
  function number(value, digits) {
    return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /** Put a text on the clipboard; false where the browser does not let us. */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }

  return { texts, map: window.map_main, by, narrow, calm, motion, tell, span, say, remark, number, copy };
})();
