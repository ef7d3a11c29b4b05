// New parts into the page as they come, timers, keys, and a mark on everything as soon as it is no
// longer known to be fresh. The parts are rendered and escaped by the gate itself.
"use strict";
(() => {
  const STALE_MS = 5000;
  const RETRY_MS = 1500;
  const body = document.body;
  const badge = document.getElementById("badge");
  const shows = body.dataset.show || "";
  let heard = 0;
  let source = null;

  // ---- parts -------------------------------------------------------------------------------
  const put = (part) => {
    const old = document.getElementById(part.id);
    if (!old) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const template = document.createElement("template");
    template.innerHTML = part.html;
    const fresh = template.content.firstElementChild;
    if (!fresh) return;
    // What was opened or closed by hand stays so.
    const was = old.querySelector("details");
    const is = fresh.querySelector("details");
    if (was && is && was.dataset.hand) {
      is.open = was.open;
      is.dataset.hand = "1";
    }
    old.replaceWith(fresh);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    tick();
    document.dispatchEvent(new CustomEvent("kakou-part", { detail: part.id }));
  };
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("summary");
    if (summary) summary.parentElement.dataset.hand = "1";
  });

  const tick = () => {
    const now = Date.now();
    for (const timer of document.querySelectorAll("[data-since]")) {
      const seconds = Math.max(0, Math.floor((now - Number(timer.dataset.since)) / 1000));
      const minutes = Math.floor(seconds / 60);
      const text = minutes >= 60
        ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`
        : `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
      if (timer.textContent !== text) timer.textContent = text;
    }
  };

  const show = () => {
    if (!shows) return;
    const live = Date.now() - heard < STALE_MS;
    const word = live ? badge.dataset.live : badge.dataset.stale;
    if (badge.textContent !== word) badge.textContent = word;
    badge.className = live ? "badge live" : "badge stale";
    body.classList.toggle("stale-page", !live);
    for (const act of document.querySelectorAll("[data-act], [data-live]")) {
      if (act.dataset.allowed !== "no") act.disabled = !live;
    }
  };

  const listen = () => {
    if (source) source.close();
    const lang = body.dataset.lang;
    source = new EventSource(`/stream?show=${encodeURIComponent(shows)}&lang=${lang}`);
    source.addEventListener("open", () => { heard = Date.now(); show(); });
    source.addEventListener("beat", () => { heard = Date.now(); });
    source.addEventListener("part", (message) => {
      heard = Date.now();
      put(JSON.parse(message.data));
    });
    source.addEventListener("alarm", () => sound());
    source.addEventListener("ended", () => location.reload());
    source.addEventListener("error", () => {
      // The browser tries again by itself unless the answer was no stream at all.
      if (source.readyState !== EventSource.CLOSED) return;
      fetch("/api/v1/session", { redirect: "manual" }).then(
        // Signed out meanwhile: the sign-in page says so.
        (answer) => (answer.status === 401 ? location.reload() : setTimeout(listen, RETRY_MS)),
        () => setTimeout(listen, RETRY_MS),
      );
    });
  };

  // ---- alarm sound ---------------------------------------------------------------------------
  const button = document.getElementById("sound");
  let audio = null;
  const sound = () => {
    body.classList.add("alarmed");
    setTimeout(() => body.classList.remove("alarmed"), 3000);
    if (!audio || audio.state !== "running") return;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.15;
    tone.frequency.setValueAtTime(880, audio.currentTime);
    tone.frequency.setValueAtTime(660, audio.currentTime + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.5);
  };
  if (button) {
    // A browser lets a page sound only after somebody has touched it.
    button.addEventListener("click", async () => {
      audio ??= new AudioContext();
      const on = button.getAttribute("aria-pressed") !== "true";
      await (on ? audio.resume() : audio.suspend());
      button.setAttribute("aria-pressed", String(on));
      if (on) sound();
    });
  }

  // ---- keys ----------------------------------------------------------------------------------
  const typing = () => {
    const at = document.activeElement;
    return at && (at.tagName === "TEXTAREA" || (at.tagName === "INPUT" && at.type !== "radio"));
  };
  const acts = document.getElementById("acts");
  const open = (act) => {
    const chosen = acts.querySelector(`button[data-act="${act}"]`);
    if (!chosen || chosen.disabled) {
      const why = document.getElementById(`why-${act}`);
      if (why) why.focus();
      return;
    }
    acts.querySelector("input[name=act]").value = act;
    for (const each of acts.querySelectorAll("button[data-act]")) {
      each.setAttribute("aria-pressed", String(each === chosen));
    }
    const details = document.getElementById("act-details");
    details.hidden = false;
    document.getElementById("act-named").textContent = chosen.dataset.name;
    document.getElementById("reasons").hidden = chosen.dataset.reasons !== "yes";
    document.getElementById("send").focus();
  };
  const close = () => {
    const details = document.getElementById("act-details");
    if (details) details.hidden = true;
    for (const each of acts.querySelectorAll("button[data-act]")) each.setAttribute("aria-pressed", "false");
  };
  if (acts) {
    for (const each of acts.querySelectorAll("button[data-act]")) {
      each.addEventListener("click", () => open(each.dataset.act));
    }
    document.getElementById("cancel").addEventListener("click", close);
    // One request, not two, however often Enter is struck.
    acts.addEventListener("submit", () => {
      const send = document.getElementById("send");
      send.disabled = true;
      send.dataset.allowed = "no";
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && acts) return close();
    if (typing()) return;
    const cases = [...document.querySelectorAll("a.case")];
    if ((event.key === "j" || event.key === "k") && cases.length) {
      const at = cases.indexOf(document.activeElement);
      const next = event.key === "j" ? at + 1 : at < 0 ? cases.length - 1 : at - 1;
      cases[(next + cases.length) % cases.length].focus();
      event.preventDefault();
      return;
    }
    if (!acts) return;
    const letter = { r: "release", b: "to_bay", w: "reweigh", e: "reread", c: "call_region" }[event.key];
    const release = document.querySelector('button[data-act="confirm"]') ? "confirm" : "release";
    if (letter) {
      open(letter === "release" ? release : letter);
      event.preventDefault();
    } else if (/^[1-9]$/.test(event.key)) {
      const reason = acts.querySelector(`input[name=reason][data-key="${event.key}"]`);
      if (reason) {
        reason.checked = true;
        document.getElementById("send").focus();
        event.preventDefault();
      }
    }
  });

  // A case that somebody else has ended is no longer there to act on.
  document.addEventListener("kakou-part", (event) => {
    const here = body.dataset.passage;
    if (event.detail !== "queue") return;
    if (!here) {
      // Whoever waits at the empty queue is shown the first case as it comes.
      const waits = document.querySelector("a.case:not(.taken)");
      if (location.pathname === "/review" && waits && !typing()) location.reload();
      return;
    }
    const gone = document.getElementById("gone");
    if (gone && !document.getElementById(`case-${here}`)) {
      gone.hidden = false;
      for (const act of document.querySelectorAll("#acts [data-act], #acts [data-live]")) {
        act.disabled = true;
        act.dataset.allowed = "no";
      }
    }
  });

  setInterval(() => { tick(); show(); }, 1000);
  tick();
  if (shows) {
    listen();
    // A page that a browser keeps for its back button must not keep its stream as well.
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  }
})();
