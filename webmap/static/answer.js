"use strict";

/* Sending the form, waiting for a server that restarts, and showing what comes. */
fenquPage.answer = (() => {
  const { texts, map, by, narrow, motion, tell, span, say, site } = fenquPage;
  const form = by("screen-form");
  const answer = by("answer");
  const WAITS_S = [1, 2, 4, 8, 15]; // before each further try, while the server cannot be reached
  const AWAY = new Set([502, 503, 504]);

  let token = texts.token;
  let running; // AbortController of the screening under way

  /** Send the form and show what comes: an answer, or a text that says what to do. `move`: go to the site. */
  async function screen({ move = true } = {}) {
    const held = fenquPage.upload.held();
    const blocked = held && fenquPage.intake?.blocked();
    if (blocked) {
      say(blocked);
      return false;
    }
    if (!held && !by("at").value.trim()) {
      say(texts.needsPlace);
      by("at").focus();
      return false;
    }
    running?.abort();
    const mine = (running = new AbortController());
    wait(true);
    let shown = false;
    try {
      const response = await sendUntilHeard(mine.signal);
      if (response.ok) {
        show(await response.text(), response.headers.get("X-Fenqu-Token"), move);
        shown = true;
      } else {
        fail((await problemOf(response)).detail);
      }
    } catch (error) {
      if (error.name === "AbortError") return false;
      fail(texts.offline);
    }
    if (running === mine) wait(false);
    return shown;
  }

  /** Send, and again after a while where nobody answers: a server that restarts is back in seconds. */
  async function sendUntilHeard(signal) {
    for (let turn = 0; ; turn += 1) {
      try {
        const response = await send(signal);
        if (!isAway(response) || turn >= WAITS_S.length) return response;
      } catch (error) {
        if (error.name === "AbortError" || turn >= WAITS_S.length) throw error;
      }
      await pause(WAITS_S[turn], turn + 1, signal);
    }
  }

  /** Whether a gateway speaks in place of our server, which always describes its own refusals. */
  function isAway(response) {
    return AWAY.has(response.status) && !(response.headers.get("Content-Type") || "").includes("json");
  }

  /** Wait some seconds, saying so; being online again ends the wait. */
  function pause(seconds, turn, signal) {
    const away = navigator.onLine ? texts.restarting : texts.noNetwork;
    by("progress-text").textContent = away.replace("{seconds}", String(seconds)).replace("{turn}", String(turn));
    by("progress").classList.add("progress--away");
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        by("progress").classList.remove("progress--away");
        by("progress-text").textContent = texts.screening;
        resolve();
      };
      const timer = setTimeout(done, seconds * 1000);
      window.addEventListener("online", done);
      signal.addEventListener("abort", () => {
        done();
        reject(new DOMException("stopped", "AbortError"));
      }, { once: true });
    });
  }

  function send(signal) {
    const said = new FormData(form);
    const held = fenquPage.upload.held();
    if (!held) said.delete("at_file");
    if (!held && site.isClicked()) said.set("crs", "EPSG:4490");
    const headers = { "X-Fenqu-Fragment": "1" };
    return fetch(form.action, { method: "POST", body: held ? said : new URLSearchParams(said), headers, signal });
  }

  /** A problem as the server describes it, or one of our own: its `detail` in words, and its `code`. */
  async function problemOf(response) {
    const plain = { detail: tell("serverError", { status: response.status }), code: "" };
    if (!(response.headers.get("Content-Type") || "").includes("json")) return plain;
    try {
      return { ...plain, ...(await response.json()) };
    } catch {
      return plain;
    }
  }

  /** Show that an answer is on its way; the one before stays, dimmed. */
  function wait(on) {
    by("progress-text").textContent = texts.screening;
    by("progress").hidden = !on;
    answer.setAttribute("aria-busy", String(on));
    document.body.classList.toggle("is-screening", on);
    if (on) by("notice").hidden = true;
  }

  /** Say why there is no new answer; the one before stays, but dimmed: it answers another question. */
  function fail(text) {
    answer.classList.add("is-stale");
    say(text);
  }

  // ---- The answer ------------------------------------------------------------------------------------------

  /** Put an answer, as the server rendered and escaped it, in its place. */
  function show(html, newToken, move) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    answer.classList.remove("is-stale");
    answer.replaceChildren(...parsed.body.childNodes);
    token = newToken;
    by("notice").hidden = true;
    by("start").hidden = true;
    by("project-fold").open = false;
    fenquPage.intake?.answered();
    by("panel").scrollTop = 0;
    keepAddress();
    dress();
    draw(move);
    if (!move) return;
    const headline = answer.querySelector(".verdict__headline");
    if (headline) {
      headline.tabIndex = -1;
      headline.focus({ preventScroll: true });
    }
  }

  /** Make the address and the language links lead to this answer. */
  function keepAddress() {
    if (!token) return;
    const address = `/?${new URLSearchParams({ token, lang: texts.lang })}`;
    if (location.pathname + location.search !== address) history.pushState(null, "", address + location.hash);
    fenquPage.share.at();
    for (const link of document.querySelectorAll("[data-language]")) {
      link.href = `/?${new URLSearchParams({ token, lang: link.dataset.language })}`;
    }
  }

  /** What the answer on the page needs from these scripts. */
  function dress() {
    const copy = answer.querySelector("[data-copy-link]");
    if (copy) copy.hidden = !navigator.clipboard;
    const headline = answer.querySelector(".verdict__headline");
    const peek = by("peek");
    peek.hidden = !headline;
    peek.replaceChildren(...(headline ? [span("peek__text", headline.textContent), span("peek__go", texts.toAnswer)] : []));
    peek.className = `peek verdict--${answer.querySelector(".answer")?.dataset.verdict}`;
    fenquPage.days?.shown();
  }

  /** Draw the site and the pieces of zones under it, as the server measured them. `mayMove`: null keeps the view. */
  async function draw(mayMove) {
    if (!map || !token) return;
    const drawn = token;
    try {
      const response = await fetch(`/screenings/${encodeURIComponent(token)}.geojson`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const collection = await response.json();
      if (drawn !== token || document.body.classList.contains("is-editing")) return;
      const features = (role) => collection.features.filter((feature) => feature.properties.role === role);
      site.drawPieces(features("overlap"));
      site.draw({ type: "FeatureCollection", features: features("site") }, true);
      if (mayMove !== null) site.show(mayMove);
    } catch {
      by("map-status").replaceChildren(span("stage__status-line", texts.siteFailed));
    }
  }

  // ---- Wiring ----------------------------------------------------------------------------------------------

  function wire() {
    for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
      answer.addEventListener(type, ({ target }) => site.light(target.closest?.("[data-zone]")?.dataset.zone, on));
    }
    document.addEventListener("fenqu:zone", ({ detail }) => {
      if (answer.querySelector(`[data-zone="${CSS.escape(detail.id)}"]`)) site.light(detail.id, detail.on);
    });
    answer.addEventListener("click", ({ target }) => {
      const zone = target.closest(".zone-link")?.dataset.zone;
      if (zone) site.goTo(zone);
      if (target.closest("[data-copy-link]")) copyLink(target.closest("[data-copy-link]"));
    });
    // On narrow screens a bar at the bottom leads to the answer, until the answer itself is in view.
    new IntersectionObserver(([entry]) => by("peek").toggleAttribute("data-seen", entry.isIntersecting)).observe(answer);
    by("peek").addEventListener("click", async (event) => {
      event.preventDefault(); // the address keeps the view of the map behind its #
      if (document.fullscreenElement) await document.exitFullscreen();
      answer.focus({ preventScroll: true });
      answer.scrollIntoView({ block: "start", behavior: motion() });
    });
  }

  async function copyLink(button) {
    if (await fenquPage.copy(location.href)) button.textContent = texts.copied;
  }

  return { screen, draw, dress, wire, problemOf, token: () => token, narrow };
})();
