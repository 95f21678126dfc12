// A piano roll on a canvas: it scrolls, zooms, follows what plays, and selects bars. It knows nothing of the page
// around it: `new Roll(canvas, score, options)`, where score is what linnet.picture.data.roll_data gives.
//
// A score that is a part of one may say which number its first bar has, as first.
// options: mini (a small picture that nobody touches), onseek(seconds), onselect({first, last} | null).
// Colours follow the text colour of the canvas, light or dark; --roll-accent is that of the selection.

import { Clock, coloursOf, describe } from "./score.js";

export { Clock, coloursOf, describe };

const BLACK = new Set([1, 3, 6, 8, 10]);
const HEAD = 56, GUTTER = 34, LANE = 9, FOOT = 9;

export class Roll {
  constructor(canvas, score, options = {}) {
    Object.assign(this, { canvas, options });
    this.context = canvas.getContext("2d");
    this.muted = new Set();
    this.position = 0; // seconds
    this.selection = null; // bars {first, last}, from 0, both included
    this.scroll = 0;
    this.zoomed = 1;
    this.pointers = new Map();
    this.drawn = 0; // frames, for who measures
    this.observer = new ResizeObserver(() => { this.measure(); this.request(); });
    this.observer.observe(canvas);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => setTimeout(() => { this.colours = coloursOf(canvas); this.request(); });
    this.scheme.addEventListener("change", this.recolour);
    if (!options.mini) this.listen();
    this.setScore(score);
  }

  destroy() {
    cancelAnimationFrame(this.waiting);
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.recolour);
    this.ended = true;
  }

  setScore(score) {
    this.score = score;
    this.clock = new Clock(score);
    this.end = Math.max(score.end, 1);
    this.bars = [...score.bars, this.end];
    const pitches = [];
    const drums = new Set();
    this.tracks = score.tracks.map((track) => {
      const flat = track.notes;
      const notes = [];
      let longest = 1;
      for (let i = 0; i < flat.length; i += 4) {
        notes.push({ on: flat[i], off: flat[i] + flat[i + 1], pitch: flat[i + 2], loud: 0.4 + (0.6 * flat[i + 3]) / 127 });
        longest = Math.max(longest, flat[i + 1]);
        track.drum ? drums.add(flat[i + 2]) : pitches.push(flat[i + 2]);
      }
      notes.sort((a, b) => a.on - b.on);
      return { ...track, notes, longest };
    });
    this.lanes = [...drums].sort((a, b) => b - a);
    let low = 127, high = 0;
    for (const pitch of pitches) { low = Math.min(low, pitch); high = Math.max(high, pitch); }
    if (!pitches.length) [low, high] = [60, 59];
    else {
      low -= 1; high += 1;
      while (high - low < 16) { low -= 1; high += 1; }
    }
    Object.assign(this, { low, high });
    if (this.selection && this.selection.last >= score.bars.length) this.select(null);
    this.measure();
    this.scrollTo(this.scroll);
    this.speak();
    this.request();
  }

  // ---- where things are

  measure() {
    const box = this.canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    this.width = Math.max(box.width, 20);
    this.height = Math.max(box.height, 20);
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.colours = coloursOf(this.canvas);
    const { mini } = this.options;
    this.left = mini ? 0 : GUTTER;
    this.top = mini ? 2 : HEAD;
    const lane = mini ? 3 : LANE;
    const most = this.high >= this.low ? (this.height - this.top) * 0.4 : this.height - this.top - 4;
    this.lane = Math.min(lane * (this.high >= this.low ? 1 : 2), most / Math.max(this.lanes?.length ?? 1, 1));
    this.lanesTop = this.height - (mini ? 2 : FOOT) - this.lane * (this.lanes?.length ?? 0);
    this.bottom = this.lanesTop - (this.lanes?.length ? 4 : 0);
    this.semitone = (this.bottom - this.top) / Math.max(this.high - this.low + 1, 1);
    // All of a short piece, and of a long one so much that notes can be told apart.
    const room = this.width - this.left;
    const bar = (this.end / (this.bars.length - 1)) || 1;
    const least = mini ? room / this.end : Math.max(room / this.end, Math.min(room / 8, 56) / bar);
    this.scale = least * this.zoomed;
    this.scroll = Math.min(this.scroll, this.farthest);
  }
  get farthest() { return Math.max(0, this.end * this.scale - (this.width - this.left)); }
  x(tick) { return this.left + tick * this.scale - this.scroll; }
  tickAt(x) { return Math.min(Math.max((x - this.left + this.scroll) / this.scale, 0), this.end); }
  barAt(tick) {
    let low = 0, high = this.bars.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.bars[middle] <= tick) low = middle; else high = middle - 1;
    }
    return low;
  }
  /** The number of a bar as people count: an upbeat is 0. */
  number(bar) { return bar + (this.score.first ?? (this.score.upbeat ? 0 : 1)); }
  get bar() { return this.barAt(this.clock.tick(this.position) + 0.01); }

  // ---- what one does with it

  scrollTo(pixels) {
    this.scroll = Math.min(Math.max(pixels, 0), this.farthest);
    this.request();
  }
  zoom(factor, x = this.left) {
    const tick = this.tickAt(x);
    this.zoomed = Math.min(Math.max(this.zoomed * factor, 0.02), 40);
    const room = this.width - this.left;
    this.measure();
    if (this.end * this.scale < room) { this.zoomed *= room / (this.end * this.scale); this.measure(); }
    this.scrollTo(tick * this.scale - (x - this.left));
  }
  select(selection, tell = true) {
    this.selection = selection;
    this.speak();
    this.request();
    if (tell) this.options.onselect?.(selection);
  }
  /** Where the music is; with follow the roll goes along. */
  setPosition(seconds, follow = false) {
    this.position = seconds;
    if (follow && !this.pointers.size) {
      const x = this.x(this.clock.tick(seconds));
      if (x < this.left || x > this.left + 0.85 * (this.width - this.left)) this.scrollTo(this.scroll + x - this.left - 40);
    }
    this.request();
  }
  setMuted(numbers) {
    this.muted = new Set(numbers);
    this.request();
  }
  seek(tick) { this.options.onseek?.(this.clock.seconds(tick)); }

  listen() {
    const canvas = this.canvas;
    canvas.tabIndex = 0;
    canvas.style.touchAction = "pan-y";
    canvas.setAttribute("role", "slider");
    canvas.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY / 300), event.offsetX);
      else {
        const along = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
        if (!along || !this.farthest) return; // up and down is the page's
        this.scrollTo(this.scroll + along);
      }
      event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }
  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event.offsetX);
    const onFoot = event.offsetY > this.height - FOOT - 4 && this.farthest > 0;
    const selects = event.offsetY < HEAD || event.pointerType === "mouse";
    this.drag = { x: event.offsetX, y: event.offsetY, scroll: this.scroll, moved: false, bar: this.barAt(this.tickAt(event.offsetX)), how: onFoot ? "foot" : selects ? "select" : "pan", before: this.selection };
  }
  move(event) {
    if (!this.pointers.has(event.pointerId) || !this.drag) return;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    if (others.length) {
      const other = others[0][1], was = Math.abs(this.pointers.get(event.pointerId) - other);
      if (was > 10) this.zoom(Math.abs(event.offsetX - other) / was, (event.offsetX + other) / 2);
      this.drag.moved = true;
      this.drag.how = "pinch";
      return void this.pointers.set(event.pointerId, event.offsetX);
    }
    this.pointers.set(event.pointerId, event.offsetX);
    const by = event.offsetX - this.drag.x;
    if (Math.abs(by) > 5) this.drag.moved = true;
    if (!this.drag.moved) return;
    if (this.drag.how === "pan") this.scrollTo(this.drag.scroll - by);
    if (this.drag.how === "foot") this.scrollTo(this.drag.scroll + (by * this.end * this.scale) / (this.width - this.left));
    if (this.drag.how === "select") {
      const bar = this.barAt(this.tickAt(event.offsetX));
      this.select({ first: Math.min(bar, this.drag.bar), last: Math.max(bar, this.drag.bar) });
      if (event.offsetX > this.width - 20) this.scrollTo(this.scroll + 12);
      if (event.offsetX < this.left + 10) this.scrollTo(this.scroll - 12);
    }
  }
  up(event) {
    this.pointers.delete(event.pointerId);
    const drag = this.drag;
    if (!drag || this.pointers.size) return;
    this.drag = null;
    if (event.type === "pointercancel" || drag.moved || drag.how === "foot") return;
    if (drag.y < HEAD) {
      const { before, bar } = drag;
      if (event.shiftKey && before) this.select({ first: Math.min(before.first, bar), last: Math.max(before.last, bar) });
      else this.select(before && before.first === bar && before.last === bar ? null : { first: bar, last: bar });
    } else this.seek(this.tickAt(drag.x));
  }
  key(event) {
    const last = this.bars.length - 2, here = this.bar;
    const go = { ArrowLeft: here - 1, ArrowRight: here + 1, PageUp: here - 4, PageDown: here + 4, Home: 0, End: last }[event.key];
    if (go !== undefined) {
      const to = Math.min(Math.max(go, 0), last);
      if (event.shiftKey) {
        const anchor = this.selection ? this.anchor ?? here : (this.anchor = here);
        this.select({ first: Math.min(anchor, to), last: Math.max(anchor, to) });
      }
      this.seek(this.bars[to]);
      const x = this.x(this.bars[to]);
      if (x < this.left || x > this.width - 40) this.scrollTo(this.bars[to] * this.scale - 40);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.4);
    else if (event.key === "-") this.zoom(1 / 1.4);
    else if (event.key === "Escape") this.select(null);
    else if (event.key === "Enter") { this.anchor = here; this.select({ first: here, last: here }); }
    else return;
    event.preventDefault();
    this.speak();
  }
  /** What a screen reader says. */
  speak() {
    if (this.options.mini) return;
    const { canvas, selection } = this, here = this.bar;
    const chord = this.score.chords.findLast(([tick]) => tick <= this.bars[here])?.[1];
    const chosen = selection ? `bars ${this.number(selection.first)} to ${this.number(selection.last)} selected` : "";
    canvas.setAttribute("aria-label", `Piano roll: ${describe(this.score)}. Arrows move by bars, with Shift they select.`);
    canvas.setAttribute("aria-valuemin", this.number(0));
    canvas.setAttribute("aria-valuemax", this.number(this.bars.length - 2));
    canvas.setAttribute("aria-valuenow", this.number(here));
    canvas.setAttribute("aria-valuetext", [`bar ${this.number(here)}`, chord, chosen].filter(Boolean).join(", "));
  }

  // ---- drawing

  request() {
    if (!this.ended) this.waiting ||= requestAnimationFrame(() => this.draw());
  }
  draw() {
    const { context: c, colours, width, height, left } = this;
    this.waiting = 0;
    this.drawn += 1;
    c.clearRect(0, 0, width, height);
    if (!this.options.mini) this.drawGround();
    this.drawSelection();
    c.save();
    c.beginPath();
    c.rect(left, 0, width - left, height);
    c.clip();
    const from = this.tickAt(left), to = this.tickAt(width), now = this.clock.tick(this.position);
    for (let i = this.tracks.length - 1; i >= 0; i--) this.drawTrack(i, from, to, now);
    if (!this.options.mini) this.drawHead(from, to);
    c.restore();
    const x = this.x(now);
    if (x >= left && (this.position > 0 || !this.options.mini)) {
      c.fillStyle = this.accent;
      c.fillRect(x - 1, this.options.mini ? 0 : HEAD - 6, 2, height);
      if (!this.options.mini) {
        c.beginPath();
        c.moveTo(x - 6, HEAD - 9); c.lineTo(x + 6, HEAD - 9); c.lineTo(x, HEAD - 1);
        c.fill();
      }
    }
    if (!this.options.mini && this.farthest > 0) {
      const room = width - left, share = room / (this.end * this.scale);
      c.fillStyle = colours.octave;
      c.beginPath();
      c.roundRect(left + (this.scroll / (this.end * this.scale)) * room, height - 6, Math.max(share * room, 24), 5, 2.5);
      c.fill();
    }
  }
  get accent() { return getComputedStyle(this.canvas).getPropertyValue("--roll-accent").trim() || this.colours.accent; }
  y(pitch) { return this.top + (this.high - pitch) * this.semitone; }
  drawGround() {
    const { context: c, colours, width, left, score } = this;
    for (let pitch = this.low; pitch <= this.high; pitch++) {
      if (!BLACK.has(((pitch % 12) + 12) % 12)) continue;
      c.fillStyle = colours.stripe;
      c.fillRect(left, this.y(pitch), width - left, this.semitone);
    }
    const from = this.tickAt(left), to = this.tickAt(width);
    const first = this.barAt(from), last = Math.min(this.barAt(to) + 1, this.bars.length - 1);
    const wide = (this.bars[1] - this.bars[0]) * this.scale > 40 || (this.bars[last] - this.bars[first]) * this.scale / Math.max(last - first, 1) > 40;
    for (let bar = first; bar <= last; bar++) {
      const x = Math.round(this.x(this.bars[bar]));
      if (wide && bar < last) {
        c.fillStyle = colours.beat;
        for (let tick = this.bars[bar] + score.ticks_per_beat; tick < this.bars[bar + 1]; tick += score.ticks_per_beat) {
          c.fillRect(Math.round(this.x(tick)), this.top, 1, this.height - this.top - FOOT);
        }
      }
      if (x < left) continue;
      c.fillStyle = colours.bar;
      c.fillRect(x, HEAD - 4, 1, this.height - HEAD - FOOT + 4);
    }
    c.font = "10px system-ui, sans-serif";
    c.textBaseline = "middle";
    for (let pitch = this.low; pitch <= this.high; pitch++) {
      if (pitch % 12) continue;
      c.fillStyle = colours.octave;
      c.fillRect(left, this.y(pitch) + this.semitone - 0.5, width - left, 1);
      c.fillStyle = colours.quiet;
      c.textAlign = "right";
      c.fillText(`C${pitch / 12 - 1}`, left - 6, this.y(pitch) + this.semitone / 2);
    }
  }
  drawSelection() {
    if (!this.selection) return;
    const { context: c } = this, a = Math.max(this.x(this.bars[this.selection.first]), this.left), b = this.x(this.bars[this.selection.last + 1]);
    if (b <= a) return;
    c.fillStyle = this.accent;
    c.globalAlpha = 0.13;
    c.fillRect(a, 18, b - a, this.height);
    c.globalAlpha = 1;
    c.fillRect(a, 18, b - a, 2);
  }
  drawTrack(number, from, to, now) {
    const { context: c, colours } = this, track = this.tracks[number], { notes } = track;
    const colour = track.drum ? colours.ink : colours.voices[number % colours.voices.length];
    const faint = this.muted.has(number) ? 0.15 : 1;
    const thick = Math.max(this.semitone - (this.semitone > 5 ? 1 : 0), 1.5), radius = Math.min(thick / 2, 3);
    let i = 0, high = notes.length;
    while (i < high) { const middle = (i + high) >> 1; if (notes[middle].on < from - track.longest) i = middle + 1; else high = middle; }
    c.fillStyle = colour;
    for (; i < notes.length && notes[i].on <= to; i++) {
      const note = notes[i];
      if (note.off < from) continue;
      const sounds = this.position > 0 && note.on <= now && now < note.off;
      c.globalAlpha = sounds ? faint : note.loud * faint;
      const x = this.x(note.on);
      let w, y, h;
      if (track.drum) {
        [w, y, h] = [Math.min(6, Math.max(2, this.score.ticks_per_beat * this.scale / 5)), this.lanesTop + this.lanes.indexOf(note.pitch) * this.lane, this.lane - 1];
      } else [w, y, h] = [Math.max((note.off - note.on) * this.scale - 1, 1.5), this.y(note.pitch), thick];
      if (w > 6 && h > 4) { c.beginPath(); c.roundRect(x, y, w, h, radius); c.fill(); } else c.fillRect(x, y, w, h);
      if (sounds && !this.options.mini) {
        c.globalAlpha = faint;
        c.strokeStyle = colours.ink;
        c.lineWidth = 1.5;
        c.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
      }
    }
    c.globalAlpha = 1;
  }
  drawHead(from, to) {
    const { context: c, colours, score } = this;
    c.textBaseline = "alphabetic";
    c.textAlign = "left";
    // sections, each with how it ends
    c.font = "600 11px system-ui, sans-serif";
    score.sections.forEach(([tick, name], i) => {
      const end = score.sections[i + 1]?.[0] ?? this.end, a = this.x(tick), b = this.x(end);
      if (b < this.left || a > this.width) return;
      c.fillStyle = colours.stripe;
      c.beginPath(); c.roundRect(a + 1, 1, b - a - 2, 15, 4); c.fill();
      c.fillStyle = colours.ink;
      c.fillText(name, Math.max(a, this.left) + 6, 12.5, Math.max(b - a - 10, 8));
    });
    for (const [tick, kind] of score.cadences) {
      const x = this.x(tick) - 10;
      c.beginPath(); c.arc(x, 8.5, 3.5, 0, 7);
      c.strokeStyle = c.fillStyle = colours.quiet; c.lineWidth = 1.5;
      kind === "closed" ? c.fill() : c.stroke();
    }
    // chords
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = colours.quiet;
    let free = -1e9;
    for (const [tick, name] of score.chords) {
      const x = Math.max(this.x(tick), -200);
      if (x < free || tick > to) continue;
      c.fillText(name, x + 3, 31);
      free = x + c.measureText(name).width + 8;
    }
    // bar numbers
    c.font = "10px system-ui, sans-serif";
    free = -1e9;
    for (let bar = this.barAt(from); bar < this.bars.length - 1 && this.bars[bar] <= to; bar++) {
      const x = this.x(this.bars[bar]);
      if (x < free || !this.number(bar)) continue;
      const chosen = this.selection && bar >= this.selection.first && bar <= this.selection.last;
      c.fillStyle = chosen ? this.accent : colours.quiet;
      c.fillText(String(this.number(bar)), x + 3, 46);
      free = x + 24;
    }
  }
}
