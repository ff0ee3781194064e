"use strict";

/* The form: what its folds hold, industries by search, examples, questions, and projects of the plan. */
fenquPage.form = (() => {
  const { texts, by, tell, site } = fenquPage;
  const form = by("screen-form");

  /** Copy the fields of another form into the main one and screen: an example, or questions answered. */
  function screenWith(other, move) {
    for (const [name, value] of new FormData(other)) fill(name, value);
    refresh();
    fenquPage.answer.screen({ move });
  }

  /** Say anew what the form holds, after a script filled it. */
  function refresh() {
    site.told();
    summarize();
    nameIndustry();
  }

  /** Put a value into the main form. One that it does not know is sent all the same: the server says what is wrong. */
  function fill(name, value) {
    let field = form.elements.namedItem(name);
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name });
      form.append(field);
    }
    field.value = value;
    if (field.value !== value && field.options) field.add(new Option(value, value, false, true));
  }

  /** Forget the answers to questions of another example. */
  function clearFacts() {
    for (const field of factFields()) field.value = "";
    for (const name of ["accuracy_m", "width_m"]) by(name).value = "";
  }

  function factFields() {
    return [...form.querySelectorAll('[name^="fact."]')];
  }

  /** Say beside each fold what it holds. */
  function summarize() {
    const chosen = (field) => field.value && field.selectedOptions[0].textContent;
    const words = [by("industry").value, chosen(by("kind")), chosen(by("nature")), by("day").value];
    const given = factFields().filter((field) => field.value !== "").length;
    const count = given ? tell("factsGiven", { count: given }) : "";
    by("facts-said").textContent = count;
    by("project-said").textContent = [...words, count].filter(Boolean).join(" · ");
  }

  // ---- Industries ------------------------------------------------------------------------------------------

  const industries = new Map(); // code: name, of all that were suggested so far
  let suggesting;

  /** Fill the list under an industry field with what the server suggests. */
  function suggest(field) {
    clearTimeout(suggesting);
    const query = field.value.trim();
    if (!query) return;
    suggesting = setTimeout(async () => {
      const found = await findIndustries(query);
      by("industries").replaceChildren(...found.map((hit) => suggestion(hit, query)));
      nameIndustry();
    }, 180);
  }

  async function findIndustries(query) {
    try {
      const response = await fetch(`/api/v1/industries?${new URLSearchParams({ q: query, lang: texts.lang })}`);
      const found = response.ok ? (await response.json()).industries : [];
      for (const { code, name } of found) industries.set(code, name);
      return found;
    } catch {
      return []; // a suggestion that does not come is no loss: the code can be typed
    }
  }

  /** A line of the list; browsers show only lines that hold what was typed, so that stands in each. */
  function suggestion({ code, name, path, word }, query) {
    const option = document.createElement("option");
    const tree = path.slice(1, -1).map((step) => step.name);
    const line = [`${code} ${name}`, tree.join(" › "), word].filter(Boolean).join(" · ");
    option.value = code;
    option.textContent = line.toLowerCase().includes(query.toLowerCase()) ? line : `${line} · ${query}`;
    return option;
  }

  /** Say what the code in the industry field stands for. */
  async function nameIndustry() {
    const code = by("industry").value.trim().toUpperCase();
    if (code && /^[A-Z]?\d*$/u.test(code) && !industries.has(code)) await findIndustries(code);
    by("industry-name").textContent = industries.get(code) || "";
  }

  // ---- Projects of the plan --------------------------------------------------------------------------------

  /** Fill the form with what the plan says of a project; a place that nobody published is left to the reader. */
  function fillPlan(id) {
    const plan = (texts.plans || []).find((one) => one.id === id);
    by("plan-note").textContent = plan ? plan.note : "";
    if (!plan) return;
    clearFacts();
    site.put(plan.fills.at);
    by("accuracy_m").value = plan.fills.accuracy_m;
    for (const name of ["industry", "nature"]) fill(name, plan.fills[name]);
    by("kind").value = "";
    for (const [name, value] of Object.entries(plan.fills.facts)) fill(`fact.${name}`, value);
    by("project-fold").open = true;
    refresh();
    if (plan.fills.at) site.showPlace(true);
    else by("at").focus();
  }

  function wire() {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      fenquPage.draw?.stop();
      fenquPage.answer.screen();
    });
    form.addEventListener("input", summarize);
    by("at").addEventListener("input", site.told);
    by("at").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    by("industry").addEventListener("change", nameIndustry);
    document.addEventListener("input", ({ target }) => {
      if (target.matches?.('input[list="industries"]')) suggest(target);
    });
    document.addEventListener("submit", (event) => {
      if (!event.target.matches("[data-example], [data-reask]")) return;
      event.preventDefault();
      const example = event.target.matches("[data-example]");
      if (example) clearFacts();
      screenWith(event.target, example);
    });
    by("plan")?.addEventListener("change", ({ target }) => fillPlan(target.value));
    by("plan-form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      fillPlan(by("plan").value);
    });
    by("site-clear").addEventListener("click", () => {
      fenquPage.draw?.stop();
      site.clear();
    });
  }

  return { wire, refresh, fill, fillPlan, screenWith };
})();
