"use strict";

/*
 * The search box on the map, the panel of one zone, and what a click on the map does.
 * Without this script the box is a form that leads to a page. Text of a layer is only ever put into text nodes.
 */
(() => {
  const texts = JSON.parse(document.getElementById("find-texts").textContent);
  const by = (id) => document.getElementById(id);
  const map = window.map_main;
  const box = by("find-q");
  const list = by("find-list");
  const panel = by("zone-panel");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = window.matchMedia("(max-width: 959px)");
  const TYPING_WAIT_MS = 180;
  const NEAREST_FIT = 10.5;
  const FRAME = { color: "#111", weight: 2, dashArray: "6 5", fill: false, interactive: false, pmIgnore: true };

  // ---- The box ---------------------------------------------------------------------------------------------

  let results = []; // what the list shows
  let active = -1; // the option that the arrows have reached
  let asked = ""; // the query that the list answers
  let typing;
  let asking; // AbortController of the search under way

  /** Ask the server what the box means, and show it. */
  async function find() {
    const query = box.value.trim();
    asking?.abort();
    if (!query) {
      show([], []);
      asked = "";
      return;
    }
    const mine = (asking = new AbortController());
    try {
      const response = await fetch(`/api/v1/search?${new URLSearchParams({ q: query, lang: texts.lang })}`, { signal: mine.signal });
      const found = await response.json();
      if (!response.ok) throw new Error(found.detail);
      asked = query;
      show(found.results, found.notices);
      by("find-said").textContent = [texts.counted.replace("{count}", String(found.total)), ...found.notices].join(" ");
    } catch (error) {
      if (error.name === "AbortError") return;
      show([], [texts.failed]);
      by("find-said").textContent = texts.failed;
    }
  }

  function show(found, notices) {
    results = found;
    list.replaceChildren(...found.map(option));
    by("find-notice").textContent = notices.join(" ");
    by("find-notice").hidden = !notices.length;
    open(found.length > 0);
  }

  function option(result, at) {
    const item = document.createElement("li");
    item.id = `find-option-${at}`;
    item.role = "option";
    item.setAttribute("aria-selected", "false");
    const title = text("find__title", result.title);
    if (result.sketch) title.append(" ", text("mark", texts.sketch));
    item.append(title, text("find__more", result.subtitle));
    item.addEventListener("click", () => choose(at));
    return item;
  }

  function text(className, said) {
    const element = document.createElement("span");
    element.className = className;
    element.textContent = said;
    return element;
  }

  function open(on) {
    list.hidden = !on;
    box.setAttribute("aria-expanded", String(on));
    reach(-1);
  }

  /** Go to an option; -1 is the box itself. */
  function reach(at) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = at;
    const item = list.children[at];
    item?.setAttribute("aria-selected", "true");
    item?.scrollIntoView({ block: "nearest" });
    if (item) box.setAttribute("aria-activedescendant", item.id);
    else box.removeAttribute("aria-activedescendant");
  }

  /** Go to a result: a zone is framed and its panel opened, a place gets a pin. */
  function choose(at) {
    const result = results[at];
    if (!result) return;
    open(false);
    by("find-notice").hidden = true;
    box.value = result.title;
    asked = result.title;
    if (result.kind === "zone") {
      by("find-place").hidden = true;
      frame(result.zone, result.bbox);
      openPanel(result.url, box);
    } else {
      pinAt(result);
    }
  }

  const MOVES = {
    ArrowDown: () => (list.hidden && results.length ? open(true) : undefined, reach(active + 1 < results.length ? active + 1 : 0)),
    ArrowUp: () => (list.hidden && results.length ? open(true) : undefined, reach(active > 0 ? active - 1 : results.length - 1)),
    Escape: () => escape(),
  };

  /** First the list goes, then what was typed. */
  function escape() {
    if (list.hidden) {
      box.value = "";
      show([], []);
      by("find-place").hidden = true;
      forget();
    }
    open(false);
  }

  box.addEventListener("keydown", (event) => {
    if (event.isComposing || !MOVES[event.key]) return;
    event.preventDefault();
    MOVES[event.key]();
  });
  box.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(find, TYPING_WAIT_MS);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  box.addEventListener("blur", () => open(false));
  by("find-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(typing);
    if (box.value.trim() !== asked) await find();
    choose(Math.max(active, 0));
  });

  // ---- On the map ------------------------------------------------------------------------------------------

  let lit; // the zone that is lit
  let drawn; // its frame, or the pin

  function forget() {
    drawn?.remove();
    drawn = undefined;
    mark(undefined);
  }

  /** Light one zone and no other, where its layer is on the map. */
  function mark(zone) {
    if (lit) window.fenqu?.light(lit, false);
    lit = zone;
    if (lit) window.fenqu?.light(lit, true);
  }

  /** Bring a zone into view and show which it is; one whose place is unknown moves nothing. */
  function frame(zone, bbox) {
    forget();
    mark(zone);
    if (!map || !bbox) return;
    const [west, south, east, north] = bbox;
    const bounds = L.latLngBounds([south, west], [north, east]);
    drawn = L.rectangle(bounds, { ...FRAME, pane: paneOf("fenqu-found", 435) }).addTo(map);
    goTo(bounds.pad(0.15));
  }

  function goTo(bounds) {
    const legend = by("legend");
    const covered = !narrow.matches && legend?.open ? legend.offsetWidth + 12 : 0;
    const below = narrow.matches ? window.innerHeight * 0.1 : 0; // the panel reaches over the map's foot
    map.fitBounds(bounds, {
      maxZoom: NEAREST_FIT, animate: !calm.matches, paddingTopLeft: [14, by("find-form").offsetHeight + 56], paddingBottomRight: [14 + covered, 30 + below],
    });
    if (narrow.matches) map.getContainer().scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }

  function pinAt({ at, title }) {
    forget();
    const [lng, lat] = at.split(",").map(Number);
    if (map) {
      const pin = document.createElement("div");
      pin.className = "pin";
      pin.append(text("pin__ring", ""), text("pin__dot", ""));
      const icon = L.divIcon({ className: "pin-place", html: pin, iconSize: [0, 0] });
      drawn = L.marker([lat, lng], { icon, pane: paneOf("fenqu-found-pin", 645), interactive: false, keyboard: false, pmIgnore: true }).addTo(map);
      goTo(L.latLngBounds([[lat, lng], [lat, lng]]));
    }
    by("find-place-name").textContent = title;
    by("find-place").dataset.at = at;
    by("find-place").hidden = false;
    by("find-screen").focus({ preventScroll: true });
  }

  function paneOf(name, zIndex) {
    if (!map.getPane(name)) map.createPane(name).style.zIndex = String(zIndex);
    return name;
  }

  /** Screen a place: through the form, as if it had been typed there. */
  function screenAt(at) {
    const form = by("screen-form");
    by("at").value = at;
    for (const name of ["accuracy_m", "width_m"]) by(name).value = "";
    by("at").dispatchEvent(new Event("input", { bubbles: true }));
    by("find-place").hidden = true;
    closePanel(false);
    forget();
    form.requestSubmit();
  }

  by("find-screen").addEventListener("click", () => screenAt(by("find-place").dataset.at));
  by("find-here").addEventListener("click", ({ currentTarget }) => lookAt(by("find-place").dataset.at, currentTarget));

  // A layer that comes later lights the zone that was chosen before.
  document.addEventListener("fenqu:layer", () => lit && window.fenqu?.light(lit, true));

  // ---- What a click does -----------------------------------------------------------------------------------

  function lookAt(at, from) {
    openPanel(`/zones?${new URLSearchParams({ at, lang: texts.lang })}`, from);
  }

  by("find-mode").addEventListener("change", ({ target }) => {
    const looking = target.value === "look";
    window.fenqu.onPlace = looking ? meet : undefined;
    map?.getContainer().classList.toggle("is-looking", looking);
  });

  function meet(latlng) {
    const { lat, lng } = latlng.wrap();
    lookAt(`${lng.toFixed(6)},${lat.toFixed(6)}`, map.getContainer());
  }

  // ---- The panel -------------------------------------------------------------------------------------------

  let before; // what had the focus
  let coming; // AbortController of the card under way

  /** Show a card of the server's beside the map: as it rendered and escaped it. */
  async function openPanel(address, from) {
    coming?.abort();
    const mine = (coming = new AbortController());
    let card;
    try {
      const response = await fetch(address, { headers: { "X-Fenqu-Fragment": "1" }, signal: mine.signal });
      card = response.ok ? new DOMParser().parseFromString(await response.text(), "text/html").body.childNodes : [problem((await response.json()).detail)];
    } catch (error) {
      if (error.name === "AbortError") return;
      card = [problem(texts.offline)];
    }
    if (panel.hidden) before = from;
    by("zone-panel-body").replaceChildren(...card);
    panel.hidden = false;
    panel.scrollTop = 0;
    by("panel").inert = !narrow.matches; // it lies under the panel, where nobody sees the focus
    (by("zone-card-title") || by("zone-panel-close")).focus({ preventScroll: true });
  }

  function problem(said) {
    const line = document.createElement("p");
    line.textContent = said;
    return line;
  }

  function closePanel(back = true) {
    if (panel.hidden) return;
    panel.hidden = true;
    by("panel").inert = false;
    by("zone-panel-body").replaceChildren();
    if (lit) forget();
    if (!back) return;
    (before?.isConnected ? before : box).focus();
  }

  by("zone-panel-close").addEventListener("click", () => closePanel());
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closePanel();
  });
  document.addEventListener("click", (event) => {
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    const link = event.target.closest?.("[data-zone-panel], [data-screen-at]");
    if (!link || !plain) return;
    event.preventDefault();
    if (link.dataset.screenAt) screenAt(link.dataset.screenAt);
    else {
      mark(link.closest("[data-zone]")?.dataset.zone);
      openPanel(link.href, link);
    }
  });
  // A screening under way takes the panel's room, whatever began it.
  new MutationObserver(() => document.body.classList.contains("is-screening") && closePanel(false))
    .observe(document.body, { attributeFilter: ["class"] });

  // ---- Wiring ----------------------------------------------------------------------------------------------

  box.role = "combobox";
  for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    box.setAttribute(name, value);
  }
  if (map) for (const type of ["click", "dblclick", "mousedown", "wheel", "touchstart", "keydown"]) {
    by("find").addEventListener(type, (event) => event.stopPropagation()); // the map below takes no part in it
  }

  /** Open the zone that the address names, as a link from its own page does. */
  async function showNamed() {
    const named = new URLSearchParams(location.search).get("zone");
    if (!named || named.split("/").some((step) => ["", ".", ".."].includes(step))) return;
    const path = named.split("/").map(encodeURIComponent).join("/");
    const response = await fetch(`/api/v1/zones/${path}`);
    if (!response.ok) return;
    const { zone, bbox } = await response.json();
    frame(zone.id, bbox);
    openPanel(`/zones/${path}?lang=${texts.lang}`, box);
  }
  showNamed();
})();
