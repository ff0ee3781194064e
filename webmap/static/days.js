"use strict";

/* The day whose law is asked, beside the answer: the changes before and after it, and what each changed and why. */
fenquPage.days = (() => {
  const { texts, by, tell } = fenquPage;
  const DAY_MS = 86400000;
  const MOST_OPEN = 3; // differences; more would push the answer itself away
  let last; // {token, day, rest} of the answer before

  /** What the form asks, the day aside. */
  function rest() {
    const said = new FormData(by("screen-form"));
    said.delete("day");
    said.set("at_file", fenquPage.upload.mark());
    return new URLSearchParams(said).toString();
  }

  const dayAsked = () => by("day").value || texts.today;

  /** An answer stands on the page: offer other days, and tell what differs from the one before it. */
  function shown() {
    const token = fenquPage.answer.token();
    const now = { token, day: dayAsked(), rest: rest() };
    const before = last;
    last = now;
    by("day-row").hidden = false;
    by("day-shown").value = now.day;
    offer(now.day);
    if (before?.token && token && before.rest === now.rest && before.day !== now.day) compare(now, before.day);
  }

  /** Name the change before the day, and the one after it. */
  function offer(day) {
    const days = texts.changeDays || [];
    const begun = days.filter((each) => each <= day).at(-1);
    const coming = days.find((each) => each > day);
    name(by("day-before"), begun && dayBefore(begun), begun, "beforeChange");
    name(by("day-after"), coming, coming, "afterChange");
  }

  function name(button, target, change, text) {
    button.hidden = !target;
    button.dataset.day = target || "";
    if (change) button.textContent = tell(text, { day: change });
  }

  function dayBefore(day) {
    return new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
  }

  /** Ask the same of another day. */
  function choose(day) {
    if (!day || day === dayAsked()) return;
    by("day").value = day;
    fenquPage.form.refresh();
    fenquPage.answer.screen({ move: false });
  }

  /** Put what differs, and why, under the headline. */
  async function compare(now, day) {
    const box = document.createElement("section");
    box.className = "day-changes stats";
    box.setAttribute("aria-label", texts.changesLabel);
    const said = Object.assign(document.createElement("p"), { className: "day-changes__lead" });
    said.textContent = tell("comparing", { before: day, after: now.day });
    box.append(said);
    by("answer").querySelector(".verdict")?.after(box);
    const address = `/compare?${new URLSearchParams({ token: now.token, compare: day, lang: texts.lang })}`;
    const link = Object.assign(document.createElement("a"), { href: address, textContent: texts.wholeComparison });
    try {
      const response = await fetch(address, { headers: { "X-Fenqu-Fragment": "1" } });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
      said.textContent = tell("compared", { before: day, after: now.day });
      said.append(" ", link);
      box.append(fold(parsed.body));
    } catch {
      said.textContent = texts.compareFailed;
      said.append(" ", link);
    }
  }

  /** The differences in a fold: open where they are few. */
  function fold(body) {
    const count = body.querySelectorAll(".change").length;
    const made = document.createElement("details");
    made.open = count <= MOST_OPEN;
    made.append(Object.assign(document.createElement("summary"), { textContent: tell("changesCount", { count }) }), ...body.childNodes);
    return made;
  }

  function wire() {
    by("day-shown").addEventListener("change", ({ target }) => target.checkValidity() && choose(target.value));
    for (const id of ["day-before", "day-after"]) by(id).addEventListener("click", ({ target }) => choose(target.dataset.day));
  }

  return { wire, shown };
})();
