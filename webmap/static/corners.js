"use strict";

/* A site by its corner points: polygon, line or circle from a table, for those who have coordinates or no mouse. */
fenquPage.corners = (() => {
  const { texts, by, tell, site, geodesy } = fenquPage;
  const MOST = 500;
  const LEAST = { Polygon: 3, LineString: 2, Circle: 1 };
  const PAIR = /(-?\d+(?:\.\d+)?)[\s,;，；、]+(-?\d+(?:\.\d+)?)/gu;
  const rows = () => [...by("corner-rows").children];

  /** Add a row with two fields and a button that removes it. */
  function addRow(values = ["", ""]) {
    if (rows().length >= MOST) return;
    const row = document.createElement("tr");
    const number = document.createElement("th");
    number.scope = "row";
    row.append(number);
    [texts.longitude, texts.latitude].forEach((name, place) => row.append(cell(name, values[place])));
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: "×" });
    remove.addEventListener("click", () => {
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      if (!rows().length) addRow();
      count();
      (next?.querySelector("input") || by("corner-add")).focus();
    });
    const last = document.createElement("td");
    last.append(remove);
    row.append(last);
    by("corner-rows").append(row);
    count();
  }

  function cell(name, value) {
    const field = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", value, autocomplete: "off" });
    field.dataset.name = name;
    const box = document.createElement("td");
    box.append(field);
    return box;
  }

  /** Number the rows, name their fields for a reader of the screen, and say the size. */
  function count() {
    rows().forEach((row, place) => {
      const number = place + 1;
      row.firstChild.textContent = String(number);
      for (const field of row.querySelectorAll("input")) field.setAttribute("aria-label", `${number} ${field.dataset.name}`);
      row.querySelector("button").setAttribute("aria-label", tell("removeCorner", { number }));
    });
    by("corner-radius-field").hidden = kind() !== "Circle";
    by("corner-said").textContent = said();
  }

  const kind = () => by("corner-kind").value;

  /** The positions of the rows; a row that is empty is passed over, one that is no coordinate gives its number. */
  function read() {
    const found = [];
    for (const [place, row] of rows().entries()) {
      const [lon, lat] = [...row.querySelectorAll("input")].map((field) => field.value.trim());
      if (!lon && !lat) continue;
      const pair = [Number(lon), Number(lat)];
      const broken = !lon || !lat || pair.some((value) => !Number.isFinite(value));
      if (broken || Math.abs(pair[0]) > 180 || Math.abs(pair[1]) > 90) return { fault: tell("cornerFault", { number: place + 1 }) };
      found.push(pair);
    }
    const least = LEAST[kind()];
    return found.length < least ? { fault: tell("cornersTooFew", { least }) } : { found };
  }

  /** The geometry that the table makes, or what is wrong with it. */
  function geometry() {
    const { found, fault } = read();
    if (fault) return { fault };
    if (kind() === "LineString") return { made: { type: "LineString", coordinates: found } };
    if (kind() === "Polygon") return { made: { type: "Polygon", coordinates: [[...found, found[0]]] } };
    const radius = Number(by("corner-radius").value);
    if (!(radius > 0 && radius <= 50000)) return { fault: texts.radiusFault };
    return { made: geodesy.circle(found[0], radius), radius };
  }

  function said() {
    const { made } = geometry();
    return made ? site.describe(made) : "";
  }

  /** Put the table's site into the box; lines want their width before they are screened. */
  function use() {
    const { made, fault, radius } = geometry();
    by("corner-fault").textContent = fault || "";
    if (fault) return;
    site.take(made);
    if (radius) fenquPage.draw.sayCircle(radius);
    site.showPlace(true);
    if (!site.needsWidth(made)) by("screen-button").focus();
  }

  /** Read the corners of the site in the box into the table: the first ring or line of it. */
  function fromBox() {
    const shape = site.read();
    const first = shape?.type === "FeatureCollection" ? shape.features[0]?.geometry : shape?.type === "Feature" ? shape.geometry : shape;
    const points = { Point: (c) => [c], LineString: (c) => c, Polygon: (c) => c[0].slice(0, -1) }[first?.type]?.(first.coordinates);
    by("corner-fault").textContent = points && points.length <= MOST ? "" : texts.noCorners;
    if (!points || points.length > MOST) return;
    by("corner-kind").value = first.type === "Point" ? "Circle" : first.type;
    fillRows(points);
  }

  function fillRows(points) {
    by("corner-rows").replaceChildren();
    for (const [lon, lat] of points.slice(0, MOST)) addRow([String(lon), String(lat)]);
  }

  /** Rows pasted from a table or a text fill as many rows. */
  function paste(event) {
    const pairs = [...(event.clipboardData?.getData("text") || "").slice(0, 50000).matchAll(PAIR)].map((pair) => [pair[1], pair[2]]);
    if (!pairs.length || !event.target.matches("input")) return;
    event.preventDefault();
    const place = rows().indexOf(event.target.closest("tr"));
    const before = rows().slice(0, place).map((row) => [...row.querySelectorAll("input")].map((field) => field.value));
    fillRows([...before, ...pairs]);
    rows().at(-1).querySelector("input").focus();
  }

  function wire() {
    for (let place = 0; place < 3; place += 1) addRow();
    by("corner-add").addEventListener("click", () => {
      addRow();
      rows().at(-1).querySelector("input").focus();
    });
    by("corner-use").addEventListener("click", use);
    by("corner-read").addEventListener("click", fromBox);
    by("corner-kind").addEventListener("change", count);
    by("corners-fold").addEventListener("input", count);
    by("corner-rows").addEventListener("paste", paste);
    by("corners-fold").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      event.preventDefault();
      const next = event.target.closest("tr")?.nextElementSibling?.querySelector("input");
      if (next) next.focus();
      else use();
    });
  }

  return { wire };
})();
