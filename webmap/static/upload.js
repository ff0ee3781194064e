"use strict";

/* A site from a GeoJSON file, chosen or dropped onto the map: read here, shown, and sent as the text of the box. */
fenquPage.upload = (() => {
  const { texts, by, tell, say, site, geodesy } = fenquPage;
  const NAMES = /\.(geo)?json$/iu;

  /** Read a file, say what was understood of it, and put it into the box. */
  async function take(file) {
    if (!file) return;
    const { words, text } = await read(file);
    by("at_file").value = "";
    if (!text) return say(words);
    fenquPage.draw?.stop();
    by("notice").hidden = true;
    site.put(text);
    fenquPage.remark(tell("fileRead", { name: file.name.slice(0, 60), what: words }));
    site.showPlace(true);
    const shown = site.read();
    if (!shown || !site.needsWidth(shown)) by("screen-button").focus();
  }

  /** The text of a file and what it holds; without the text, what is wrong with it. */
  async function read(file) {
    const { bytes, vertices } = texts.limits;
    if (!NAMES.test(file.name)) return { words: tell("fileKind", { name: file.name.slice(0, 60) }) };
    if (file.size > bytes) return { words: tell("fileSize", { size: file.size, most: bytes }) };
    let object;
    try {
      object = JSON.parse((await file.text()).replace(/^\uFEFF/u, ""));
    } catch (error) {
      return { words: tell("fileBroken", { reason: error.message.slice(0, 120) }) };
    }
    return check(object, vertices);
  }

  function check(object, most) {
    let found;
    try {
      found = geodesy.survey(object);
    } catch (error) {
      const [name, parameter] = error.unknownType ? ["fileType", "type"] : ["fileBroken", "reason"];
      return { words: tell(name, { [parameter]: error.message.slice(0, 80) }) };
    }
    if (!found.vertices) return { words: texts.fileEmpty };
    if (found.vertices > most) return { words: tell("fileVertices", { count: found.vertices, most }) };
    if (!site.inDegrees(object)) {
      const named = object.crs?.properties?.name; // a projection that the server may know: it says so where it does not
      if (typeof named !== "string") return { words: texts.fileCoordinates };
      return { text: JSON.stringify(object), words: tell("fileOtherCrs", { crs: named.slice(0, 60) }) };
    }
    return { text: JSON.stringify(object), words: site.describe(object) };
  }

  function wire() {
    by("at_file").addEventListener("change", ({ target }) => take(target.files[0]));
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
      take(event.dataTransfer?.files[0]);
    });
  }

  return { wire, take };
})();
