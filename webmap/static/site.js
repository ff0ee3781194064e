"use strict";

/* The place: what stands in the box, what of it is understood, and how it is drawn on the map. */
fenquPage.site = (() => {
  const { texts, map, by, narrow, calm, motion, tell, span, geodesy } = fenquPage;
  const at = by("at");
  const DIGITS = 6;
  const NEAREST_FIT = 10.5;
  const MOST_EDITED = 500; // a handle for each vertex is more than a browser can drag beyond this

  const shown = { site: null, pieces: null }; // layers of the answer on the map
  let clicked = ""; // the coordinate of a click, which is in the CRS of our own map

  /** Take a point of the map as the site, and screen it. */
  function screenPoint(latlng) {
    const { lat, lng } = latlng.wrap();
    clicked = `${lng.toFixed(DIGITS)},${lat.toFixed(DIGITS)}`;
    put(clicked);
    by("accuracy_m").value = pixelMetres(lat); // a click is no more exact than the pixel that it hit
    draw({ type: "Point", coordinates: [lng, lat] });
    fenquPage.answer.screen({ move: false });
  }

  /** Metres that one pixel of the map covers at a latitude, rounded up. */
  function pixelMetres(lat) {
    return String(Math.ceil((40075016.7 * Math.cos((lat * Math.PI) / 180)) / 2 ** (map.getZoom() + 8)));
  }

  /** Take what was drawn as the site; a line without a width must be asked for it first. */
  function screenDrawing(geometry) {
    take(geometry);
    if (!needsWidth(geometry)) fenquPage.answer.screen({ move: false });
  }

  /** Put a geometry into the box and on the map. */
  function take(geometry) {
    const width = by("width_m").value;
    put(JSON.stringify(geometry));
    if (geodesy.survey(geometry).kind === "LineString") by("width_m").value = width;
    draw(geometry);
  }

  function needsWidth(geometry) {
    if (geodesy.survey(geometry).kind !== "LineString" || by("width_m").value) return false;
    by("project-fold").open = true;
    fenquPage.say(texts.needsWidth);
    by("width_m").focus();
    return true;
  }

  /** Put a text into the box for the place: what was said of another place is forgotten. */
  function put(text) {
    at.value = text;
    for (const name of ["crs", "accuracy_m", "width_m"]) by(name).value = "";
    fenquPage.remark("");
    told();
  }

  /** Let the box grow with its text, up to a few lines, and say what was understood of it. */
  function told() {
    at.style.height = "auto";
    at.style.height = `${Math.min(at.scrollHeight + 2, 108)}px`;
    if (at.value.trim()) fenquPage.upload.forget(); // a place is given in one way
    const found = read();
    const card = by("site-card");
    card.hidden = !found || found.type === "Point";
    if (card.hidden) return;
    const words = describe(found);
    by("site-said").textContent = words;
    by("site-edit").hidden = !editable(found);
  }

  /** What the box holds, where this script can tell: a coordinate, or GeoJSON. WKT and the rest is the server's. */
  function read() {
    const text = at.value.trim();
    const pair = /^([\d.]+)\s*[,，\s]\s*([\d.]+)$/u.exec(text);
    if (pair) {
      const [one, two] = [Number(pair[1]), Number(pair[2])].sort((a, b) => b - a); // in China longitude is the larger
      return one > 180 || two > 90 ? null : { type: "Point", coordinates: [one, two] };
    }
    if (!text.startsWith("{")) return null;
    try {
      const found = JSON.parse(text);
      return geodesy.survey(found).vertices && inDegrees(found) ? found : null;
    } catch {
      return null;
    }
  }

  /** Whether coordinates are longitude and latitude, so that they can be drawn and measured here. */
  function inDegrees(object) {
    const named = object.crs?.properties?.name;
    if (object.crs && !/(CRS84|:4326|:4490)$/u.test(String(named))) return false;
    let inside = true;
    geodesy.each(object, (_, rings) => {
      for (const [lon, lat] of rings.flat()) inside &&= Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
    });
    return inside;
  }

  /** Kind, parts, corners and size of a geometry, in a line. */
  function describe(object) {
    const { kind, parts, vertices, area, length } = geodesy.survey(object);
    const said = [texts.kinds[kind], tell("siteCounts", { parts, vertices })];
    if (area) said.push(geodesy.sayArea(area), tell("sitePerimeter", { length: geodesy.sayLength(length) }));
    else if (length) said.push(tell("siteLength", { length: geodesy.sayLength(length) }));
    return said.join(" · ");
  }

  function editable(object) {
    const { kind, vertices } = geodesy.survey(object);
    return Boolean(map?.pm) && (kind === "Polygon" || kind === "LineString") && vertices <= MOST_EDITED;
  }

  /** Forget the place. */
  function clear() {
    put("");
    shown.site?.remove();
    shown.pieces?.remove();
    by("answer").classList.toggle("is-stale", Boolean(by("answer").querySelector(".answer")));
    at.focus();
  }

  // ---- On the map ------------------------------------------------------------------------------------------

  /** Draw where the site is: a pin for a point, a dark line on a white one for an area. */
  function draw(geometry, settled = false) {
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

  /** Show what stands in the form before anything was screened, as where a link filled it in. `mayMove`: null keeps the view. */
  function showPlace(mayMove) {
    const found = read();
    if (!found || !map) return;
    draw(found);
    if (mayMove !== null) show(mayMove);
  }

  function paneOf(name, zIndex) {
    if (!map.getPane(name)) map.createPane(name).style.zIndex = String(zIndex);
    return name;
  }

  /** Bring the site into view where it is not; a click never moves the map. */
  function show(mayMove) {
    const bounds = shown.site.getBounds();
    if (!bounds.isValid() || (!mayMove && map.getBounds().contains(bounds))) return;
    map.fitBounds(bounds.pad(0.6), { maxZoom: NEAREST_FIT, ...clearOfLegend(), animate: !calm.matches });
  }

  /** Room to leave at the map's edges, so that nothing looked for lies under the legend. */
  function clearOfLegend() {
    const legend = by("legend");
    const covered = !narrow.matches && legend.open ? legend.offsetWidth + 12 : 0;
    return { paddingTopLeft: [14, 14], paddingBottomRight: [14 + covered, 30] };
  }

  /** Light a zone in the table, on the map, and the piece of it under the site. */
  function light(zone, on) {
    if (!zone) return;
    for (const element of by("answer").querySelectorAll(`[data-zone="${CSS.escape(zone)}"]`)) {
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

  return {
    DIGITS, NEAREST_FIT, screenPoint, screenDrawing, take, needsWidth, put, told, read, describe, clear, draw, drawPieces, showPlace,
    show, clearOfLegend, light, goTo, paneOf,
    /** Whether the box holds the coordinate of a click, as it came. */
    isClicked: () => Boolean(clicked) && at.value === clicked,
    /** Take the site off the map while it is edited, or put it back. */
    hide: (on) => (on ? shown.site?.remove() : shown.site?.addTo(map)),
  };
})();
