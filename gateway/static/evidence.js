// Scans on a canvas: zoom, pan, window, level, marked places and the heat map that software drew,
// by mouse and by keyboard. The samples are read with all their sixteen bits where the file has
// them. Words come from the page; texts are set as text, never as markup.
"use strict";
(() => {
  const PIXELS_MAX = 12000000;
  const ZOOM_MAX = 32;
  const BLACK_DEPTH = 6;
  const WIDTH_MAX = 2048;
  const HEIGHT_MAX = 1400;
  // Shares of red that the heat map mixes in: below it is noise, above it a frame.
  const HEAT_LEAST = 0.05;
  const HEAT_MOST = 0.62;

  // ---- PNG files with one grey sample a pixel (ISO/IEC 15948) ----

  const IHDR = 0x49484452;
  const IDAT = 0x49444154;
  const IEND = 0x49454e44;

  const chunksOf = (buffer) => {
    const view = new DataView(buffer);
    if (view.byteLength < 33 || view.getUint32(0) !== 0x89504e47) return null;
    const found = { head: null, data: [] };
    let at = 8;
    while (at + 12 <= view.byteLength) {
      const length = view.getUint32(at);
      const kind = view.getUint32(at + 4);
      const start = at + 8;
      if (length > view.byteLength - start - 4) return null;
      if (kind === IHDR && length === 13) {
        found.head = {
          width: view.getUint32(start),
          height: view.getUint32(start + 4),
          bits: view.getUint8(start + 8),
          colour: view.getUint8(start + 9),
          interlace: view.getUint8(start + 12),
        };
      } else if (kind === IDAT) {
        found.data.push(new Uint8Array(buffer, start, length));
      } else if (kind === IEND) {
        break;
      }
      at = start + length + 4;
    }
    return found.head ? found : null;
  };

  // Exactly `length` bytes, or nothing: a file that unpacks to more is not read to its end.
  const inflate = async (parts, length) => {
    const packed = new Blob(parts).stream();
    const reader = packed.pipeThrough(new DecompressionStream("deflate")).getReader();
    const bytes = new Uint8Array(length);
    let filled = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return filled === length ? bytes : null;
      if (filled + value.length > length) {
        await reader.cancel();
        return null;
      }
      bytes.set(value, filled);
      filled += value.length;
    }
  };

  const paeth = (a, b, c) => {
    const toA = Math.abs(b - c);
    const toB = Math.abs(a - c);
    const toC = Math.abs(a + b - 2 * c);
    if (toA <= toB && toA <= toC) return a;
    return toB <= toC ? b : c;
  };

  const unfilter = (raw, height, stride, step) => {
    for (let y = 0; y < height; y += 1) {
      const now = y * (stride + 1) + 1;
      const above = now - stride - 1;
      const kind = raw[now - 1];
      if (kind > 4) return false;
      for (let x = 0; x < stride && kind > 0; x += 1) {
        const a = x >= step ? raw[now + x - step] : 0;
        const b = y > 0 ? raw[above + x] : 0;
        const c = x >= step && y > 0 ? raw[above + x - step] : 0;
        let guess = a;
        if (kind === 2) guess = b;
        else if (kind === 3) guess = (a + b) >> 1;
        else if (kind === 4) guess = paeth(a, b, c);
        raw[now + x] = (raw[now + x] + guess) & 255;
      }
    }
    return true;
  };

  const greyOf = async (buffer) => {
    const found = chunksOf(buffer);
    if (!found || typeof DecompressionStream === "undefined") return null;
    const { width, height, bits, colour, interlace } = found.head;
    const isGrey = colour === 0 && interlace === 0 && (bits === 8 || bits === 16);
    if (!isGrey || width * height === 0 || width * height > PIXELS_MAX) return null;
    const step = bits / 8;
    const stride = width * step;
    const raw = await inflate(found.data, height * (stride + 1));
    if (!raw || !unfilter(raw, height, stride, step)) return null;
    const samples = new Uint16Array(width * height);
    for (let y = 0, to = 0; y < height; y += 1) {
      let from = y * (stride + 1) + 1;
      for (let x = 0; x < width; x += 1, to += 1, from += step) {
        samples[to] = step === 2 ? (raw[from] << 8) | raw[from + 1] : raw[from] * 257;
      }
    }
    return { width, height, bits, samples };
  };

  // ---- any other picture, with the eight bits that the browser gives ----

  const pixelsOf = async (blob) => {
    const picture = await createImageBitmap(blob);
    const { width, height } = picture;
    if (width * height > PIXELS_MAX) return null;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    picture.close();
    return context.getImageData(0, 0, width, height);
  };

  const fallbackOf = async (blob) => {
    const pixels = await pixelsOf(blob);
    if (!pixels) return null;
    const { width, height, data } = pixels;
    const samples = new Uint16Array(width * height);
    for (let i = 0; i < samples.length; i += 1) samples[i] = data[4 * i + 1] * 257;
    return { width, height, bits: 8, samples };
  };

  const fetched = async (address) => {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.blob();
  };

  // The red that software mixed into the grey, alone: blue and green keep the grey, so that the
  // share of red is the difference of red and blue.
  const heatOf = async (address) => {
    const pixels = await pixelsOf(await fetched(address));
    if (!pixels) return null;
    const { data } = pixels;
    let isHot = false;
    for (let i = 0; i < data.length; i += 4) {
      const share = (data[i] - data[i + 2]) / 255;
      const isHeat = share > HEAT_LEAST && share < HEAT_MOST;
      isHot ||= isHeat;
      data[i] = 255;
      data[i + 1] = 40;
      data[i + 2] = 0;
      data[i + 3] = isHeat ? Math.round(255 * share) : 0;
    }
    if (!isHot) return null;
    const canvas = new OffscreenCanvas(pixels.width, pixels.height);
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  };

  // ---- the viewer ----

  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

  const marksOf = (text) => {
    try {
      const marks = JSON.parse(text);
      return Array.isArray(marks) ? marks.filter((mark) => mark.length === 4) : [];
    } catch {
      return [];
    }
  };

  const show = (box, scan) => {
    const words = box.dataset;
    const stage = box.querySelector(".ev-stage");
    const state = box.querySelector(".ev-scan-state");
    const tools = box.querySelector(".ev-tools");
    const setting = (name) => tools.querySelector(`[data-set="${name}"]`);
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const grey = new OffscreenCanvas(scan.width, scan.height);
    const greyContext = grey.getContext("2d");
    const image = greyContext.createImageData(scan.width, scan.height);
    const shades = new Uint8ClampedArray(65536);
    const marks = marksOf(words.marks);
    const start = { zoom: 1, x: scan.width / 2, y: scan.height / 2 };
    const view = { ...start, window: 100, level: 50, log: true, marks: true, heat: false };
    let heat = null;
    let note = "";
    let isStale = true;
    let isAsked = false;

    image.data.fill(255);
    canvas.tabIndex = 0;
    // Arrows and letters belong to the viewer while it has the focus.
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", words.label);
    canvas.setAttribute("aria-describedby", box.querySelector(".ev-keys").id);

    const shade = () => {
      const low = (view.level - view.window / 2) / 100;
      const width = view.window / 100;
      for (let i = 0; i < 65536; i += 1) {
        const linear = i / 65535;
        const depth = -Math.log(Math.max(linear, 1e-4)) / BLACK_DEPTH;
        const value = view.log ? 1 - Math.min(1, depth) : linear;
        shades[i] = (255 * (value - low)) / width;
      }
      const { data } = image;
      for (let i = 0, at = 0; i < scan.samples.length; i += 1, at += 4) {
        const value = shades[scan.samples[i]];
        data[at] = value;
        data[at + 1] = value;
        data[at + 2] = value;
      }
      greyContext.putImageData(image, 0, 0);
      isStale = false;
    };

    const scale = () => (canvas.width / scan.width) * view.zoom;

    const mark = (bounds, number, one) => {
      const [left, top, right, bottom] = bounds;
      const margin = 3 * one;
      const frame = [left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin];
      context.strokeStyle = "#000000";
      context.lineWidth = 4 * one;
      context.strokeRect(...frame);
      context.strokeStyle = "#ffb01f";
      context.lineWidth = 2 * one;
      context.strokeRect(...frame);
      context.font = `bold ${16 * one}px sans-serif`;
      context.lineWidth = 4 * one;
      context.strokeStyle = "#000000";
      const place = [left - margin, Math.max(top - 6 * one, 16 * one)];
      context.strokeText(String(number), ...place);
      context.fillStyle = "#ffb01f";
      context.fillText(String(number), ...place);
    };

    const tell = () => {
      const percent = (value) => `${Math.round(value)} %`;
      const parts = [
        `${words.wordZoom} ${percent(100 * view.zoom)}`,
        `${words.wordWindow} ${percent(view.window)}`,
        `${words.wordLevel} ${percent(view.level)}`,
        `${words.wordDepth} ${scan.bits}`,
      ];
      if (note) parts.push(note);
      state.textContent = parts.join(" · ");
    };

    const draw = () => {
      isAsked = false;
      if (isStale) shade();
      const density = canvas.width / Math.max(canvas.clientWidth, 1);
      const times = scale();
      const one = density / times;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.fillStyle = "#000000";
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.setTransform(
        times, 0, 0, times,
        canvas.width / 2 - view.x * times, canvas.height / 2 - view.y * times,
      );
      context.imageSmoothingEnabled = times < 2;
      context.drawImage(grey, 0, 0);
      if (view.heat && heat) context.drawImage(heat, 0, 0, scan.width, scan.height);
      if (view.marks) marks.forEach((bounds, index) => mark(bounds, index + 1, one));
      tell();
    };

    const ask = () => {
      if (!isAsked) requestAnimationFrame(draw);
      isAsked = true;
    };

    const move = (x, y) => {
      const half = [canvas.width / scale() / 2, canvas.height / scale() / 2];
      const inside = (value, reach, size) => (
        2 * reach >= size ? size / 2 : clamp(value, reach, size - reach)
      );
      view.x = inside(x, half[0], scan.width);
      view.y = inside(y, half[1], scan.height);
      ask();
    };

    const zoom = (factor, x = view.x, y = view.y) => {
      const before = view.zoom;
      view.zoom = clamp(view.zoom * factor, 1, ZOOM_MAX);
      const share = 1 - before / view.zoom;
      move(view.x + (x - view.x) * share, view.y + (y - view.y) * share);
    };

    const set = (name, value) => {
      view[name] = clamp(value, name === "window" ? 1 : 0, 100);
      setting(name).value = view[name];
      isStale = true;
      ask();
    };

    const turn = async (name, value) => {
      const box_ = setting(name);
      if (box_.disabled) return;
      view[name] = value;
      box_.checked = value;
      isStale ||= name === "log";
      ask();
      if (name !== "heat" || !value || heat) return;
      try {
        heat = await heatOf(words.map);
      } catch {
        heat = null;
      }
      note = heat ? "" : words.wordNoHeat;
      ask();
    };

    const reset = () => {
      Object.assign(view, start);
      set("window", 100);
      set("level", 50);
      turn("log", true);
    };

    const acts = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), reset };

    const step = () => canvas.width / scale() / 10;
    const keys = {
      "+": acts.in,
      "=": acts.in,
      "-": acts.out,
      "−": acts.out,
      "0": reset,
      "[": () => set("window", view.window - 5),
      "]": () => set("window", view.window + 5),
      "{": () => set("level", view.level - 5),
      "}": () => set("level", view.level + 5),
      ArrowLeft: () => move(view.x - step(), view.y),
      ArrowRight: () => move(view.x + step(), view.y),
      ArrowUp: () => move(view.x, view.y - step()),
      ArrowDown: () => move(view.x, view.y + step()),
      h: () => turn("heat", !view.heat),
      m: () => turn("marks", !view.marks),
      g: () => turn("log", !view.log),
    };

    canvas.addEventListener("keydown", (event) => {
      const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      // The page's own keys mean something else.
      event.preventDefault();
      event.stopPropagation();
      act();
    });

    tools.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) acts[button.dataset.act]();
    });
    tools.addEventListener("input", (event) => {
      const { dataset, type, checked, value } = event.target;
      if (!dataset.set) return;
      if (type === "checkbox") turn(dataset.set, checked);
      else set(dataset.set, Number(value));
    });

    const spot = (event) => {
      const bounds = canvas.getBoundingClientRect();
      const across = canvas.width / bounds.width;
      return [
        view.x + ((event.clientX - bounds.left) * across - canvas.width / 2) / scale(),
        view.y + ((event.clientY - bounds.top) * across - canvas.height / 2) / scale(),
      ];
    };

    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.clientX, y: event.clientY };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const moved = [event.clientX - held.x, event.clientY - held.y];
      held = { x: event.clientX, y: event.clientY };
      if (event.shiftKey) {
        set("window", view.window + moved[0] / 4);
        set("level", view.level - moved[1] / 4);
      } else {
        const across = canvas.width / Math.max(canvas.clientWidth, 1) / scale();
        move(view.x - moved[0] * across, view.y - moved[1] * across);
      }
    });
    const drop = () => { held = null; };
    canvas.addEventListener("pointerup", drop);
    canvas.addEventListener("pointercancel", drop);
    canvas.addEventListener("wheel", (event) => {
      // A page that is scrolled past a scan stays a page.
      if (document.activeElement !== canvas) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, ...spot(event));
    }, { passive: false });

    const fit = () => {
      const density = Math.min(window.devicePixelRatio || 1, 2);
      const wanted = Math.round(Math.max(stage.clientWidth, 320) * density);
      const most = Math.min(WIDTH_MAX, Math.floor((HEIGHT_MAX * scan.width) / scan.height));
      const width = clamp(wanted, 1, Math.max(most, 1));
      if (width === canvas.width && canvas.parentNode) return;
      canvas.width = width;
      canvas.height = Math.max(1, Math.round((width * scan.height) / scan.width));
      move(view.x, view.y);
    };

    stage.querySelector("img").hidden = true;
    stage.append(canvas);
    canvas.width = 0;
    fit();
    new ResizeObserver(fit).observe(stage);
    tools.hidden = false;
    box.querySelector(".ev-keys").hidden = false;
  };

  const open = async (box) => {
    const state = box.querySelector(".ev-scan-state");
    try {
      const blob = await fetched(box.dataset.src);
      const scan = await greyOf(await blob.arrayBuffer()) ?? await fallbackOf(blob);
      // What is too large stays the plain picture.
      if (scan) show(box, scan);
    } catch {
      state.textContent = box.dataset.wordLost;
    }
  };

  // ---- pictures that do not come ----

  const lost = (image) => {
    const told = document.createElement("p");
    told.className = "ev-absent";
    told.textContent = image.dataset.lost;
    image.replaceWith(told);
  };

  document.addEventListener("error", (event) => {
    const image = event.target;
    if (image instanceof HTMLImageElement && image.matches(".ev-part img[data-lost]")) lost(image);
  }, true);

  // ---- fragments that are there, and those that come later ----

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        open(entry.target);
      }
    }
  }, { rootMargin: "200px" });

  const start = () => {
    for (const box of document.querySelectorAll(".ev-scan:not([data-started])")) {
      box.dataset.started = "";
      seen.observe(box);
    }
    for (const image of document.querySelectorAll(".ev-part img[data-lost]")) {
      if (image.complete && image.naturalWidth === 0 && image.loading !== "lazy") lost(image);
    }
  };

  const begin = () => {
    start();
    new MutationObserver(start).observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
