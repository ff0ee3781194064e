"use strict";

/*
 * The legend's switches: which layers are on, how opaque each is, and where it lies. Without this script the legend
 * is a plain list. `fenqu.layersState()` says it all in a short text, for a link; `fenqu.applyLayersState(text)` takes one.
 */
(() => {
  const legend = document.getElementById("legend");
  const map = window.map_main;
  if (!legend || !map) return;
  const NONE = "-"; // the state of a map with no layer on
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const switches = [...legend.querySelectorAll("[data-switch]")];
  const entries = new Map(window.fenqu.entries.map((entry) => [entry.spec.kind, entry]));
  const opacities = new Map(); // kind: percent, where it is not 100

  /** Turn a layer on or off. */
  function turn(kind, on) {
    const group = entries.get(kind)?.layer;
    if (!group) return;
    if (on) map.addLayer(group);
    else map.removeLayer(group);
  }

  /** Make the switches say what is on the map. */
  function show() {
    for (const box of switches) box.checked = map.hasLayer(entries.get(box.dataset.switch)?.layer);
    for (const all of legend.querySelectorAll("[data-group-switch]")) {
      const inner = innerOf(all);
      const on = inner.filter((box) => box.checked).length;
      all.checked = on > 0 && on === inner.length;
      all.indeterminate = on > 0 && on < inner.length;
    }
  }

  function innerOf(all) {
    return [...all.closest(".tree__group").querySelectorAll("[data-switch]")];
  }

  /** Set how opaque a layer is, in percent. */
  function setOpacity(kind, percent) {
    const pane = map.getPane(entries.get(kind)?.pane);
    if (!pane) return;
    pane.style.opacity = String(percent / 100);
    if (percent === 100) opacities.delete(kind);
    else opacities.set(kind, percent);
    const slider = legend.querySelector(`[data-opacity="${CSS.escape(kind)}"]`);
    if (!slider) return;
    slider.value = String(percent);
    slider.setAttribute("aria-valuetext", `${percent} %`);
    slider.nextElementSibling.textContent = `${percent} %`;
  }

  /** Bring a layer into view, turned on. */
  function goTo(kind) {
    const bounds = window.fenqu.boundsOfLayer(kind);
    if (!bounds) return;
    turn(kind, true);
    show();
    const covered = getComputedStyle(legend).position === "absolute" && legend.open ? legend.offsetWidth + 12 : 0;
    map.fitBounds(bounds, {
      paddingTopLeft: [14, 14], paddingBottomRight: [14 + covered, 30], animate: !calm.matches, maxZoom: map.getMaxZoom(),
    });
  }

  function fold(button) {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
  }

  legend.addEventListener("change", ({ target }) => {
    if (target.matches("[data-switch]")) turn(target.dataset.switch, target.checked);
    else if (target.matches("[data-group-switch]")) {
      for (const box of innerOf(target)) turn(box.dataset.switch, target.checked);
    } else return;
    show();
    document.dispatchEvent(new CustomEvent("fenqu:layers", { detail: layersState() }));
  });
  legend.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-opacity]")) return;
    setOpacity(target.dataset.opacity, Number(target.value));
    document.dispatchEvent(new CustomEvent("fenqu:layers", { detail: layersState() }));
  });
  legend.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.matches("[data-zoom-to]")) goTo(button.dataset.zoomTo);
    if (button?.matches("[data-fold]")) fold(button);
  });

  /** Show beside a layer's switch that it is loading, or that it did not load. */
  document.addEventListener("fenqu:layer", ({ detail }) => {
    const row = legend.querySelector(`[data-kind="${CSS.escape(detail.spec.kind)}"]`);
    if (row) row.dataset.loading = detail.state;
    row?.setAttribute("aria-busy", String(detail.state === "loading"));
  });

  /** The layers that are on, in drawing order, with the opacity where it is not full: `control_unit,red_line:60`. */
  function layersState() {
    const on = [...entries].filter(([, { layer }]) => map.hasLayer(layer)).map(([kind]) => kind);
    return on.map((kind) => (opacities.has(kind) ? `${kind}:${opacities.get(kind)}` : kind)).join(",") || NONE;
  }

  /** Turn on exactly the layers that a text names; a name or number that is none of ours is passed over. */
  function applyLayersState(state) {
    if (typeof state !== "string" || !state || state.length > 2000) return;
    const wanted = new Map(state.split(",").map((part) => part.split(":")).filter(([kind]) => entries.has(kind)));
    if (!wanted.size && state !== NONE) return;
    for (const kind of entries.keys()) {
      turn(kind, wanted.has(kind));
      const percent = Number(wanted.get(kind) ?? 100);
      setOpacity(kind, Number.isInteger(percent) && percent >= 10 && percent <= 100 ? percent : 100);
    }
    show();
  }

  Object.assign(window.fenqu, { layersState, applyLayersState });
  show();
})();
