// Compose: six ideas, one of them in full, what changes it, and what it is saved as.

import { download, post, postRaw, send } from "./api.js";
import { $, copy, doing, h, minutes, options, tell, whoPlays } from "./dom.js";
import { Player } from "./player.js";
import { Roll, describe, coloursOf } from "./roll.js";
import { keep, restore } from "./store.js";

const IDEAS = 6;

export async function start(info) {
  const state = { past: [], at: -1, ideas: [], silent: new Set() };
  const current = () => state.past[state.at];
  const minis = [];

  // ---- wishes

  const learnt = (name) => info.models.find((model) => model.name === name) ?? info.models[0];
  const chosen = () => new FormData($("maker")).get("model") ?? info.models[0].name;
  $("models").append(...info.models.map((model, i) => h("label", {},
    h("input", { type: "radio", name: "model", value: model.name, checked: i === 0 }), h("b", {}, model.title), h("span", {}, model.words))));
  options($("mood"), [["", "any"], ...info.moods.map((mood) => [mood, mood])]);
  options($("key"), [["", "any"], ...info.keys.map((key) => [key, key])]);
  options($("bars"), [8, 16, 24, 32, 48, 64].map((bars) => [bars, `${bars} bars`]), 16);
  options($("meter"), [["", "as it likes"], ...["4/4", "3/4", "2/4", "6/8", "9/8"].map((meter) => [meter, meter])]);
  options($("density"), [["", "as it likes"], [2, "few"], [4, "some"], [6, "many"], [8, "very many"]]);
  const fit = () => {
    const model = learnt(chosen());
    for (const [id, wish] of [["key", "key"], ["chords", "chords"], ["form", "likeness"], ["density", "density"]]) {
      $(id).disabled = !model.learnt.includes(wish);
      $(id).closest("label").hidden = $(id).disabled;
    }
    for (const id of ["bpm", "meter"]) $(id).closest("label").hidden = !model.barred;
    for (const option of $("bars").options) option.textContent = model.barred ? `${option.value} bars` : `${option.value * 2} seconds`;
  };
  $("maker").addEventListener("change", fit);
  fit();

  function wishes() {
    const given = Object.fromEntries(new FormData($("maker")));
    const model = learnt(given.model);
    delete given.model;
    const found = {};
    for (const [name, text] of Object.entries(given)) {
      const field = $("maker").elements[name];
      if (text === "" || field.closest("label")?.hidden) continue;
      found[name] = ["bars", "bpm", "density", "seed"].includes(name) ? Number(text) : text;
    }
    if (!model.barred) {
      found.seconds = 2 * found.bars;
      delete found.bars;
    }
    return found;
  }

  $("maker").addEventListener("submit", (event) => {
    event.preventDefault();
    doing($("make"), make);
  });
  async function make(plays = true) {
    const { takes } = await post("/api/generate", { model: chosen(), options: wishes(), count: IDEAS });
    state.ideas = takes;
    showIdeas();
    put(takes[0]);
    if (plays) listen(0);
  }

  // ---- ideas

  function showIdeas() {
    for (const mini of minis.splice(0)) mini.destroy();
    $("ideas").replaceChildren(...state.ideas.map((take, i) => {
      const canvas = h("canvas", { "aria-hidden": "true" });
      const seconds = minutes(take.roll.seconds);
      const button = h("button", { class: "idea", type: "button", "aria-pressed": "false", "aria-label": `Idea ${i + 1}: ${describe(take.roll)}`, onclick: () => hear(take) },
        canvas, h("span", {}, h("b", {}, take.roll.key ?? `Idea ${i + 1}`), h("i", {}, seconds)));
      setTimeout(() => minis.push(new Roll(canvas, take.roll, { mini: true })));
      take.button = button;
      return h("li", {}, button);
    }));
  }
  function hear(take) {
    if (current() !== take) put(take);
    else if (player.playing) return player.pause();
    listen(0);
  }

  // ---- the piece

  const roll = new Roll($("roll"), { tempos: [[0, 500000]], ticks_per_beat: 24, end: 1536, bars: [0], upbeat: 0, meters: [], chords: [], sections: [], cadences: [], tracks: [], key: null }, {
    onseek: (seconds) => {
      if (player.playing) listen(seconds);
      else { player.at = seconds; roll.setPosition(seconds); showTime(seconds); }
    },
    onselect: (selection) => showRange(selection),
  });
  const player = new Player({
    rate: info.rate,
    fetch: (start, silent, signal) => postRaw("/api/sound", { midi: current().midi, start, silent }, signal),
    ontick: (seconds, playing) => {
      roll.setPosition(seconds, playing);
      showTime(seconds);
      if (!playing) $("piece").classList.remove("playing"), $("play").setAttribute("aria-label", "Play");
    },
  });
  function listen(from) {
    if (!current()) return;
    $("piece").classList.add("playing");
    $("play").setAttribute("aria-label", "Pause");
    doing(null, () => player.play(from, [...state.silent]));
  }
  $("play").addEventListener("click", () => (player.playing ? player.pause() : listen(player.at)));
  const showTime = (seconds) => { $("time").textContent = `${minutes(seconds)} / ${minutes(current()?.roll.seconds ?? 0)}`; };

  /** A piece that becomes the one in full; it can be undone. */
  function put(take) {
    state.past = [...state.past.slice(0, state.at + 1), take];
    state.at = state.past.length - 1;
    state.silent.clear();
    player.stop();
    player.at = 0;
    roll.setPosition(0);
    roll.select(null, false);
    showPiece();
  }
  function showPiece() {
    const take = current(), { roll: score, recipe } = take;
    roll.setScore(score);
    const first = take.steps[0] ?? {}, model = info.models.find((each) => each.name === first.model);
    $("title").textContent = first.do === "open" ? first.name : score.title || model?.title || "A piece";
    $("about").textContent = describe({ ...score, tracks: [] });
    $("python").textContent = recipe.python;
    $("command").textContent = recipe.command;
    showTime(player.at);
    showTracks(score);
    showRange(roll.selection);
    $("undo").disabled = state.at < 1;
    $("redo").disabled = state.at >= state.past.length - 1;
    for (const idea of state.ideas) idea.button?.setAttribute("aria-pressed", String(idea === take));
    keep(state);
  }
  function showTracks(score) {
    whoPlays($("tracks"), coloursOf($("roll")), score.tracks.length > 1 ? score.tracks : [], state.silent, mute);
    options($("who"), [["", "everyone"], ...score.tracks.map((track, i) => [i + 1, `${i + 1} ${track.role || track.name}`])]);
    $("whose").hidden = score.tracks.length < 2;
  }
  function mute(number) {
    state.silent.has(number) ? state.silent.delete(number) : state.silent.add(number);
    roll.setMuted(state.silent);
    showTracks(current().roll);
    if (player.playing) listen(player.seconds);
  }
  function showRange(selection) {
    const all = { first: 0, last: roll.bars.length - 2 }, { first, last } = selection ?? all;
    $("from").min = $("to").min = roll.number(0);
    $("from").max = $("to").max = roll.number(all.last);
    $("from").value = roll.number(first);
    $("to").value = roll.number(last);
    $("hint").hidden = Boolean(selection);
  }
  for (const id of ["from", "to"]) $(id).addEventListener("change", () => {
    const base = roll.number(0), bars = [$("from").value - base, $("to").value - base].map((bar) => Math.min(Math.max(bar, 0), roll.bars.length - 2));
    roll.select({ first: Math.min(...bars), last: Math.max(...bars) });
  });
  $("out").addEventListener("click", () => roll.zoom(1 / 1.5));
  $("in").addEventListener("click", () => roll.zoom(1.5));

  // ---- changes

  async function change(button, asked, told) {
    await doing(button, async () => {
      const take = current(), { selection } = roll, begin = selection ? roll.bars[selection.first] : 0;
      const { takes } = await post("/api/change", { midi: take.midi, steps: take.steps, ...asked });
      const from = asked.do === "continue" ? take.roll.end : begin;
      put(takes[0]);
      if (selection && asked.do !== "continue") roll.select(selection, false), showRange(selection);
      tell(told);
      const seconds = Math.max(0, roll.clock.seconds(from) - 1);
      roll.setPosition(seconds, true);
      listen(seconds);
    });
  }
  const range = () => ({ bars: `${Math.min($("from").value, $("to").value)}-${Math.max($("from").value, $("to").value)}` });
  const tracks = () => ($("who").value ? [Number($("who").value)] : undefined);
  $("fill").addEventListener("click", () => change($("fill"), { do: "fill", ...range(), tracks: tracks() }, `New notes in bars ${range().bars}.`));
  $("vary").addEventListener("click", () => change($("vary"), { do: "vary", ...range() }, `Bars ${range().bars} varied: the same rhythm.`));
  $("continue").addEventListener("click", () => change($("continue"), { do: "continue", length: 8 }, "Eight bars more."));
  $("part").addEventListener("change", async () => {
    const parts = $("part").value;
    $("part").value = "";
    if (parts) await change($("part"), { do: "add", parts }, `Added: ${parts}.`);
  });
  $("change").addEventListener("submit", (event) => event.preventDefault());

  function go(step) {
    if (!state.past[state.at + step]) return;
    const { selection } = roll, was = player.playing ? player.seconds : null;
    player.stop();
    state.at += step;
    state.silent.clear();
    roll.setMuted([]);
    showPiece();
    if (selection && selection.last < roll.bars.length - 1) roll.select(selection);
    if (was !== null) listen(Math.min(was, current().roll.seconds));
  }
  $("undo").addEventListener("click", () => go(-1));
  $("redo").addEventListener("click", () => go(1));
  document.addEventListener("keydown", (event) => {
    if ($("compose").hidden || event.target.closest("input, select, textarea, dialog")) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      go(key === "y" || event.shiftKey ? 1 : -1);
    } else if (key === " " && !event.target.closest("button, summary, a")) {
      event.preventDefault();
      $("play").click();
    }
  });

  // ---- files

  $("formats").append(...info.formats.map(({ suffix, words, missing }) => h("button", { type: "button", disabled: Boolean(missing), title: missing || words, onclick: (event) =>
    doing(event.currentTarget, async () => {
      tell(`Saving ${words} …`);
      const answer = await postRaw("/api/save", { midi: current().midi, format: suffix });
      const name = ($("title").textContent.replace(/\.\w+$/, "").replace(/[^\p{L}\p{N} _-]/gu, "").trim() || "tune").toLowerCase().replaceAll(" ", "-");
      download(await answer.blob(), `${name}${suffix}`);
      $("save").open = false;
      tell(`Saved: ${name}${suffix}`);
    }) }, words, h("small", {}, missing ? "not installed" : suffix))));
  document.addEventListener("click", (event) => {
    if (!$("save").contains(event.target)) $("save").open = false;
  });
  async function open(file) {
    if (!file) return;
    await doing(null, async () => {
      const { takes } = await send(`/api/open?name=${encodeURIComponent(file.name)}`, file);
      put(takes[0]);
      tell(`${file.name} is open. Choose bars, or add a part.`);
    });
  }
  $("file").addEventListener("change", () => { open($("file").files[0]); $("file").value = ""; });
  addEventListener("dragover", (event) => {
    if ($("compose").hidden || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    $("drop").hidden = false;
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) $("drop").hidden = true; });
  addEventListener("drop", (event) => {
    if ($("compose").hidden) return;
    event.preventDefault();
    $("drop").hidden = true;
    open(event.dataTransfer.files[0]);
  });
  for (const what of ["python", "command"]) $(`copy-${what}`).addEventListener("click", () => copy($(what).textContent));

  // ---- what was there before, or something to begin with

  const before = restore();
  try {
    state.ideas = before.ideas;
    state.past = before.past.map((take) => state.ideas.find((idea) => idea.midi === take.midi) ?? take);
    state.at = before.at;
    showIdeas();
    showPiece();
  } catch {
    // Nothing was kept, or by an earlier studio.
    Object.assign(state, { past: [], at: -1 });
    await doing($("make"), () => make(false));
  }
  return { leave: () => player.pause(), put, listen, roll, player, state };
}
