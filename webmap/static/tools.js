"use strict";

/* The tools under the map: measure, full screen, print. */
fenquPage.tools = (() => {
  const { texts, map, by, narrow } = fenquPage;

  /** The map with legend and the answer on paper; the map is given the paper's width first. */
  function wirePrinting() {
    let before;
    window.addEventListener("beforeprint", () => {
      before = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), open: by("legend").open };
      by("legend").open = true;
      document.documentElement.classList.add("is-printing");
      map.invalidateSize({ animate: false });
      map.fitBounds(before.bounds, { animate: false });
    });
    window.addEventListener("afterprint", () => {
      if (!before) return;
      document.documentElement.classList.remove("is-printing");
      by("legend").open = before.open;
      map.invalidateSize({ animate: false });
      map.setView(before.centre, before.zoom, { animate: false });
      before = undefined;
    });
    by("tool-print").addEventListener("click", () => window.print());
  }

  function wireFullScreen() {
    const button = by("tool-full");
    button.hidden = !document.fullscreenEnabled;
    button.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else by("stage").requestFullscreen().catch(() => fenquPage.say(texts.noFullScreen));
    });
    document.addEventListener("fullscreenchange", () => {
      const on = document.fullscreenElement === by("stage");
      button.setAttribute("aria-pressed", String(on));
      button.querySelector(".tool__text").textContent = on ? texts.leaveFull : texts.full;
      map.invalidateSize({ animate: false });
    });
  }

  function wire() {
    by("tools").hidden = false;
    by("tools").open = !narrow.matches;
    by("tool-distance").addEventListener("click", () => fenquPage.draw.measure("Line"));
    by("tool-area").addEventListener("click", () => fenquPage.draw.measure("Polygon"));
    by("tool-file").addEventListener("click", () => by("at_file").click());
    wireFullScreen();
    wirePrinting();
  }

  return { wire };
})();
