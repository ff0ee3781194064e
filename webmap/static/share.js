"use strict";

/* Links: the view of the map behind the address's #, and the question or the kept answer to pass on. */
fenquPage.share = (() => {
  const { texts, map, by } = fenquPage;
  const MOST_LETTERS = 1500; // a longer address is cut by some mail programs
  const MOST_STATE = 2000;
  const WAIT_MS = 150;
  let waiting;
  let page = location.pathname + location.search; // what the server was asked for

  /** `map=zoom/lat/lon&layers=…`, as it stands. */
  function view() {
    const { lat, lng } = map.getCenter();
    const place = `map=${map.getZoom().toFixed(1)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
    const layers = window.fenqu?.layersState?.();
    return layers ? `${place}&layers=${encodeURIComponent(layers)}` : place;
  }

  /** The view that the address asks for, or null. Every part of it may be anything. */
  function asked() {
    const said = new URLSearchParams(location.hash.slice(1, MOST_STATE));
    const [zoom, lat, lng] = (said.get("map") || "").split("/").map((part) => (part === "" ? NaN : Number(part)));
    const inside = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
    return { view: inside ? { zoom, centre: [lat, lng] } : null, layers: said.get("layers") };
  }

  /** Show the view that the address asks for; false where it asks for none. */
  function restore() {
    const { view: wanted, layers } = asked();
    if (layers) window.fenqu?.applyLayersState?.(layers);
    if (wanted) map.setView(wanted.centre, wanted.zoom, { animate: false });
    return Boolean(wanted);
  }

  /** Keep the address's # true to the map, without a new entry in the history. */
  function keepView() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (document.documentElement.classList.contains("is-printing")) return;
      history.replaceState(history.state, "", `${location.pathname}${location.search}#${view()}`);
    }, WAIT_MS);
  }

  /** The address that fills the form with this question, or null where it would be too long. */
  function question() {
    if (fenquPage.upload.held()) return null; // no link can hold a file
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(by("screen-form"))) {
      if (typeof value === "string" && value.trim()) said.append(name, compact(name, value.trim()));
    }
    said.set("lang", texts.lang);
    const address = `${location.origin}/?${said}#${view()}`;
    return address.length <= MOST_LETTERS ? address : null;
  }

  function compact(name, value) {
    if (name !== "at" || !value.startsWith("{")) return value;
    try {
      return JSON.stringify(JSON.parse(value));
    } catch {
      return value;
    }
  }

  function answer() {
    const token = fenquPage.answer.token();
    return token && `${location.origin}/?${new URLSearchParams({ token, lang: texts.lang })}#${view()}`;
  }

  function open() {
    offer("share-question", question());
    offer("share-answer", answer());
    by("share-too-long").hidden = Boolean(question());
    by("share-not-kept").hidden = Boolean(answer());
    by("share-said").textContent = "";
    by("share").showModal();
  }

  function offer(id, address) {
    by(`${id}-row`).hidden = !address;
    by(id).value = address || "";
  }

  function wire() {
    map.on("moveend layeradd layerremove", keepView);
    document.addEventListener("fenqu:layers", keepView);
    by("tool-share").addEventListener("click", open);
    by("share-close").addEventListener("click", () => by("share").close());
    for (const button of by("share").querySelectorAll("[data-copy]")) {
      button.addEventListener("click", async () => {
        const field = by(button.dataset.copy);
        field.select();
        by("share-said").textContent = (await fenquPage.copy(field.value)) ? texts.copied : texts.notCopied;
      });
    }
  }

  // The server shows the answer of another address; the part behind the # is the map's own.
  window.addEventListener("popstate", () => {
    const now = location.pathname + location.search;
    if (now !== page) location.reload();
  });

  return {
    wire, restore, question,
    /** Say which address the page now shows. */
    at: () => (page = location.pathname + location.search),
  };
})();
