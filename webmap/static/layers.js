"use strict";

/*
 * Layers on the map. The script that Folium writes (`/map.js`) calls `fenqu.layer(spec)` for each of them.
 * Each layer has levels of detail, one for a band of zoom: a GeoJSON file, or vector tiles (`tiles.js`) where the file
 * would be too heavy. Text of a layer is only ever put into text nodes.
 */
window.fenqu = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const OUTLINES = "county"; // drawn as lines only, above the areas, and never in the way of a click
  const PLACES = "built_up_area"; // the only names written on the map, so that a reader finds the way
  const LOWEST_PANE = 350; // above tiles (200), below what a person draws (400)
  const HATCH_SIZE = 9;
  const WAITS_MS = [500, 1000, 2000, 4000, 8000, 15000]; // between trials while the server does not answer
  const AWAY = [502, 503, 504]; // what a proxy says while the server behind it restarts

  const made = []; // {spec, pane, layer, renderer, drawn, wanted, child, paths, state, waiting}, in drawing order
  const zones = new Map(); // zone id: the entry of its layer
  const texts = JSON.parse(document.getElementById("ui-texts")?.textContent || "{}");
  const lit = new Set(); // ids of the zones that are meant just now
  let places = []; // markers with the names of places
  let begun = false; // nothing is fetched before the page has chosen its first view

  /** Make one layer: empty at first, filled with the level that fits the zoom when that has come. */
  function layer(spec) {
    const pane = paneOf(spec.kind);
    const entry = {
      spec, pane, layer: L.layerGroup([], { pmIgnore: true }), renderer: L.svg({ pane, padding: 0.3 }),
      drawn: new Map(), wanted: null, child: null, paths: new Map(), state: "waiting", waiting: false,
    };
    made.push(entry);
    entry.layer.on("add", () => {
      follow(entry);
      thinOutNames();
    });
    entry.layer.on("add remove", heedSketches);
    return entry.layer;
  }

  /** Begin to load, once every script of the page has run and the first view stands. */
  function begin() {
    if (!window.map_main) return;
    begun = true;
    window.map_main.on("zoomend", () => made.forEach(follow));
    window.map_main.on("zoomend resize", thinOutNames);
    window.map_main.on("zoomend zoomlevelschange", sayZoomStop);
    document.getElementById("zoom-stop-dismiss")?.addEventListener("click", dismissZoomStop);
    made.forEach(follow);
    sayZoomStop();
  }
  document.addEventListener("DOMContentLoaded", begin);

  // ---- Loading ---------------------------------------------------------------------------------------------

  /** Draw a layer that is on the map with the level that fits the zoom. The level before stays until then. */
  async function follow(entry) {
    if (!begun || !window.map_main.hasLayer(entry.layer)) return;
    const zoom = window.map_main.getZoom();
    const level = entry.spec.levels.findLast(({ from }) => from <= zoom);
    if (level === entry.wanted && entry.state !== "failed") return;
    entry.wanted = level;
    entry.state = "loading";
    tell(entry);
    try {
      if (!entry.drawn.has(level)) entry.drawn.set(level, drawLevel(entry, level));
      const drawn = await entry.drawn.get(level);
      if (entry.wanted !== level) return;
      if (level.tiles) drawn.child.once("load", () => ready(entry, drawn.child));
      show(entry, level, drawn);
      if (!level.tiles) entry.state = "ready";
    } catch {
      entry.drawn.delete(level);
      if (entry.wanted !== level) return;
      entry.state = "failed";
    }
    tell(entry);
  }

  /** The Leaflet layer of a level, with its paths by zone id. */
  async function drawLevel(entry, level) {
    if (level.tiles) return { child: window.fenquTiles.layer(entry, level, api), paths: new Map() };
    const response = await ask(level.url, entry);
    const paths = new Map();
    const { spec, pane, renderer } = entry;
    const child = L.geoJSON(await response.json(), {
      pane, renderer,
      pmIgnore: true,
      interactive: spec.kind !== OUTLINES,
      style: (feature) => styleOf(spec, feature),
      onEachFeature: (feature, path) => addZone(entry, paths, feature, path),
    });
    return { child, paths };
  }

  /** Fetch a file; while the server does not answer, wait a little longer each time. */
  async function ask(url, entry) {
    for (let trial = 0; ; trial += 1) {
      const response = await fetch(url).catch(() => null);
      if (response?.ok) {
        await patience(entry, false);
        return response;
      }
      if ((response && !AWAY.includes(response.status)) || trial === WAITS_MS.length) {
        await patience(entry, false);
        throw new Error(`no answer, or status ${response?.status}`);
      }
      await patience(entry, true, WAITS_MS[trial]);
    }
  }

  /** Say whether a layer waits for the server, and wait. */
  function patience(entry, waiting, ms = 0) {
    if (entry.waiting !== waiting) {
      entry.waiting = waiting;
      tell(entry);
    }
    return waiting ? new Promise((done) => setTimeout(done, ms)) : undefined;
  }

  /** Put a level on the map, and only then take the one before away: no frame is without a layer. */
  function show(entry, level, { child, paths }) {
    const before = entry.child;
    entry.paths = paths;
    entry.child = child;
    for (const id of paths.keys()) zones.set(id, entry);
    entry.layer.addLayer(child);
    if (before && before !== child) entry.layer.removeLayer(before);
    for (const id of lit) light(id, true);
    if (entry.spec.kind === PLACES && !places.length) namePlaces(entry);
  }

  /** A layer whose tiles do not come: say so, as of any other. */
  function fail(entry) {
    entry.drawn.clear();
    entry.state = "failed";
    tell(entry);
  }

  /** All tiles in view are drawn. */
  function ready(entry, child) {
    if (entry.child !== child || entry.state !== "loading") return;
    entry.state = "ready";
    tell(entry);
  }

  /** Say in the map's corner how a layer's loading goes, and to whoever listens. */
  function tell(entry) {
    showStatus();
    document.dispatchEvent(new CustomEvent("fenqu:layer", { detail: entry }));
  }

  /** What is still loading, what waits for the server, and what did not load, with a button to try again. */
  function showStatus() {
    const place = document.getElementById("map-status");
    if (!place) return;
    const failed = made.filter(({ state }) => state === "failed");
    const lines = failed.map((entry) => failedLine(entry));
    if (made.some(({ waiting }) => waiting)) lines.unshift(line("stage__status-line", texts.serverWaiting));
    else if (made.some(({ state }) => state === "loading")) lines.unshift(line("stage__status-line", texts.layersLoading));
    if (!made.length && texts.noLayers) lines.push(line("stage__status-line", texts.noLayers));
    place.replaceChildren(...lines);
    place.classList.toggle("is-failed", failed.length > 0);
    place.dataset.layers = settled() ? "ready" : "busy";
  }

  function failedLine(entry) {
    const box = line("stage__status-line", entry.spec.texts?.failed || entry.spec.title);
    const again = document.createElement("button");
    again.type = "button";
    again.className = "stage__retry";
    again.textContent = texts.retry;
    again.setAttribute("aria-label", `${texts.retry}: ${entry.spec.title}`);
    again.addEventListener("click", () => follow(entry));
    box.append(" ", again);
    return box;
  }

  /** Whether every layer that is switched on stands on the map at the level of this zoom. */
  function settled() {
    return begun && made.every((entry) => entry.state === "ready" || !window.map_main.hasLayer(entry.layer));
  }

  // ---- Drawing ---------------------------------------------------------------------------------------------

  /** One pane for each layer, so that the order never depends on which file came first. */
  function paneOf(kind) {
    const name = `fenqu-${kind}`;
    const map = window.map_main;
    if (!map.getPane(name)) {
      map.createPane(name).style.zIndex = String(LOWEST_PANE + made.length);
    }
    return name;
  }

  /** What a zone is drawn with: its class, else its layer. */
  function drawingOf(spec, zoneClass) {
    const known = spec.classes?.[zoneClass];
    return {
      fill: known?.fill || spec.style.fill,
      stroke: known?.stroke || spec.style.stroke,
      hatch: known?.hatch || spec.style.hatch,
    };
  }

  /** Leaflet's path options of a zone. */
  function styleOf(spec, feature) {
    const drawing = drawingOf(spec, feature.properties?.zone_class);
    if (spec.kind === OUTLINES) {
      return { color: "#33433c", weight: 1.4, opacity: 0.75, fill: false };
    }
    return {
      color: drawing.stroke,
      weight: 0.8,
      opacity: 0.6,
      dashArray: spec.whereabouts ? "3 4" : null, // a broken line: it stands somewhere within
      fill: true,
      fillColor: `url(#${hatchOf(drawing)})`,
      fillOpacity: 1,
    };
  }

  /** The id of the pattern for a drawing, made on first use. */
  function hatchOf({ fill, hatch }) {
    const id = `hatch-${hatch}-${fill.slice(1)}`;
    if (!document.getElementById(id)) definitions().append(pattern(id, fill, hatch));
    return id;
  }

  /** The one hidden SVG that holds every pattern. */
  function definitions() {
    const known = document.getElementById("hatch-definitions");
    if (known) return known;
    const svg = draw("svg", { width: 0, height: 0, "aria-hidden": "true", focusable: "false", class: "hatches" });
    const defs = draw("defs", { id: "hatch-definitions" });
    svg.append(defs);
    document.body.append(svg);
    return defs;
  }

  /** A light tint of the fill with lines of the same colour made darker. */
  function pattern(id, fill, hatch) {
    const size = HATCH_SIZE;
    const turn = hatch === "back" ? -45 : hatch === "diagonal" || hatch === "cross" ? 45 : 0;
    const drawn = draw("pattern", {
      id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})`,
    });
    drawn.append(draw("rect", { width: size, height: size, fill, "fill-opacity": 0.2 }));
    const stroke = { stroke: darker(fill), "stroke-width": 1.1, "stroke-opacity": 0.5, fill: "none" };
    if (hatch === "dots") {
      drawn.append(draw("circle", { cx: size / 2, cy: size / 2, r: 1.2, fill: darker(fill), "fill-opacity": 0.65 }));
    }
    if (["diagonal", "back", "cross", "vertical"].includes(hatch)) {
      drawn.append(draw("path", { ...stroke, d: `M${size / 2} 0V${size}` }));
    }
    if (["cross", "horizontal"].includes(hatch)) {
      drawn.append(draw("path", { ...stroke, d: `M0 ${size / 2}H${size}` }));
    }
    return drawn;
  }

  /** A colour mixed with a third of black. */
  function darker(hex) {
    const channels = [1, 3, 5].map((at) => Math.round(parseInt(hex.slice(at, at + 2), 16) * 0.68));
    return `rgb(${channels.join(",")})`;
  }

  /** An SVG element with attributes. */
  function draw(name, attributes) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  }

  /** Keep a zone by its id, and give it a tip. Clicks go on to the map: a zone screens like any place. */
  function addZone(entry, paths, feature, path) {
    path.on("add", () => path.getElement()?.setAttribute("tabindex", "-1")); // the form is the keyboard's way to a place
    paths.set(feature.properties.id, path);
    for (const [type, on] of [["mouseover", true], ["mouseout", false]]) {
      path.on(type, () => document.dispatchEvent(new CustomEvent("fenqu:zone", { detail: { id: feature.properties.id, on } })));
    }
    if (entry.spec.kind !== OUTLINES) {
      path.bindTooltip(() => tip(entry.spec, feature.properties), { sticky: true, direction: "top", className: "zone-tip" });
    }
  }

  /** The tip of a zone: layer, name, class, and the mark of a sketch, as text nodes. */
  function tip(spec, said) {
    const box = document.createElement("div");
    const known = spec.classes?.[said.zone_class]?.title;
    box.append(line("zone-tip__layer", spec.title), line("zone-tip__name", said.name || said.code || said.id));
    if (known) box.append(line("zone-tip__class", known));
    if (said.code) box.append(line("zone-tip__code", said.code));
    if (spec.whereabouts) box.append(line("zone-tip__class", spec.texts?.whereabouts));
    return box;
  }

  /** A line of text in a block of its own. */
  function line(className, text) {
    const element = document.createElement("div");
    element.className = className;
    element.textContent = text;
    return element;
  }

  /** Write the names of towns beside their ground; the mark in brackets is left to tip, legend and watermark. */
  function namePlaces(entry) {
    const map = window.map_main;
    if (!map.getPane("fenqu-names")) map.createPane("fenqu-names").style.zIndex = "620";
    places = [...entry.paths.values()].map((path) => {
      const name = String(path.feature?.properties?.name || "").replace(/[（(][^（()）]*[)）]$/u, "");
      const icon = L.divIcon({ className: "place-name", html: line("place-name__text", name), iconSize: [0, 0] });
      return L.marker(path.getBounds().getCenter(), {
        icon, pane: "fenqu-names", interactive: false, keyboard: false, pmIgnore: true,
      });
    });
    for (const marker of places) entry.layer.addLayer(marker);
    thinOutNames();
  }

  /** Hide each name that would lie on one already shown. */
  function thinOutNames() {
    const kept = [];
    for (const marker of places) {
      const text = marker.getElement()?.firstElementChild;
      if (!text) continue;
      text.hidden = false;
      const box = text.getBoundingClientRect();
      text.hidden = kept.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
      if (!text.hidden) kept.push(box);
    }
  }

  // ---- Sketches --------------------------------------------------------------------------------------------

  /** While a sketched layer is on the map: its mark over the map, and no nearer view than its lines are worth. */
  function heedSketches() {
    const map = window.map_main;
    const on = made.filter((entry) => map.hasLayer(entry.layer));
    showWatermark(on.find(({ spec }) => spec.sketch)?.spec.texts?.sketch);
    heedSketches.nearest ??= map.options.maxZoom;
    map.setMaxZoom(Math.min(heedSketches.nearest, ...on.map(({ spec }) => spec.nearest)));
  }

  function showWatermark(mark) {
    let veil = document.getElementById("map-watermark");
    if (mark && !veil) {
      veil = watermark(mark);
      window.map_main.getContainer().append(veil);
    }
    veil?.classList.toggle("is-off", !mark);
  }

  /** The mark, again and again, as an SVG pattern that takes no clicks. */
  function watermark(mark) {
    const veil = draw("svg", { id: "map-watermark", class: "watermark", "aria-hidden": "true", focusable: "false" });
    const tile = draw("pattern", {
      id: "watermark-tile", width: 300, height: 150, patternUnits: "userSpaceOnUse", patternTransform: "rotate(-24)",
    });
    const words = draw("text", { x: 20, y: 60, class: "watermark__text" });
    const second = draw("text", { x: 170, y: 135, class: "watermark__text" });
    words.textContent = second.textContent = mark;
    tile.append(words, second);
    veil.append(tile, draw("rect", { width: "100%", height: "100%", fill: "url(#watermark-tile)" }));
    return veil;
  }

  let stopKnown = false; // whether the reader has said that the reason is understood

  /** Say why the map goes no nearer, when it has come so near and a sketched layer is the cause. */
  function sayZoomStop() {
    const map = window.map_main;
    const note = document.getElementById("zoom-stop");
    if (!note) return;
    const sketched = made.some((entry) => entry.spec.sketch && map.hasLayer(entry.layer));
    note.hidden = stopKnown || !sketched || map.getZoom() < map.getMaxZoom() - 0.01;
  }

  function dismissZoomStop() {
    stopKnown = true;
    sayZoomStop();
    window.map_main.getContainer().focus({ preventScroll: true });
  }

  // ---- Zones -----------------------------------------------------------------------------------------------

  /** Show, or stop showing, which zone is meant. A zone of a layer drawn as tiles cannot be lit. */
  function light(id, on) {
    if (on) lit.add(id);
    else lit.delete(id);
    const entry = zones.get(id);
    const path = entry?.paths.get(id);
    if (!path || !window.map_main.hasLayer(path)) return;
    if (on) path.setStyle({ color: "#111", weight: 3.2, opacity: 1 }).bringToFront();
    else entry.child.resetStyle(path);
  }

  /** The ground of a zone, or undefined where it has not been drawn. */
  function boundsOf(id) {
    return zones.get(id)?.paths.get(id)?.getBounds();
  }

  /** The ground of a layer, known before its file has come; undefined where it has no placed zone. */
  function boundsOfLayer(kind) {
    const edges = made.find(({ spec }) => spec.kind === kind)?.spec.bounds;
    return edges ? L.latLngBounds([edges[1], edges[0]], [edges[3], edges[2]]) : undefined;
  }

  /** The ground of the outlines: the whole region. */
  function regionBounds() {
    return boundsOfLayer(OUTLINES);
  }

  const api = { ask, tip, drawingOf, darker, fail, entries: made };
  return { layer, light, boundsOf, boundsOfLayer, regionBounds, settled, entries: made };
})();
