"use strict";

/*
 * Where the pointer is, or the middle of the map for keyboard and touch, in CGCS2000: decimal degrees, degrees with
 * minutes and seconds, or northing and easting of the 3-degree zone. A click, or C on the map, copies what is shown.
 */
fenquPage.readout = (() => {
  const { texts, map, by, tell } = fenquPage;
  const FORMS = ["decimal", "dms", "grid"];
  const SAID_MS = 1500;
  let form = "decimal";
  let at; // {lat, lng}
  let pointed = false;
  let library; // promise of proj4, loaded when first wanted

  /** Degrees, minutes and seconds to a hundredth, carried before they are split. */
  function sexagesimal(value, letters) {
    const hundredths = Math.round(Math.abs(value) * 360000);
    const [degrees, minutes, seconds] = [Math.floor(hundredths / 360000), Math.floor(hundredths / 6000) % 60, (hundredths % 6000) / 100];
    const two = (number, digits) => number.toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
    return `${degrees}°${two(minutes, 0)}′${two(seconds, 2)}″${letters[value < 0 ? 1 : 0]}`;
  }

  function loadLibrary() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "/assets/proj4/proj4.js";
      script.addEventListener("load", () => resolve(window.proj4));
      script.addEventListener("error", () => {
        library = undefined;
        script.remove();
        reject(new Error("proj4"));
      });
      document.head.append(script);
    });
    return library;
  }

  /** Northing and easting, in metres, in the 3-degree Gauss-Kruger zone; the easting begins with the zone's number. */
  async function grid(lng, lat) {
    const proj4 = await loadLibrary();
    const zone = Math.round(lng / 3);
    const meridian = zone * 3;
    const system = `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=1 +x_0=${zone}500000 +y_0=0 +ellps=GRS80 +units=m +no_defs`;
    const [easting, northing] = proj4(system, [lng, lat]);
    return { zone, meridian, northing, easting };
  }

  async function words({ lng, lat }) {
    if (form === "decimal") return `${lng.toFixed(6)}, ${lat.toFixed(6)}`;
    if (form === "dms") return `${sexagesimal(lng, "EW")} ${sexagesimal(lat, "NS")}`;
    const { zone, meridian, northing, easting } = await grid(lng, lat);
    return tell("gridPlace", { zone, meridian, northing: northing.toFixed(2), easting: easting.toFixed(2) });
  }

  let turn = 0;

  async function show() {
    const mine = (turn += 1);
    try {
      const said = await words(at);
      if (mine !== turn) return;
      by("readout-value").textContent = said;
    } catch {
      by("readout-value").textContent = texts.gridFailed;
    }
    by("readout-of").textContent = pointed ? texts.pointer : texts.centre;
  }

  function follow(latlng, byPointer) {
    at = latlng.wrap();
    pointed = byPointer;
    show();
  }

  async function copy() {
    const copied = await fenquPage.copy(by("readout-value").textContent);
    by("readout-said").textContent = copied ? texts.placeCopied : texts.notCopied;
    setTimeout(() => (by("readout-said").textContent = ""), SAID_MS);
  }

  function wire() {
    const centre = () => follow(map.getCenter(), false);
    map.on("mousemove", ({ latlng }) => follow(latlng, true));
    map.getContainer().addEventListener("mouseleave", centre);
    map.getContainer().addEventListener("keydown", (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key.toLowerCase() === "c" && plain && event.target === map.getContainer()) copy();
    });
    map.on("move", () => !pointed && centre());
    by("readout-form").addEventListener("click", () => {
      form = FORMS[(FORMS.indexOf(form) + 1) % FORMS.length];
      by("readout-form").textContent = texts.forms[form];
      show();
    });
    by("readout-copy").addEventListener("click", copy);
    by("readout-form").textContent = texts.forms[form];
    by("readout").hidden = false;
    centre();
  }

  return { wire, grid, sexagesimal };
})();
