"use strict";

/* What the server understood of a file: a card under the box, its outline on the map, and a reading to be chosen. */
fenquPage.intake = (() => {
  const { texts, map, by, tell, say, site, upload } = fenquPage;
  const form = by("screen-form");
  const box = by("intake");
  const button = by("screen-button");
  const WAIT_MS = 350; // after a change of the form
  // One look for each reading, told apart by colour, line and number; `intake.css` has the same.
  const LOOKS = [
    { color: "#b3261e", dashArray: null }, { color: "#1a56b0", dashArray: "12 6" }, { color: "#6a3d9a", dashArray: "2 6" },
    { color: "#8a5a00", dashArray: "14 5 2 5" }, { color: "#00695c", dashArray: "6 4" }, { color: "#ad1457", dashArray: "1 4" },
  ];
  const ONE = { color: "#111", dashArray: null };
  const BEFORE = { color: "#b3261e", dashArray: "5 5" };
  const CRS_FAULTS = new Set(["site_crs_missing", "site_crs_unknown", "site_datum_refused"]);
  const KEPT = new Set(["offline", "site_layer_unknown"]); // of which the file is not the cause

  let drawn = null; // of the last card: {settled, readings: [{crs, outline, simplified_m, accuracy_m, mended}]}
  let groups = []; // on the map, one for each reading
  let running; // AbortController of the reading under way
  let waiting;
  let reason = ""; // why nothing can be screened yet

  // ---- Asking ------------------------------------------------------------------------------------------------

  /** Send the file with the form, and show what was understood of it; boxes of the names `without` count for nothing. */
  async function read(without = []) {
    clearTimeout(waiting);
    running?.abort();
    const mine = (running = new AbortController());
    const said = new FormData(form);
    for (const name of ["at", "reading", ...without]) said.delete(name);
    const before = state();
    block(texts.fileReading);
    fenquPage.remark(texts.fileReading);
    try {
      const headers = { "X-Fenqu-Fragment": "1" };
      const response = await fetch(`/sites?${new URLSearchParams({ lang: texts.lang })}`, { method: "POST", body: said, headers, signal: mine.signal });
      if (response.ok) show(await response.text(), before);
      else refuse(await fenquPage.answer.problemOf(response));
    } catch (error) {
      if (error.name === "AbortError") return;
      refuse({ detail: texts.offline, code: "offline" });
    }
  }

  /** What cannot be read is let go of; one that only lacks a CRS waits for it. */
  function refuse({ detail, code }) {
    clearCard();
    say(detail);
    if (KEPT.has(code)) return;
    if (!CRS_FAULTS.has(code)) return upload.forget();
    by("ways-fold").open = true;
    by("file_crs").closest("details").open = true;
    by("file_crs").focus();
  }

  /** What the reader had chosen, opened and was about to do in the card before. */
  function state() {
    const at = box.contains(document.activeElement) ? document.activeElement : null;
    return {
      reading: chosen()?.value,
      open: [...box.querySelectorAll("details")].map((fold) => fold.open),
      at: at?.name && `[name="${CSS.escape(at.name)}"][value="${CSS.escape(at.value)}"]`,
    };
  }

  // ---- The card ----------------------------------------------------------------------------------------------

  /** Put the card, as the server rendered and escaped it, in its place, and the outlines on the map. */
  function show(html, before) {
    const first = !box.hasChildNodes();
    const parsed = new DOMParser().parseFromString(html, "text/html");
    drawn = JSON.parse(parsed.querySelector('[data-intake="drawn"]').textContent);
    box.replaceChildren(...parsed.body.childNodes);
    by("notice").hidden = true;
    if (before.open.length) box.querySelectorAll("details").forEach((fold, place) => (fold.open = before.open[place] ?? fold.open));
    for (const radio of box.querySelectorAll('[name="reading"]')) radio.checked = radio.value === before.reading;
    fenquPage.remark(tell("fileRead", { name: by("intake-title").dataset.file }));
    draw();
    choose(first);
    if (first) {
      by("intake-title").focus({ preventScroll: true });
      box.scrollIntoView({ block: "nearest", behavior: fenquPage.motion() });
    } else if (before.at) box.querySelector(before.at)?.focus();
  }

  const chosen = () => box.querySelector('[name="reading"]:checked');

  /** The place in `drawn` of the reading that would be screened; -1 where none was chosen. */
  function current() {
    if (!drawn || drawn.settled) return drawn ? 0 : -1;
    return drawn.readings.findIndex((reading) => reading.crs === chosen()?.value);
  }

  /** Mark what is chosen, and let the site be screened once that is clear. */
  function choose(move) {
    const now = current();
    block(now < 0 ? texts.fileChoose : "");
    const why = by("intake-why");
    if (why) why.hidden = now >= 0;
    box.querySelector('[data-intake="edit"]').hidden = now < 0 || !drawn.readings[now].outline || drawn.readings[now].simplified_m > 0;
    groups.forEach((group, place) => mark(group, now < 0 || place === now, place === now));
    if (move) fit(now < 0 ? groups : [groups[now]]);
  }

  function block(text) {
    reason = text;
    button.disabled = Boolean(text);
    if (text) button.setAttribute("aria-describedby", by("intake-why") ? "intake-why" : "remark");
    else button.removeAttribute("aria-describedby");
  }

  function clearCard() {
    running?.abort();
    drawn = null;
    box.replaceChildren();
    fenquPage.remark("");
    undraw();
    block("");
  }

  // ---- On the map ----------------------------------------------------------------------------------------------

  function undraw() {
    for (const group of groups) group.remove();
    groups = [];
  }

  /** Draw every reading, each with its own line and number; what was mended before and after. */
  function draw() {
    undraw();
    if (!map) return;
    site.draw({ type: "FeatureCollection", features: [] });
    const many = !drawn.settled;
    groups = drawn.readings.map((reading, place) => {
      const look = many ? LOOKS[place % LOOKS.length] : ONE;
      const group = L.featureGroup();
      if (!reading.outline) return group.addTo(map);
      for (const one of reading.mended) group.addLayer(lines(one.before, { ...BEFORE, weight: 2 }));
      group.addLayer(lines(reading.outline, { color: "#fff", weight: 6.5, opacity: 0.95, fill: false, casing: true }));
      group.addLayer(lines(reading.outline, { ...look, weight: 3, fillColor: look.color, fillOpacity: 0.08 }));
      if (many) group.addLayer(badge(group.getBounds().getCenter(), place + 1));
      return group.addTo(map);
    });
  }

  function lines(geometry, style) {
    const pane = site.paneOf("fenqu-site", 430);
    const pointToLayer = (_, latlng) => L.circleMarker(latlng, { ...style, pane, radius: 7, interactive: false });
    return L.geoJSON(geometry, { pane, pmIgnore: true, interactive: false, style, pointToLayer });
  }

  /** The number of a reading where it lies; the list of readings says the same in words. */
  function badge(latlng, number) {
    const html = fenquPage.span(`reading-badge reading--${((number - 1) % LOOKS.length) + 1}`, String(number));
    const icon = L.divIcon({ className: "reading-place", html, iconSize: [0, 0] });
    return L.marker(latlng, { icon, pane: site.paneOf("fenqu-pin", 640), interactive: false, keyboard: false, pmIgnore: true });
  }

  function mark(group, plain, picked) {
    group.eachLayer((layer) => {
      if (!layer.setStyle) return layer.getElement()?.classList.toggle("is-faint", !plain);
      layer.setStyle(layer.options.style.casing ? { opacity: plain ? 0.95 : 0 } : { opacity: plain ? 1 : 0.4, weight: picked ? 4 : 2.5 });
    });
  }

  function fit(some) {
    const bounds = L.latLngBounds([]);
    for (const group of some) if (group) bounds.extend(group.getBounds());
    if (!map || !bounds.isValid()) return;
    map.fitBounds(bounds.pad(0.4), { maxZoom: site.NEAREST_FIT, ...site.clearOfLegend(), animate: !fenquPage.calm.matches });
  }

  /** Take the outline into the box, to be changed on the map; the file is let go of. */
  function edit() {
    const one = drawn?.readings[current()];
    if (!one?.outline) return;
    const accuracy = Number(by("accuracy_m").value || 0) + one.accuracy_m;
    const parts = one.outline.features.map(({ geometry, properties: { role } }) => ({ type: "Feature", properties: { role }, geometry }));
    site.take(parts.length === 1 && parts[0].properties.role === "site" ? parts[0].geometry : { type: "FeatureCollection", features: parts });
    by("accuracy_m").value = accuracy || "";
    if (!by("site-edit").hidden && !by("site-card").hidden) by("site-edit").click();
  }

  // ---- Wiring ----------------------------------------------------------------------------------------------------

  /** A box of the card, or a field of the form that what is shown depends on. */
  function changed({ target }) {
    if (!upload.held()) return;
    const inCard = box.contains(target);
    if (target.name === "reading") return choose(true);
    if (inCard && !box.querySelector(`[name="${target.name}"]:checked`)) {
      target.checked = true; // nothing at all would mean everything
      return;
    }
    if (inCard) return void read(target.name === "layer" ? ["piece"] : []);
    const bears = ["width_m", "accuracy_m", "file_crs", "address"].includes(target.name) || drawn?.settled === false;
    if (!bears || target.id === "at_file") return;
    clearTimeout(waiting);
    waiting = setTimeout(read, WAIT_MS);
  }

  form.addEventListener("change", changed);
  box.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-intake]")?.dataset.intake;
    if (act === "edit") edit();
    if (act === "remove") {
      upload.forget();
      by("at").focus();
    }
  });

  return {
    read, clear: clearCard,
    /** Why the file cannot be screened yet; empty where it can. */
    blocked: () => reason,
    /** The answer has come, and draws the site itself. */
    answered() {
      undraw();
      box.querySelector(".intake")?.removeAttribute("open");
    },
  };
})();
