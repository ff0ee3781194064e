"use strict";

/* A file of the site, chosen or dropped onto the map: held in the form's own field, shown by a script that comes with it. */
fenquPage.upload = (() => {
  const { texts, by, tell, say, site } = fenquPage;
  const field = by("at_file");
  let loading;
  let last = null; // the file that was read last, which the fields of a file are said of

  const held = () => field.files[0];

  /** Say anew what the file in the field holds; without one, forget what was said. */
  async function taken() {
    const file = held();
    if (!file) return forget();
    if (file.size > texts.limits.bytes) {
      forget();
      return say(tell("fileSize", { size: file.size, most: texts.limits.bytes }));
    }
    if (last && last !== file) unsay();
    last = file;
    fenquPage.draw?.stop();
    by("notice").hidden = true;
    site.put("");
    try {
      await (loading ??= load());
      if (held() !== file) return;
      fenquPage.intake.clear(); // what was ticked in another file's card counts for no other
      await fenquPage.intake.read();
    } catch {
      loading = undefined;
      say(texts.offline);
    }
  }

  /** The script and the style of the card, which the first visit does without. */
  function load() {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: "/static/intake.css" });
    const script = Object.assign(document.createElement("script"), { src: "/static/intake.js" });
    document.head.append(style, script);
    return Promise.all([style, script].map((part) => new Promise((resolve, reject) => {
      part.addEventListener("load", resolve);
      part.addEventListener("error", reject);
    })));
  }

  /** Let go of the file: the place is given in another way. */
  function forget() {
    if (last) unsay();
    last = null;
    field.value = "";
    fenquPage.intake?.clear();
  }

  /** What was said of one file decides nothing about another. */
  function unsay() {
    for (const name of ["file_crs", "address"]) by(name).value = "";
  }

  function wire() {
    field.addEventListener("change", taken);
    const stage = by("stage");
    const over = (on) => (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      stage.classList.toggle("is-dropping", on);
    };
    for (const type of ["dragenter", "dragover"]) stage.addEventListener(type, over(true));
    stage.addEventListener("dragleave", over(false));
    stage.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer?.files.length) return;
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      field.files = one.files;
      taken();
    });
  }

  return {
    wire, held, forget,
    /** By which a form with this file is told from one with another. */
    mark: () => (held() ? [held().name, held().size, held().lastModified].join("/") : ""),
  };
})();
