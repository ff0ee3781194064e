"use strict";

/*
 * The map page: click, type or draw a place, send the form, put the answer beside the map.
 * Without this script the form is sent by the browser and the server answers with a page.
 */
(() => {
  const texts = JSON.parse(document.getElementById("ui-texts").textContent);
  const map = window.map_main;
  const by = (id) => document.getElementById(id);
  const form = by("screen-form");
  const at = by("at");
  const answer = by("answer");
  const panel = by("panel");
  const narrow = window.matchMedia("(max-width: 959px)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const DIGITS = 6;
  const CLICK_WAIT_MS = 220; // a double click zooms and must not screen
  const NEAREST_FIT = 10.5;

  let token = texts.token;
  let running; // AbortController of the screening under way
  let shown = { site: null, pieces: null }; // layers of the answer on the map

  // ---- The place -------------------------------------------------------------------------------------------

  /** Take a point of the map as the site, and screen it. */
  function screenPoint(latlng) {
    const { lat, lng } = latlng.wrap();
    at.value = `${lng.toFixed(DIGITS)},${lat.toFixed(DIGITS)}`;
    by("accuracy_m").value = pixelMetres(lat); // a click is no more exact than the pixel that it hit
    by("width_m").value = "";
    fitHeight();
    drawSite({ type: "Point", coordinates: [lng, lat] });
    screen({ move: false });
  }

  /** Metres that one pixel of the map covers at a latitude, rounded up. */
  function pixelMetres(lat) {
    return String(Math.ceil((40075016.7 * Math.cos((lat * Math.PI) / 180)) / 2 ** (map.getZoom() + 8)));
  }

  /** Take what was drawn as the site; a line without a width must be asked for it first. */
  function screenDrawing(geometry) {
    at.value = JSON.stringify(geometry);
    by("accuracy_m").value = "";
    if (geometry.type !== "LineString") by("width_m").value = "";
    fitHeight();
    drawSite(geometry);
    if (geometry.type === "LineString" && !by("width_m").value) {
      by("project-fold").open = true;
      say(texts.needsWidth);
      by("width_m").focus();
      return;
    }
    screen({ move: false });
  }

  /** Let the box for the place grow with its text, up to a few lines. */
  function fitHeight() {
    at.style.height = "auto";
    at.style.height = `${Math.min(at.scrollHeight + 2, 108)}px`;
  }

  // ---- Sending ---------------------------------------------------------------------------------------------

  /** Send the form and show what comes: an answer, or a text that says what to do. `move`: go to the site. */
  async function screen({ move = true } = {}) {
    if (!at.value.trim()) {
      say(texts.needsPlace);
      at.focus();
      return;
    }
    running?.abort();
    const mine = (running = new AbortController());
    wait(true);
    try {
      const response = await send(mine.signal);
      if (response.ok) {
        showAnswer(await response.text(), response.headers.get("X-Fenqu-Token"), move);
      } else {
        fail(await problemOf(response));
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      fail(texts.offline);
    }
    if (running === mine) wait(false);
  }

  function send(signal) {
    const body = new URLSearchParams(new FormData(form));
    return fetch(form.action, { method: "POST", body, headers: { "X-Fenqu-Fragment": "1" }, signal });
  }

  /** The text of a problem that the server describes, or one of our own. */
  async function problemOf(response) {
    const plain = texts.serverError.replace("{status}", String(response.status));
    if (!(response.headers.get("Content-Type") || "").includes("json")) return plain;
    try {
      return (await response.json()).detail || plain;
    } catch {
      return plain;
    }
  }

  /** Show that an answer is on its way; the one before stays, dimmed. */
  function wait(on) {
    by("progress").hidden = !on;
    answer.setAttribute("aria-busy", String(on));
    document.body.classList.toggle("is-screening", on);
    if (on) by("notice").hidden = true;
  }

  /** Say why there is no new answer; the one before stays, but dimmed: it answers another question. */
  function fail(text) {
    answer.classList.add("is-stale");
    say(text);
  }

  /** Say what went wrong, where the answer would stand. */
  function say(text) {
    by("notice-detail").textContent = text;
    by("notice").hidden = false;
    by("notice").scrollIntoView({ block: "nearest", behavior: motion() });
  }

  function motion() {
    return calm.matches ? "auto" : "smooth";
  }

  // ---- The answer ------------------------------------------------------------------------------------------

  /** Put an answer, as the server rendered and escaped it, in its place. */
  function showAnswer(html, newToken, move) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    answer.classList.remove("is-stale");
    answer.replaceChildren(...parsed.body.childNodes);
    token = newToken;
    by("notice").hidden = true;
    by("start").hidden = true;
    by("project-fold").open = false;
    panel.scrollTop = 0;
    keepAddress();
    dressAnswer();
    drawAnswer(move);
    if (!move) return;
    const headline = answer.querySelector(".verdict__headline");
    if (headline) {
      headline.tabIndex = -1;
      headline.focus({ preventScroll: true });
    }
  }

  /** Make the address and the language links lead to this answer. */
  function keepAddress() {
    if (!token) return;
    const address = `/?${new URLSearchParams({ token, lang: texts.lang })}`;
    if (location.pathname + location.search !== address) history.pushState(null, "", address);
    for (const link of document.querySelectorAll("[data-language]")) {
      link.href = `/?${new URLSearchParams({ token, lang: link.dataset.language })}`;
    }
  }

  /** What the answer on the page needs from this script. */
  function dressAnswer() {
    const copy = answer.querySelector("[data-copy-link]");
    if (copy) copy.hidden = !navigator.clipboard;
    const headline = answer.querySelector(".verdict__headline");
    const peek = by("peek");
    peek.hidden = !headline;
    peek.replaceChildren(...(headline ? [span("peek__text", headline.textContent), span("peek__go", texts.toAnswer)] : []));
    peek.className = `peek verdict--${answer.querySelector(".answer")?.dataset.verdict}`;
  }

  function span(className, text) {
    const element = document.createElement("span");
    element.className = className;
    element.textContent = text;
    return element;
  }

  /** Draw the site and the pieces of zones under it, as the server measured them. */
  async function drawAnswer(mayMove) {
    if (!map || !token) return;
    const drawn = token;
    try {
      const response = await fetch(`/screenings/${encodeURIComponent(token)}.geojson`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const collection = await response.json();
      if (drawn !== token) return;
      const features = (role) => collection.features.filter((feature) => feature.properties.role === role);
      drawPieces(features("overlap"));
      drawSite({ type: "FeatureCollection", features: features("site") }, true);
      showSite(mayMove);
    } catch {
      by("map-status").replaceChildren(span("stage__status-line", texts.siteFailed));
    }
  }

  /** Draw where the site is: a pin for a point, a dark line on a white one for an area. */
  function drawSite(geometry, settled = false) {
    if (!map) return;
    shown.site?.remove();
    if (!settled) shown.pieces?.remove();
    const pane = paneOf("fenqu-site", 430);
    const options = { pane, pmIgnore: true, interactive: false, pointToLayer: (_, latlng) => pin(latlng, settled) };
    const casing = { color: "#fff", weight: 6.5, opacity: 0.95, fill: false };
    const line = { color: settled ? "#111" : "#555", weight: 2.6, dashArray: settled ? null : "6 5", fillOpacity: 0.04 };
    shown.site = L.featureGroup([
      L.geoJSON(geometry, { ...options, style: casing, filter: (feature) => !isPoint(feature) }),
      L.geoJSON(geometry, { ...options, style: line }),
    ]).addTo(map);
  }

  function isPoint(feature) {
    return (feature.geometry || feature).type.endsWith("Point");
  }

  /** A pin; it pulses until the answer has come. */
  function pin(latlng, settled) {
    const box = document.createElement("div");
    box.className = settled ? "pin" : "pin pin--waiting";
    box.append(span("pin__ring", ""), span("pin__dot", ""));
    const icon = L.divIcon({ className: "pin-place", html: box, iconSize: [0, 0] });
    return L.marker(latlng, { icon, pane: paneOf("fenqu-pin", 640), interactive: false, keyboard: false, pmIgnore: true });
  }

  const RESTING = { color: "#6b4a00", weight: 1, opacity: 0.8, dashArray: "3 3", fillColor: "#ffcf3f", fillOpacity: 0.1 };
  const LIT = { color: "#6b4a00", weight: 2.5, opacity: 1, dashArray: null, fillColor: "#ffcf3f", fillOpacity: 0.6 };

  /** Draw the pieces of the site that lie in zones; clicks go on to the map. */
  function drawPieces(features) {
    shown.pieces?.remove();
    const pane = paneOf("fenqu-pieces", 420);
    shown.pieces = L.geoJSON({ type: "FeatureCollection", features }, {
      pane, pmIgnore: true, style: RESTING,
      pointToLayer: (_, latlng) => L.circleMarker(latlng, { pane, radius: 0, stroke: false, fill: false, interactive: false }),
      onEachFeature: (feature, path) => {
        path.on("mouseover", () => light(feature.properties.zone_id, true));
        path.on("mouseout", () => light(feature.properties.zone_id, false));
      },
    }).addTo(map);
  }

  /** Show a coordinate that stands in the form before anything was screened, as where a link filled it in. */
  function showPlace() {
    const place = /^\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*$/.exec(at.value);
    if (!place) return;
    drawSite({ type: "Point", coordinates: [Number(place[1]), Number(place[2])] });
    showSite(true);
  }

  function paneOf(name, zIndex) {
    if (!map.getPane(name)) map.createPane(name).style.zIndex = String(zIndex);
    return name;
  }

  /** Bring the site into view where it is not; a click never moves the map. */
  function showSite(mayMove) {
    const bounds = shown.site.getBounds();
    if (!bounds.isValid() || (!mayMove && map.getBounds().contains(bounds))) return;
    map.fitBounds(bounds.pad(0.6), { maxZoom: NEAREST_FIT, ...clearOfLegend(), animate: !calm.matches });
  }

  /** Light a zone in the table, on the map, and the piece of it under the site. */
  function light(zone, on) {
    if (!zone) return;
    for (const element of answer.querySelectorAll(`[data-zone="${CSS.escape(zone)}"]`)) {
      element.classList.toggle("is-lit", on);
    }
    shown.pieces?.eachLayer((path) => {
      if (path.feature.properties.zone_id === zone) path.setStyle(on ? LIT : RESTING);
    });
    window.fenqu?.light(zone, on);
  }

  /** Move the map to a zone. */
  function goTo(zone) {
    let bounds = window.fenqu?.boundsOf(zone);
    shown.pieces?.eachLayer((path) => {
      if (path.feature.properties.zone_id === zone && path.getBounds) bounds = path.getBounds();
    });
    if (!map || !bounds?.isValid()) return;
    map.fitBounds(bounds.pad(0.15), { maxZoom: NEAREST_FIT, ...clearOfLegend(), animate: !calm.matches });
    if (narrow.matches) map.getContainer().scrollIntoView({ block: "start", behavior: motion() });
  }

  // ---- The form --------------------------------------------------------------------------------------------

  /** Copy the fields of another form into the main one and screen: an example, or questions answered. */
  function screenWith(other, move) {
    for (const [name, value] of new FormData(other)) fill(name, value);
    fitHeight();
    summarize();
    nameIndustry();
    screen({ move });
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
    const nature = by("nature");
    const kind = by("kind");
    const words = [by("industry").value, kind.value && kind.selectedOptions[0].textContent, nature.value && nature.selectedOptions[0].textContent, by("day").value];
    const given = factFields().filter((field) => field.value !== "").length;
    const count = given ? texts.factsGiven.replace("{count}", String(given)) : "";
    by("facts-said").textContent = count;
    by("project-said").textContent = [...words, count].filter(Boolean).join(" · ");
  }

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

  // ---- The map ---------------------------------------------------------------------------------------------

  /** Clicks, keys, drawing and controls. */
  function setUpMap() {
    map.options.zoomSnap = 0.1;
    map.options.zoomDelta = 0.5;
    const box = map.getContainer();
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", texts.mapLabel);
    map.attributionControl?.setPrefix(false);
    nameControls(box);
    addHome();
    setUpDrawing();
    setUpClicks();
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(box);
    document.addEventListener("fenqu:layer", ({ detail }) => {
      if (detail.spec.kind === "county" && !token) showRegion(false);
      showUnknownClass(detail);
    });
    if (!token) showRegion(false);
    mergeLegend();
  }

  function nameControls(box) {
    for (const [part, text] of [["in", texts.zoomIn], ["out", texts.zoomOut]]) {
      const button = box.querySelector(`.leaflet-control-zoom-${part}`);
      button?.setAttribute("title", text);
      button?.setAttribute("aria-label", text);
    }
  }

  /** A button under the zoom buttons that shows the whole region. */
  function addHome() {
    const bar = map.zoomControl?.getContainer();
    if (!bar) return;
    const home = document.createElement("a");
    home.className = "home-control";
    home.href = "#";
    home.role = "button";
    home.title = texts.home;
    home.setAttribute("aria-label", texts.home);
    home.append(span("home-control__icon", ""));
    L.DomEvent.on(home, "click", L.DomEvent.stop).on(home, "click", () => showRegion(true));
    bar.append(home);
  }

  function showRegion(animate) {
    const bounds = window.fenqu.regionBounds();
    if (bounds) map.fitBounds(bounds, { ...clearOfLegend(), animate: animate && !calm.matches });
  }

  /** Room to leave at the map's edges, so that nothing looked for lies under the legend. */
  function clearOfLegend() {
    const legend = by("legend");
    const covered = !narrow.matches && legend.open ? legend.offsetWidth + 12 : 0;
    return { paddingTopLeft: [14, 14], paddingBottomRight: [14 + covered, 30] };
  }

  let quietUntil = 0; // the click that ends a drawing is not a click on the map

  /** What a click on the map asks: to screen the place, or what another script has put in its stead. */
  function meet(latlng) {
    (window.fenqu.onPlace || screenPoint)(latlng);
  }

  function setUpClicks() {
    let waiting;
    map.on("click", ({ latlng }) => {
      clearTimeout(waiting);
      if (Date.now() < quietUntil || map.pm?.globalDrawModeEnabled()) return;
      waiting = setTimeout(() => meet(latlng), CLICK_WAIT_MS);
    });
    map.on("dblclick", () => clearTimeout(waiting));
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === map.getContainer()) meet(map.getCenter());
    });
  }

  function setUpDrawing() {
    if (!map.pm) return;
    map.pm.setLang(texts.lang);
    map.pm.setGlobalOptions({
      snappable: false, allowSelfIntersection: false,
      templineStyle: { color: "#111", weight: 2 }, hintlineStyle: { color: "#111", weight: 2, dashArray: "5 5" },
      pathOptions: { color: "#111", weight: 2.5, fillOpacity: 0.06 },
    });
    map.pm.addControls({
      position: "topleft", drawMarker: false, drawCircleMarker: false, drawCircle: false, drawText: false,
      editMode: false, dragMode: false, cutPolygon: false, removalMode: false, rotateMode: false,
    });
    nameDrawing();
    map.on("pm:drawstart pm:drawend", ({ type }) => {
      quietUntil = Date.now() + 400;
      map.getContainer().classList.toggle("is-drawing", type === "pm:drawstart");
    });
    map.on("pm:create", ({ layer }) => {
      quietUntil = Date.now() + 400;
      const { geometry } = layer.toGeoJSON(DIGITS);
      layer.remove();
      screenDrawing(geometry);
    });
  }

  /** Give the drawing tools names that a reader of the screen gets as well. */
  function nameDrawing() {
    const names = { polyline: texts.drawLine, rectangle: texts.drawRectangle, polygon: texts.drawPolygon };
    for (const [shape, text] of Object.entries(names)) {
      const icon = map.getContainer().querySelector(`.leaflet-pm-icon-${shape}`);
      icon?.setAttribute("title", text);
      icon?.closest("a")?.setAttribute("aria-label", text);
      icon?.closest(".button-container")?.setAttribute("title", text);
    }
  }

  // ---- Legend ----------------------------------------------------------------------------------------------

  /** Move Folium's layer control into the legend and write each layer's legend under its switch. */
  function mergeLegend() {
    const control = map.getContainer().querySelector(".leaflet-control-layers");
    if (!control) return;
    const place = by("legend-control");
    place.append(control);
    // Leaflet folds this control away when the mouse leaves it; here it stays open.
    for (const type of ["mouseover", "mouseout"]) place.addEventListener(type, (event) => event.stopPropagation(), true);
    const list = control.querySelector(".leaflet-control-layers-overlays");
    const merge = () => {
      for (const label of list.querySelectorAll("label:not([data-merged])")) mergeRow(label);
    };
    new MutationObserver(merge).observe(list, { childList: true });
    merge();
    if (narrow.matches) by("legend").open = false;
  }

  /** Add "class unknown" to the legend of a layer that has such zones. */
  function showUnknownClass({ spec, layer }) {
    const unknown = layer.getLayers().some(({ feature }) => feature && !spec.classes?.[feature.properties.zone_class]);
    for (const row of document.querySelectorAll(`[data-unknown-of="${CSS.escape(spec.kind)}"]`)) row.hidden = !unknown;
  }

  /** Give one switch its swatch and its classes. */
  function mergeRow(label) {
    label.dataset.merged = "";
    const kind = window.fenqu.byTitle(label.textContent.trim())?.spec.kind;
    const row = kind && document.querySelector(`#legend-layers [data-kind="${CSS.escape(kind)}"]`);
    if (!row) return;
    row.hidden = true;
    const title = row.querySelector(".legend__title").cloneNode(true);
    const text = label.querySelector("span > span") || label;
    text.replaceChildren(...title.childNodes);
    label.after(row.querySelector(".legend__more").cloneNode(true));
  }

  // ---- Wiring ----------------------------------------------------------------------------------------------

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    screen();
  });
  form.addEventListener("input", summarize);
  at.addEventListener("input", fitHeight);
  at.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    screen();
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

  for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    answer.addEventListener(type, ({ target }) => light(target.closest?.("[data-zone]")?.dataset.zone, on));
  }
  document.addEventListener("fenqu:zone", ({ detail }) => {
    if (answer.querySelector(`[data-zone="${CSS.escape(detail.id)}"]`)) light(detail.id, detail.on);
  });
  answer.addEventListener("click", ({ target }) => {
    const zone = target.closest(".zone-link")?.dataset.zone;
    if (zone) goTo(zone);
    if (target.closest("[data-copy-link]")) copyLink(target.closest("[data-copy-link]"));
  });

  async function copyLink(button) {
    await navigator.clipboard.writeText(location.href);
    button.textContent = texts.copied;
  }

  // On narrow screens a bar at the bottom leads to the answer, until the answer itself is in view.
  new IntersectionObserver(([entry]) => by("peek").toggleAttribute("data-seen", entry.isIntersecting)).observe(answer);

  document.documentElement.classList.add("has-script");
  if (narrow.matches) by("project-fold").open = false;
  fitHeight();
  summarize();
  nameIndustry();
  if (map) setUpMap();
  if (answer.querySelector(".answer")) {
    dressAnswer();
    drawAnswer(true);
  } else if (map) showPlace();

  window.addEventListener("popstate", () => location.reload()); // the server shows the answer of that address
})();
