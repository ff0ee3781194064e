"use strict";

/*
 * Areas, lengths and circles on the ellipsoid of CGCS2000 (GRS 80), for what is being drawn. Edges are straight in
 * longitude and latitude and measured as the answer measures them; what the page shows is rounded and said to be about.
 * Positions are [longitude, latitude] in degrees, EPSG:4490.
 */
fenquPage.geodesy = (() => {
  const A = 6378137; // semi-axes, metres
  const B = A * (1 - 1 / 298.257222101);
  const E2 = 1 - (B / A) ** 2;
  const E = Math.sqrt(E2);
  const NODES = [-0.9061798459386640, -0.5384693101056831, 0, 0.5384693101056831, 0.9061798459386640];
  const WEIGHTS = [0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665, 0.2369268850561891];
  const CORNERS = 72;
  const MU_M2 = 10000 / 15;
  const rad = (degrees) => (degrees * Math.PI) / 180;

  /** Area per radian of longitude between the equator and a latitude, m² (Snyder 1987, eq. 3-12). */
  function strip(lat) {
    const sine = Math.sin(lat);
    return ((B * B) / 2) * (sine / (1 - E2 * sine * sine) + Math.atanh(E * sine) / E);
  }

  /** Mean of a function of latitude along an edge, by five Gauss-Legendre points. */
  function mean(from, to, of) {
    const [half, middle] = [(to - from) / 2, (to + from) / 2];
    return NODES.reduce((sum, node, place) => sum + WEIGHTS[place] * of(middle + half * node), 0) / 2;
  }

  /** Area of a ring, open or closed, in m². */
  function ringArea(ring) {
    const base = strip(rad(ring[0][1]));
    let total = 0;
    ring.forEach(([lon, lat], place) => {
      const [next, above] = ring[(place + 1) % ring.length];
      total += rad(next - lon) * mean(rad(lat), rad(above), (each) => strip(each) - base);
    });
    return Math.abs(total);
  }

  /** Area of polygons given as rings, the outer one first, in m². */
  function area(rings) {
    return rings.reduce((sum, ring, place) => sum + (place ? -1 : 1) * ringArea(ring), 0);
  }

  /** Length of one edge, in m. */
  function edge([lon, lat], [next, above]) {
    const [dLon, dLat] = [rad(next - lon), rad(above - lat)];
    return mean(rad(lat), rad(above), (each) => {
      const bulge = 1 - E2 * Math.sin(each) ** 2;
      return Math.hypot((dLat * A * (1 - E2)) / bulge ** 1.5, ((dLon * A) / Math.sqrt(bulge)) * Math.cos(each));
    });
  }

  /** Length along positions, in m. */
  function length(positions) {
    return positions.slice(1).reduce((sum, position, place) => sum + edge(positions[place], position), 0);
  }

  /** Corners evenly around a point, `reach` metres away. */
  function around([lon, lat], reach) {
    const bulge = 1 - E2 * Math.sin(rad(lat)) ** 2;
    const [north, east] = [(A * (1 - E2)) / bulge ** 1.5, (A / Math.sqrt(bulge)) * Math.cos(rad(lat))];
    return Array.from({ length: CORNERS }, (_, place) => {
      const turn = (2 * Math.PI * place) / CORNERS;
      const of = (value, metres) => Number((value + ((reach * metres[0]) / metres[1] / Math.PI) * 180).toFixed(9));
      return [of(lon, [Math.sin(turn), east]), of(lat, [Math.cos(turn), north])];
    });
  }

  /** A circle as a polygon of 72 corners that has the circle's area. */
  function circle(centre, radius) {
    const wanted = Math.PI * radius * radius;
    let reach = radius;
    for (let round = 0; round < 4; round += 1) reach *= Math.sqrt(wanted / ringArea(around(centre, reach)));
    const ring = around(centre, reach);
    return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
  }

  /** Kind, parts, vertices, area and length of a GeoJSON geometry, feature or collection. */
  function survey(object) {
    const found = { kind: null, parts: 0, vertices: 0, area: 0, length: 0 };
    each(object, (kind, rings) => {
      found.kind = found.kind === null || found.kind === kind ? kind : "mixed";
      found.parts += 1;
      for (const ring of rings) found.vertices += kind === "Polygon" ? ring.length - 1 : ring.length;
      if (kind === "Polygon") found.area += area(rings);
      if (kind !== "Point") found.length += rings.reduce((sum, ring) => sum + length(ring), 0);
    });
    return found;
  }

  /** Call back for each simple part of an object: `Point`, `LineString` or `Polygon`, with its rows of positions. */
  function each(object, call) {
    if (object?.type === "FeatureCollection") for (const feature of object.features) each(feature, call);
    else if (object?.type === "Feature") each(object.geometry, call);
    else if (object?.type === "GeometryCollection") for (const part of object.geometries) each(part, call);
    else if (object?.type === "Point") call("Point", [[object.coordinates]]);
    else if (object?.type === "LineString") call("LineString", [object.coordinates]);
    else if (object?.type === "Polygon") call("Polygon", object.coordinates);
    else if (/^Multi(Point|LineString|Polygon)$/.test(object?.type)) {
      const type = object.type.slice(5);
      for (const coordinates of object.coordinates) each({ type, coordinates }, call);
    } else throw new TypeError(String(object?.type));
  }

  // ---- In words --------------------------------------------------------------------------------------------

  const { tell, number } = fenquPage;

  /** An area for people: m² when small, hectares, then km², and mu beside it. */
  function sayArea(value) {
    const [size, unit, digits] = value >= 1e7 ? [1e6, "km²", 2] : value >= 1e4 ? [1e4, fenquPage.texts.hectare, 2] : [1, "m²", 0];
    return tell("aboutArea", { area: `${number(value / size, digits)} ${unit}`, mu: number(value / MU_M2, value < 1e4 ? 2 : 1) });
  }

  /** A length for people. */
  function sayLength(value) {
    return value >= 1000 ? `${number(value / 1000, 2)} km` : `${number(value, 1)} m`;
  }

  return { area, length, circle, each, survey, sayArea, sayLength, CORNERS };
})();
