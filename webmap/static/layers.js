"use strict";

/*
 * Layers on the map. The script that Folium writes (`/map.js`) calls `fenqu.layer(spec)` for each of them.
 * Text of a layer is only ever put into text nodes.
 */
window.fenqu = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const OUTLINES = "county"; // drawn as lines only, above the areas, and never in the way of a click
  const PLACES = "built_up_area"; // the only names written on the map, so that a reader finds the way
  const LOWEST_PANE = 350; // above tiles (200), below what a person draws (400)
  const HATCH_SIZE = 9;

  const made = []; // {spec, layer, state: "waiting" | "loading" | "ready" | "failed"} in drawing order
  const zones = new Map(); // zone id: {path, layer}
  const places = []; // markers with the names of places
  const texts = JSON.parse(document.getElementById("ui-texts")?.textContent || "{}");

  /** Make one layer: empty at first, filled when its file has come. */
  function layer(spec) {
    const pane = paneOf(spec.kind);
    const geojson = L.geoJSON(null, {
      pane,
      renderer: L.svg({ pane, padding: 0.3 }),
      pmIgnore: true,
      interactive: spec.kind !== OUTLINES,
      style: (feature) => styleOf(spec, feature),
      onEachFeature: (feature, path) => addZone(spec, geojson, feature, path),
    });
    const entry = { spec, layer: geojson, state: "waiting" };
    made.push(entry);
    geojson.on("add remove", showWatermark);
    if (spec.shown) load(entry);
    else geojson.once("add", () => load(entry));
    return geojson;
  }

  /** Fetch the file of a layer, and say so on the map where it does not come. */
  async function load(entry) {
    entry.state = "loading";
    showStatus();
    try {
      const response = await fetch(entry.spec.url, { headers: { Accept: "application/geo+json" } });
      if (!response.ok) throw new Error(`status ${response.status}`);
      entry.layer.addData(await response.json());
      entry.state = "ready";
      if (entry.spec.kind === PLACES) namePlaces(entry.layer);
    } catch {
      entry.state = "failed";
    }
    showStatus();
    document.dispatchEvent(new CustomEvent("fenqu:layer", { detail: entry }));
  }

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
  function drawingOf(spec, feature) {
    const known = spec.classes?.[feature.properties?.zone_class];
    return {
      fill: known?.fill || spec.style.fill,
      stroke: known?.stroke || spec.style.stroke,
      hatch: known?.hatch || spec.style.hatch,
    };
  }

  /** Leaflet's path options of a zone. */
  function styleOf(spec, feature) {
    const drawing = drawingOf(spec, feature);
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
    const made = draw("pattern", {
      id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})`,
    });
    made.append(draw("rect", { width: size, height: size, fill, "fill-opacity": 0.2 }));
    const line = { stroke: darker(fill), "stroke-width": 1.1, "stroke-opacity": 0.5, fill: "none" };
    if (hatch === "dots") {
      made.append(draw("circle", { cx: size / 2, cy: size / 2, r: 1.2, fill: darker(fill), "fill-opacity": 0.65 }));
    }
    if (["diagonal", "back", "cross", "vertical"].includes(hatch)) {
      made.append(draw("path", { ...line, d: `M${size / 2} 0V${size}` }));
    }
    if (["cross", "horizontal"].includes(hatch)) {
      made.append(draw("path", { ...line, d: `M0 ${size / 2}H${size}` }));
    }
    return made;
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
  function addZone(spec, geojson, feature, path) {
    path.on("add", () => path.getElement()?.setAttribute("tabindex", "-1")); // the form is the keyboard's way to a place
    zones.set(feature.properties.id, { path, layer: geojson });
    for (const [type, on] of [["mouseover", true], ["mouseout", false]]) {
      path.on(type, () => document.dispatchEvent(new CustomEvent("fenqu:zone", { detail: { id: feature.properties.id, on } })));
    }
    if (spec.kind !== OUTLINES) {
      path.bindTooltip(() => tip(spec, feature.properties), { sticky: true, direction: "top", className: "zone-tip" });
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
  function namePlaces(geojson) {
    const map = window.map_main;
    if (!map.getPane("fenqu-names")) map.createPane("fenqu-names").style.zIndex = "620";
    for (const path of geojson.getLayers()) {
      const name = String(path.feature?.properties?.name || "").replace(/[（(][^（()）]*[)）]$/u, "");
      const icon = L.divIcon({ className: "place-name", html: line("place-name__text", name), iconSize: [0, 0] });
      const marker = L.marker(path.getBounds().getCenter(), {
        icon, pane: "fenqu-names", interactive: false, keyboard: false, pmIgnore: true,
      });
      places.push(marker);
      geojson.addLayer(marker);
    }
    map.on("zoomend resize", thinOutNames);
    geojson.on("add", thinOutNames);
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

  /** Lay the mark of a sketch over the map while any sketched layer is on it. */
  function showWatermark() {
    const map = window.map_main;
    const mark = made.find(({ spec, layer: on }) => spec.sketch && map.hasLayer(on))?.spec.texts?.sketch;
    let veil = document.getElementById("map-watermark");
    if (mark && !veil) {
      veil = watermark(mark);
      map.getContainer().append(veil);
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

  /** Say in the map's corner what is still loading, and what did not load. */
  function showStatus() {
    const place = document.getElementById("map-status");
    if (!place) return;
    const lines = made.filter(({ state }) => state === "failed").map(({ spec }) => spec.texts?.failed || spec.title);
    if (made.some(({ state }) => state === "loading")) lines.unshift(texts.layersLoading || "…");
    place.replaceChildren(...lines.map((text) => line("stage__status-line", text)));
    place.classList.toggle("is-failed", made.some(({ state }) => state === "failed"));
  }

  /** Show, or stop showing, which zone is meant. */
  function light(id, on) {
    const zone = zones.get(id);
    if (!zone || !window.map_main.hasLayer(zone.layer)) return;
    if (on) {
      zone.path.setStyle({ color: "#111", weight: 3.2, opacity: 1 }).bringToFront();
    } else {
      zone.layer.resetStyle(zone.path);
    }
  }

  /** The ground of a zone, or undefined where it is not on the map. */
  function boundsOf(id) {
    return zones.get(id)?.path.getBounds();
  }

  /** The layer that the map's layer control calls by this title. */
  function byTitle(title) {
    return made.find(({ spec }) => spec.title === title);
  }

  /** The ground of the outlines: the whole region. */
  function regionBounds() {
    const outlines = made.find(({ spec, state }) => spec.kind === OUTLINES && state === "ready")?.layer;
    const bounds = outlines?.getBounds();
    return bounds?.isValid() ? bounds : undefined;
  }

  return { layer, light, boundsOf, byTitle, regionBounds };
})();
