"use strict";

/*
 * Layers drawn as vector tiles, for those whose GeoJSON would be too heavy. The page loads this only where it has one.
 * Clicks go on to the map as with any zone; pointing at a zone says its name.
 */
window.fenquTiles = (() => {
  const SIZE = 8; // of a hatch; it divides a tile's 256 pixels, so that hatches meet at the limits of tiles
  let listening = false;

  /** The Leaflet layer of a level that comes as tiles. */
  function layer(entry, level, tools) {
    const drawn = window.protomapsL.leafletLayer({
      url: level.tiles, pane: entry.pane, maxDataZoom: level.deepest, attribution: "", noWrap: true,
      maxZoom: entry.spec.nearest, paintRules: rules(entry.spec, level.name, tools), labelRules: [],
    });
    for (const view of drawn.views.values()) guard(view.tileCache.source, entry, tools);
    if (!listening) listen(tools);
    return drawn;
  }

  /**
   * The library takes whatever comes for a tile, an error page too, which would look like ground without a zone. So each
   * tile is asked for here first, with patience; the library then finds it in the browser's cache.
   */
  function guard(source, entry, tools) {
    const get = source.get.bind(source);
    source.get = async (place, size) => {
      const address = ["z", "x", "y"].reduce((url, name) => url.replace(`{${name}}`, String(place[name])), source.url);
      try {
        await (await tools.ask(address, entry)).arrayBuffer();
      } catch {
        tools.fail(entry);
        throw new DOMException("said on the page, and not in the console as well", "AbortError");
      }
      return get(place, size);
    };
  }

  /** One rule for each class, and one for zones of no known class. */
  function rules(spec, name, tools) {
    const classes = Object.keys(spec.classes || {});
    const rule = (value, filter) => ({ dataLayer: name, filter, symbolizer: symbolizer(tools.drawingOf(spec, value), tools) });
    const known = classes.map((value) => rule(value, (_, { props }) => props.zone_class === value));
    return [...known, rule(undefined, (_, { props }) => !classes.includes(props.zone_class))];
  }

  function symbolizer(drawing, tools) {
    return new window.protomapsL.PolygonSymbolizer({
      pattern: hatched(drawing, tools), stroke: drawing.stroke, width: 0.6, opacity: 0.8,
    });
  }

  /** The hatch of a class as a picture: a light tint of the fill with lines of the same colour made darker. */
  function hatched({ fill, hatch }, tools) {
    const picture = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
    const pen = picture.getContext("2d");
    pen.globalAlpha = 0.22;
    pen.fillStyle = fill;
    pen.fillRect(0, 0, SIZE, SIZE);
    pen.globalAlpha = 0.55;
    pen.fillStyle = pen.strokeStyle = tools.darker(fill);
    const half = SIZE / 2;
    const lines = {
      diagonal: [[0, SIZE, SIZE, 0], [-1, 1, 1, -1], [SIZE - 1, SIZE + 1, SIZE + 1, SIZE - 1]],
      back: [[0, 0, SIZE, SIZE], [-1, SIZE - 1, 1, SIZE + 1], [SIZE - 1, -1, SIZE + 1, 1]],
      horizontal: [[0, half, SIZE, half]],
      vertical: [[half, 0, half, SIZE]],
    };
    for (const [x, y, toX, toY] of hatch === "cross" ? [...lines.diagonal, ...lines.back] : lines[hatch] || []) {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(toX, toY);
      pen.stroke();
    }
    if (hatch === "dots") {
      pen.beginPath();
      pen.arc(half, half, 1.2, 0, 2 * Math.PI);
      pen.fill();
    }
    return picture;
  }

  /** Say the name of the zone that is pointed at. */
  function listen(tools) {
    listening = true;
    const map = window.map_main;
    const shown = L.tooltip({ direction: "top", className: "zone-tip", interactive: false });
    let due;
    map.on("mousemove", (event) => {
      cancelAnimationFrame(due);
      due = requestAnimationFrame(() => {
        const hit = event.originalEvent.target.closest?.("path.leaflet-interactive") ? null : zoneAt(event.latlng, tools);
        if (!hit) shown.remove();
        else shown.setLatLng(event.latlng).setContent(tools.tip(hit.spec, hit.said)).addTo(map);
      });
    });
    map.on("mouseout movestart", () => shown.remove());
  }

  /** The topmost zone drawn as a tile at a place. */
  function zoneAt({ lng, lat }, tools) {
    const map = window.map_main;
    for (const { spec, child } of [...tools.entries].reverse()) {
      if (!child?.queryTileFeaturesDebug || !map.hasLayer(child)) continue;
      for (const found of child.queryTileFeaturesDebug(lng, lat, 0).values()) {
        if (found.length) return { spec, said: found[0].feature.props };
      }
    }
    return null;
  }

  return { layer };
})();
