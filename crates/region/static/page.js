// New events into the list, the other parts again every so often, and a mark on everything as
// soon as it is no longer known to be fresh. Texts are set as text, never as markup.
"use strict";
(() => {
  const LINES_MAX = 200;
  const STALE_MS = 6500;
  const PARTS_MS = 10000;
  const RETRY_MS = 3000;
  const badge = document.getElementById("badge");
  const list = document.getElementById("stream");
  const parts = document.getElementById("parts");
  const isChinese = document.documentElement.lang.startsWith("zh");
  let last = list.dataset.last;
  let heard = 0;
  let source = null;
  let isFetching = false;
  let partsAt = Date.now();

  const show = () => {
    const live = Date.now() - heard < STALE_MS;
    const word = live ? badge.dataset.live : badge.dataset.stale;
    if (badge.textContent !== word) badge.textContent = word;
    badge.className = live ? "badge live" : "badge stale";
    document.body.classList.toggle("stale-page", !live);
    return live;
  };

  const put = (line) => {
    const empty = document.getElementById("no-events");
    if (empty) empty.remove();
    list.prepend(line);
    while (list.children.length > LINES_MAX) list.lastElementChild.remove();
  };

  const piece = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  const rift = (text) => {
    const line = piece("li", text);
    line.className = "rift";
    put(line);
  };

  const event = (message) => {
    heard = Date.now();
    last = message.lastEventId || last;
    const brief = JSON.parse(message.data);
    const line = document.createElement("li");
    const tones = ["release", "review", "detain", "trouble", "plain"];
    line.className = tones.includes(brief.tone) ? brief.tone : "plain";
    const time = piece("time", brief.at.slice(11, 19));
    time.dateTime = brief.at;
    const place = piece("span", `${brief.gate} ${brief.lane}`);
    place.className = "place";
    const words = isChinese ? brief.zh : brief.text;
    const text = piece(brief.passage ? "a" : "span", words);
    if (brief.passage) text.href = `/passages/${encodeURIComponent(brief.passage)}`;
    line.append(time, " ", place, " ", text);
    put(line);
  };

  const listen = () => {
    if (source) source.close();
    source = new EventSource(`/api/v1/stream${last ? `?after=${encodeURIComponent(last)}` : ""}`);
    source.addEventListener("open", () => { heard = Date.now(); show(); });
    source.addEventListener("beat", () => { heard = Date.now(); });
    source.addEventListener("event", event);
    source.addEventListener("reset", () => rift(list.dataset.gap));
    source.addEventListener("dropped", () => rift(list.dataset.slow));
    source.addEventListener("error", () => {
      // The browser tries again by itself unless the answer was no stream at all.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
    });
  };

  const refresh = async () => {
    if (isFetching || parts.contains(document.activeElement) || document.hidden) return;
    isFetching = true;
    try {
      const answer = await fetch(`/parts?hours=${parts.dataset.hours}`, { redirect: "error" });
      // Rendered and escaped by the region itself.
      if (answer.ok) parts.innerHTML = await answer.text();
      partsAt = Date.now();
    } catch {
      // The badge tells it.
    } finally {
      isFetching = false;
    }
  };

  setInterval(() => {
    if (show() && Date.now() - partsAt > PARTS_MS) refresh();
  }, 1000);
  listen();
  // A page that a browser keeps for its back button must not keep its stream as well.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
})();
