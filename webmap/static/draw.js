"use strict";

/* Drawing a site, editing it, and measuring, which screens nothing. One task at a time; its bar lies under the map. */
fenquPage.draw = (() => {
  const { texts, map, by, tell, site, geodesy } = fenquPage;
  const SITE_STYLE = {
    templineStyle: { color: "#111", weight: 2 }, hintlineStyle: { color: "#111", weight: 2, dashArray: "5 5" },
    pathOptions: { color: "#111", weight: 2.5, fillOpacity: 0.06 },
  };
  const BLUE = { color: "#1a56a5", weight: 2.2, dashArray: "7 5" };
  const MEASURE_STYLE = { templineStyle: BLUE, hintlineStyle: BLUE, pathOptions: { ...BLUE, fillOpacity: 0.05 } };
  const ROUND_CLICK_MS = 400; // the click that ends a drawing is not a click on the map
  const AGREES = 0.02; // of a radius: what the map library's sphere may differ from the ellipsoid, and a little

  let quietUntil = 0;
  let task = null; // {mode: "draw" | "edit" | "measure", shape, layer, centre, cursor, …}
  let wanted = "draw"; // what the next drawing is for
  let measured; // what was measured and is still on the map

  const latLngs = (layer) => layer.getLatLngs().flat(3).map(position);
  const position = ({ lng, lat }) => [lng, lat];

  // ---- Drawing ---------------------------------------------------------------------------------------------

  function setUp() {
    if (!map.pm) return;
    map.pm.setLang(texts.lang);
    map.pm.setGlobalOptions({ snappable: false, allowSelfIntersection: false, ...SITE_STYLE });
    map.pm.addControls({
      position: "topleft", drawMarker: false, drawCircleMarker: false, drawCircle: true, drawText: false,
      editMode: false, dragMode: false, cutPolygon: false, removalMode: false, rotateMode: false,
    });
    nameTools();
    map.on("pm:drawstart", begin);
    map.on("pm:drawend", () => setTimeout(ended, 0)); // what was drawn may be told of after the end
    map.on("pm:create", created);
    map.on("mousemove", ({ latlng }) => {
      if (!task || task.mode === "edit") return;
      task.cursor = latlng;
      showFigures();
    });
    map.getContainer().addEventListener("keydown", onKey);
    wireBar();
  }

  /** Give the drawing tools names that a reader of the screen gets as well. */
  function nameTools() {
    const { drawLine, drawRectangle, drawPolygon, drawCircle } = texts;
    const names = { polyline: drawLine, rectangle: drawRectangle, polygon: drawPolygon, circle: drawCircle };
    for (const [shape, text] of Object.entries(names)) {
      const icon = map.getContainer().querySelector(`.leaflet-pm-icon-${shape}`);
      icon?.setAttribute("title", text);
      icon?.closest("a")?.setAttribute("aria-label", text);
      icon?.closest(".button-container")?.setAttribute("title", text);
    }
  }

  function begin({ shape, workingLayer }) {
    if (task?.mode === "edit") stop();
    quietUntil = Date.now() + ROUND_CLICK_MS;
    task = { mode: wanted, shape, layer: workingLayer };
    workingLayer.on("pm:centerplaced", ({ latlng }) => (task.centre = latlng));
    workingLayer.on("pm:vertexadded", () => {
      hush();
      showFigures();
    });
    map.getContainer().classList.add("is-drawing");
    hush();
    showBar();
  }

  /** Handles are for the pointer alone; the table of corner points is the keyboard's way. */
  function hush() {
    for (const handle of map.getContainer().querySelectorAll(".marker-icon[role]")) {
      for (const name of ["role", "tabindex"]) handle.removeAttribute(name);
      handle.setAttribute("aria-hidden", "true");
    }
  }

  function ended() {
    quietUntil = Date.now() + ROUND_CLICK_MS;
    if (map.pm.globalDrawModeEnabled()) return; // another drawing has begun already
    map.getContainer().classList.remove("is-drawing");
    if (wanted === "measure" && task) map.pm.Draw[task.shape]?.setOptions(SITE_STYLE);
    wanted = "draw";
    if (task && task.mode !== "edit") task = null;
    showBar();
  }

  function created({ shape, layer }) {
    quietUntil = Date.now() + ROUND_CLICK_MS;
    layer.remove();
    if (task?.mode === "measure") return keepMeasure(shape, layer);
    if (shape === "Circle") return screenCircle(layer.getLatLng(), radiusOf(layer, task?.cursor));
    site.screenDrawing(layer.toGeoJSON(site.DIGITS).geometry);
  }

  /** The radius on the ellipsoid; the map library has it on a sphere. */
  function radiusOf(layer, cursor) {
    const radius = layer.getRadius();
    const exact = cursor ? geodesy.length([position(layer.getLatLng()), position(cursor)]) : radius;
    return Math.abs(exact - radius) < AGREES * radius ? exact : radius;
  }

  /** A circle as the polygon of its area; said, because the answer is that of the polygon. */
  function screenCircle(centre, radius) {
    site.screenDrawing(geodesy.circle(position(centre), radius));
    sayCircle(radius);
  }

  function sayCircle(radius) {
    fenquPage.remark(tell("circleNote", { radius: geodesy.sayLength(radius), corners: geodesy.CORNERS }));
  }

  // ---- Figures while drawing -------------------------------------------------------------------------------

  /** Say area, length or radius of what is under way. */
  function showFigures() {
    by("task-figures").textContent = task ? figures() : measured ? measured.words : "";
  }

  function figures() {
    if (task.mode === "edit") return site.describe(task.now);
    const { shape, layer, cursor, centre } = task;
    if (shape === "Circle") return centre && cursor ? sayRound(geodesy.length([position(centre), position(cursor)])) : "";
    const points = latLngs(layer);
    if (shape === "Rectangle") return sizes("Polygon", points);
    return sizes(shape, cursor ? [...points, position(cursor)] : points);
  }

  function sayRound(radius) {
    return [tell("radius", { radius: geodesy.sayLength(radius) }), geodesy.sayArea(Math.PI * radius * radius)].join(" · ");
  }

  /** Area and border, or length, of positions in a row. */
  function sizes(shape, points) {
    if (points.length < 2) return "";
    if (shape === "Line" || points.length < 3) return tell("siteLength", { length: geodesy.sayLength(geodesy.length(points)) });
    const border = geodesy.length([...points, points[0]]);
    const area = geodesy.area([points]);
    return area ? [geodesy.sayArea(area), tell("sitePerimeter", { length: geodesy.sayLength(border) })].join(" · ") : "";
  }

  // ---- Measuring -------------------------------------------------------------------------------------------

  /** Measure a distance (`Line`) or an area (`Polygon`); nothing of it becomes a site. */
  function measure(shape) {
    stop();
    clearMeasure();
    wanted = "measure";
    map.pm.enableDraw(shape, MEASURE_STYLE);
    map.getContainer().focus({ preventScroll: true });
  }

  function keepMeasure(shape, layer) {
    const words = sizes(shape, latLngs(layer));
    layer.options.pmIgnore = true;
    layer.setStyle({ ...BLUE, fillOpacity: 0.05, interactive: false }).addTo(map);
    layer.bindTooltip(fenquPage.span("", words), { permanent: true, direction: "center", className: "measure-tip" });
    measured = { layer, words };
  }

  function clearMeasure() {
    measured?.layer.remove();
    measured = undefined;
    showBar();
  }

  // ---- Editing ---------------------------------------------------------------------------------------------

  /** Give the site in the box handles: vertices are dragged, added and removed; the answer is asked for anew at the end. */
  function edit() {
    const found = site.read();
    if (!found) return;
    stop();
    task = { mode: "edit", shape: "", before: by("at").value, now: found, past: [] };
    document.body.classList.add("is-editing");
    site.hide(true);
    handles(found);
    showBar();
    map.getContainer().focus({ preventScroll: true });
  }

  /** Make the editable layers of an object. */
  function handles(object) {
    task.layer?.remove();
    task.layer = L.geoJSON(object, { style: { color: "#111", weight: 2.5, fillOpacity: 0.06 } }).addTo(map);
    task.layer.eachLayer((each) => {
      each.pm.enable({ allowSelfIntersection: false, snappable: false });
      each.on("pm:change", () => {
        task.now = edited(object);
        hush();
        showFigures();
      });
      each.on("pm:edit", () => remember(edited(object)));
    });
    hush();
    showFigures();
  }

  /** What the handles make of the object, in the form that it came in. */
  function edited(object) {
    const all = task.layer.toGeoJSON(9);
    if (object.type === "FeatureCollection") return all;
    return object.type === "Feature" ? all.features[0] : all.features[0].geometry;
  }

  function remember(object) {
    task.past.push(by("at").value);
    keep(object);
  }

  function keep(object) {
    task.now = object;
    by("at").value = JSON.stringify(object);
    fenquPage.remark("");
    site.told();
    by("answer").classList.add("is-stale");
    showBar();
  }

  /** Take back the last vertex drawn, or the last change of an edit. */
  function undo() {
    if (task?.mode !== "edit") {
      map.pm.Draw[task?.shape]?._removeLastVertex?.();
      if (task) task.cursor = undefined; // until the pointer is on the map again
      return showFigures();
    }
    const last = task.past.pop();
    if (last === undefined) return;
    keep(JSON.parse(last));
    handles(task.now);
  }

  /** End what is under way; an edited site stays as it is. */
  function stop() {
    if (map?.pm?.globalDrawModeEnabled()) map.pm.disableDraw();
    if (task?.mode === "edit") {
      task.layer.remove();
      document.body.classList.remove("is-editing");
      task = null;
      site.draw(site.read());
    }
    task = null;
    showBar();
  }

  /** End what is under way and leave everything as it was before. */
  function cancel() {
    if (task?.mode === "edit") {
      by("at").value = task.before;
      site.told();
    }
    const edited = task?.mode === "edit";
    if (!task) clearMeasure();
    stop();
    if (!edited || !fenquPage.answer.token()) return;
    by("answer").classList.remove("is-stale");
    fenquPage.answer.draw(null);
  }

  function finish() {
    if (task?.mode === "edit") {
      stop();
      if (!site.needsWidth(site.read())) fenquPage.answer.screen({ move: false });
    } else map.pm.Draw[task?.shape]?._finishShape?.();
  }

  // ---- The bar ---------------------------------------------------------------------------------------------

  function showBar() {
    const mode = task?.mode || (measured ? "measure" : null);
    by("task").hidden = !mode;
    if (!mode) return;
    by("task").dataset.mode = mode;
    by("task-name").textContent = texts.tasks[mode];
    by("task-hint").textContent = task ? texts.taskHints[mode] : texts.measureDone;
    const rows = task?.shape === "Polygon" || task?.shape === "Line";
    by("task-undo").hidden = !task || !(rows || mode === "edit");
    by("task-undo").disabled = mode === "edit" && !task.past.length;
    by("task-finish").hidden = !task || !(rows || mode === "edit");
    by("task-finish").textContent = mode === "edit" ? texts.screenAgain : texts.finish;
    by("task-cancel").textContent = task ? texts.cancel : texts.clearMeasure;
    showFigures();
  }

  function onKey(event) {
    if (!task || (event.key !== "Escape" && event.target.closest("a, button"))) return;
    const undoing = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey));
    const act = event.key === "Enter" ? finish : event.key === "Escape" ? cancel : undoing ? undo : null;
    if (!act) return;
    event.preventDefault();
    act();
  }

  function wireBar() {
    by("task-undo").addEventListener("click", undo);
    by("task-finish").addEventListener("click", finish);
    by("task-cancel").addEventListener("click", cancel);
    by("site-edit").addEventListener("click", edit);
  }

  return {
    setUp, edit, stop, measure, sayCircle,
    /** Whether a click on the map belongs to a task, or to the end of one. */
    busy: () => Date.now() < quietUntil || Boolean(task) || Boolean(map.pm?.globalDrawModeEnabled()),
  };
})();
