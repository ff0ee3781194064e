"use strict";

/* The map page put together: clicks, keys and controls of the map, its legend, and the start of every part. */
(() => {
  const { texts, map, by, narrow, calm, span, site, answer, form, share } = fenquPage;
  const CLICK_WAIT_MS = 220; // a double click zooms and must not screen

  // ---- The map ---------------------------------------------------------------------------------------------

  /** Clicks, keys, drawing and controls. */
  function setUpMap() {
    map.options.zoomSnap = 0.1;
    map.options.zoomDelta = 0.5;
    const box = map.getContainer();
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", texts.mapLabel);
    map.attributionControl?.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);
    nameControls(box);
    addHome();
    fenquPage.draw.setUp();
    setUpClicks();
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(box);
    if (narrow.matches) by("legend").open = false;
    const asked = share.restore();
    if (!asked && !answer.token() && !site.read()) showRegion(false);
    return asked;
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
    if (bounds) map.fitBounds(bounds, { ...site.clearOfLegend(), animate: animate && !calm.matches });
  }

  /** What a click on the map asks: to screen the place, or what another script has put in its stead. */
  function meet(latlng) {
    (window.fenqu.onPlace || site.screenPoint)(latlng);
  }

  function setUpClicks() {
    let waiting;
    map.on("click", ({ latlng }) => {
      clearTimeout(waiting);
      if (fenquPage.draw.busy()) return;
      waiting = setTimeout(() => meet(latlng), CLICK_WAIT_MS);
    });
    map.on("dblclick", () => clearTimeout(waiting));
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.defaultPrevented || fenquPage.draw.busy()) return;
      if (event.key === "Enter" && event.target === map.getContainer()) meet(map.getCenter());
    });
  }

  // ---- Wiring ----------------------------------------------------------------------------------------------

  document.documentElement.classList.add("has-script");
  if (narrow.matches) by("project-fold").open = false;
  for (const part of [form, answer, fenquPage.corners, fenquPage.upload, fenquPage.days]) part.wire();
  form.refresh();
  let asked = false;
  if (map) {
    asked = setUpMap();
    for (const part of [fenquPage.readout, fenquPage.tools, share]) part.wire();
  }
  if (by("answer").querySelector(".answer")) {
    answer.dress();
    answer.draw(asked ? null : true); // a link that says which ground to show is obeyed
  } else site.showPlace(asked ? null : true);
})();
