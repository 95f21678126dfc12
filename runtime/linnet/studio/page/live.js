// Live: music without end, made by the server and heard as it comes, with what is planned shown beside it.

import { socket } from "./api.js";
import { $, doing, h, options, tell } from "./dom.js";
import { midiPanel } from "./midi.js";
import { audio, buffered } from "./player.js";
import { Roll } from "./roll.js";

const LEAD = 0.25; // seconds between frames that come and their sound
const PAST = 3, WINDOW = 7; // bars that are shown, those before now among them

export function start(info, { show, panels }) {
  let line = null; // the WebSocket
  let state = fresh();
  const roll = new Roll($("live-roll"), empty(), {});
  const midi = midiPanel((pitches) => send({ do: "chord", pitches }));

  function fresh() {
    return { zero: null, next: 0, notes: [], coming: [], bars: new Map(), here: null, roles: new Map(), off: new Set(), out: null, gaps: 0, over: false };
  }
  function empty() {
    return { ticks_per_beat: 500, tempos: [[0, 500000]], end: 14000, bars: [0, 2000, 4000, 6000, 8000, 10000, 12000], first: 1, upbeat: 0, meters: [], chords: [], sections: [], cadences: [], tracks: [], key: null };
  }
  options($("live-model"), info.models.map((model) => [model.name, model.title]));
  options($("live-key"), [["", "any"], ...info.keys.map((key) => [key, key])]);

  // ---- what one asks for

  const byHand = { bpm: null, density: null };
  const mood = () => [$("valence").value / 100, $("arousal").value / 100];
  function wishes() {
    const found = { mood: mood() };
    for (const [name, value] of Object.entries(byHand)) if (value !== null) found[name] = value;
    if ($("live-key").value) found.key = $("live-key").value;
    return found;
  }
  function send(message) {
    if (line?.readyState === WebSocket.OPEN) line.send(JSON.stringify(message));
  }
  let waiting = 0;
  function wish(more = {}) {
    clearTimeout(waiting);
    waiting = setTimeout(() => send({ do: "wish", wishes: { ...wishes(), ...more } }), 120);
  }
  function thumb() {
    const [valence, arousal] = mood();
    $("thumb").style.left = `${50 + 44 * valence}%`;
    $("thumb").style.top = `${50 - 44 * arousal}%`;
  }
  const grab = (event) => {
    const box = $("pad").getBoundingClientRect();
    const at = (part) => Math.round(Math.min(Math.max((part - 0.5) / 0.44, -1), 1) * 100);
    $("valence").value = at((event.clientX - box.left) / box.width);
    $("arousal").value = -at((event.clientY - box.top) / box.height);
    thumb();
    wish();
  };
  $("pad").addEventListener("pointerdown", (event) => { $("pad").setPointerCapture(event.pointerId); grab(event); });
  $("pad").addEventListener("pointermove", (event) => { if (event.buttons) grab(event); });
  for (const id of ["valence", "arousal"]) $(id).addEventListener("input", () => { thumb(); wish(); });
  const hand = (id, name, words) => $(id).addEventListener("input", () => {
    byHand[name] = Number($(id).value);
    $(`${id}-said`).textContent = words(byHand[name]);
    wish();
  });
  hand("tempo", "bpm", (bpm) => `${bpm} bpm`);
  hand("thick", "density", (level) => `${level} of 8`);
  $("by-mood").addEventListener("click", () => {
    byHand.bpm = byHand.density = null;
    $("tempo-said").textContent = $("thick-said").textContent = "by mood";
    wish({ bpm: null, density: null });
  });
  $("live-key").addEventListener("change", () => wish({ key: $("live-key").value || null }));
  $("finish").addEventListener("click", () => { send({ do: "finish" }); tell("It comes to a close."); });
  $("keep").addEventListener("click", () => (line ? send({ do: "keep" }) : keep(state.take)));

  function showLayers() {
    $("layers").replaceChildren(...[...state.roles.keys()].map((role) => h("li", {}, h("button", { type: "button", "aria-pressed": String(!state.off.has(role)), onclick: () => {
      state.off.has(role) ? state.off.delete(role) : state.off.add(role);
      const on = [...state.roles.keys()].filter((each) => !state.off.has(each));
      send({ do: "layers", parts: state.off.size && on.length ? on : null });
      showLayers();
    } }, role))));
  }

  // ---- what comes

  function begin() {
    state = fresh();
    const context = audio(info.rate);
    state.out = context.createGain();
    state.out.connect(context.destination);
    roll.setScore(empty());
    line = socket("/api/live");
    line.addEventListener("open", () => line.send(JSON.stringify({ model: $("live-model").value, wishes: wishes() })));
    line.addEventListener("message", ({ data }) => (typeof data === "string" ? told(JSON.parse(data)) : frames(data)));
    line.addEventListener("close", ({ reason }) => { if (reason) tell(reason, "bad"); end(); });
    running(true);
    requestAnimationFrame(step);
  }
  function running(is) {
    $("stage").classList.toggle("playing", is);
    $("go").setAttribute("aria-label", is ? "Stop" : "Play without end");
    $("finish").disabled = !is;
    $("keep").disabled = !is && !state.take;
  }
  function end() {
    line = null;
    const { out } = state, context = audio();
    // What was sent is heard to its end, unless somebody stopped it.
    setTimeout(() => out?.disconnect(), Math.max(0, state.next - context.currentTime) * 1000 + 200);
    midi.quiet();
    running(false);
  }
  function frames(bytes) {
    const context = audio(info.rate), source = context.createBufferSource();
    source.buffer = buffered(context, bytes, info.rate);
    source.connect(state.out);
    state.out.gain.value = midi.output ? 0 : 1;
    if (state.zero === null || state.next < context.currentTime) {
      if (state.zero !== null) state.gaps += 1;
      state.zero = context.currentTime + LEAD - state.at;
      state.next = context.currentTime + LEAD;
    }
    source.start(state.next);
    state.next += source.buffer.duration;
  }
  const now = () => (state.zero === null ? 0 : Math.max(0, audio().currentTime - (audio().outputLatency || 0) - state.zero));

  function told(message) {
    if (message.at !== undefined) state.at = message.at;
    if (message.error) tell(message.error, "bad");
    if (message.chord !== undefined) midi.said(message.chord);
    if (message.take) {
      state.take = message.take;
      if (line && !message.over && !state.over) keep(message.take);
    }
    if (message.notes) {
      state.notes.push(...message.notes);
      state.notes = state.notes.slice(-1500);
      let more = false;
      for (const note of message.notes) {
        if (!state.roles.has(note[5])) { state.roles.set(note[5], note[4]); more = true; }
        midi.play(note, state.zero === null ? 0 : note[0] - now());
      }
      if (more) showLayers();
    }
    if (message.here) state.here = message.here;
    if (message.coming) {
      state.coming = message.coming;
      for (const bar of message.coming) state.bars.set(bar.bar, bar);
    }
    if (message.over) {
      state.over = true;
      tell("It is over. Keep it, or play again.");
      $("keep").disabled = false;
    }
  }

  async function keep(take) {
    if (!take) return;
    await show("compose");
    panels.compose.put(take);
    tell("What you heard is a piece in Compose now.");
  }

  // ---- what one sees

  function step() {
    if (!line && state.next < audio().currentTime) return roll.setPosition(now());
    const seconds = now();
    const bars = [...state.bars.values()].sort((a, b) => a.bar - b.bar);
    const here = bars.findLastIndex((bar) => bar.at <= seconds + 0.02);
    const first = bars[Math.max(0, here - PAST)];
    if (first && (state.shown !== here || state.planned !== state.coming)) {
      Object.assign(state, { shown: here, planned: state.coming });
      showBars(bars.slice(Math.max(0, here - PAST)).slice(0, WINDOW), bars[here]);
      for (const bar of bars.slice(0, Math.max(0, here - 20))) state.bars.delete(bar.bar);
    }
    roll.setPosition(Math.max(0, seconds - (state.begin ?? 0)));
    requestAnimationFrame(step);
  }
  /** The bars as a score in milliseconds: what was heard, and then what is planned. */
  function showBars(bars, here) {
    const begin = bars[0].at, ms = (seconds) => Math.round((seconds - begin) * 1000);
    state.begin = begin;
    const length = bars.length > 1 ? bars.at(-1).at - bars.at(-2).at : 2;
    const heard = state.notes.filter((note) => note[0] >= begin);
    const until = heard.at(-1)?.[0] ?? -1;
    const planned = state.coming.flatMap((bar) => bar.notes).filter((note) => note[0] > until + 0.01);
    const tracks = new Map();
    for (const [list, faint] of [[heard, false], [planned, true]]) {
      for (const [at, duration, pitch, velocity, track, role, program] of list) {
        if (!tracks.has(track)) tracks.set(track, { name: role, role, program, drum: track === -1, notes: [] });
        tracks.get(track).notes.push(ms(at), Math.max(1, Math.round(duration * 1000)), pitch, faint ? 12 : velocity);
      }
    }
    const end = ms(bars.at(-1).at + length);
    roll.setScore({
      ticks_per_beat: 500, tempos: [[0, 500000]], end, first: bars[0].bar, upbeat: 0, meters: [], key: state.here?.key ?? null, cadences: [],
      bars: bars.map((bar) => ms(bar.at)), chords: bars.filter((bar) => bar.chord).map((bar) => [ms(bar.at), bar.chord]), sections: bars.filter((bar) => bar.section).map((bar) => [ms(bar.at), bar.section]),
      tracks: [...tracks].sort((a, b) => a[0] - b[0]).map(([, track]) => track),
    });
    const next = bars.filter((bar) => bar.bar >= (here?.bar ?? 0));
    $("coming").replaceChildren(...(next.length ? next.map((bar) => h("b", {}, bar.chord || "–")) : ["…"]));
    if (state.here) $("live-about").textContent = `${state.here.key}, bar ${here?.bar ?? 1}, ${Math.round(state.here.bpm)} bpm`;
  }

  const stop = () => {
    if (!line) return;
    state.out.gain.setTargetAtTime(0, audio().currentTime, 0.03);
    line.close();
  };
  $("go").addEventListener("click", () => doing(null, async () => (line ? (send({ do: "keep" }), state.over = true, setTimeout(stop, 300)) : begin())));
  $("live-model").addEventListener("change", () => { if (line) { stop(); setTimeout(begin, 150); } });
  thumb();
  return { leave: stop, get state() { return state; } };
}
