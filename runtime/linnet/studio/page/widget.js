// The roll as a widget of a notebook (linnet.ui.Studio): what sounds and what is composed comes from the kernel.

import { h, options } from "./dom.js";
import { Show } from "./show.js";

const PATIENCE = 3000; // milliseconds for the kernel to begin to play; it may be at work on another cell

function render({ model, el }) {
  const waiting = new Map(); // numbers of sounds, and who waits for their next frames
  let number = 0;

  /** Frames of the kernel as they are asked for; null where it does not answer: the plain tone plays then. */
  function fetchSound(start, silent, signal) {
    const mine = ++number;
    const more = () => new Promise((go) => { waiting.set(mine, go); });
    const first = more();
    model.send({ do: "sound", number: mine, start, silent });
    signal.addEventListener("abort", () => waiting.delete(mine));
    const slow = new Promise((go) => setTimeout(() => go(null), PATIENCE));
    return Promise.race([first, slow]).then((bytes) => {
      if (!bytes) {
        if (!signal.aborted) said.textContent = "The kernel is busy or gone: a plain tone plays.";
        return null;
      }
      return new Response(new ReadableStream({
        start(controller) { controller.enqueue(bytes); },
        async pull(controller) {
          model.send({ do: "more", number: mine });
          const next = await more();
          next.length ? controller.enqueue(next) : controller.close();
        },
      }));
    });
  }

  const shown = new Show(el, model.get("roll"), {
    fetch: fetchSound,
    onselect: (bars) => { save("selection", bars ? [bars.first, bars.last].map((bar) => shown.roll.number(bar)) : []); label(); },
    onpause: (seconds) => save("position", seconds),
  });
  const save = (name, value) => { model.set(name, value); model.save_changes(); };
  const button = (words, title, asked) => h("button", { type: "button", title, onclick: () => ask(asked) }, words);
  const part = h("select", { "aria-label": "Add a part", onchange: () => { ask({ do: "add", parts: part.value }); part.value = ""; } });
  options(part, [["", "Add …"], ...["bass", "chords", "drums", "second", "melody"].map((name) => [name, name])], "");
  const where = h("span"), said = h("span", { role: "status" });
  const undo = button("Undo", "The piece before", { do: "undo" }), redo = button("Redo", "The piece after", { do: "redo" });
  const makers = [
    button("New notes", "Other notes in these bars; all else stays", { do: "fill" }),
    button("Vary", "The same rhythm, other notes", { do: "vary" }),
    button("Go on", "Eight more bars", { do: "continue" }), part,
  ];
  shown.element.append(h("div", { class: "acts" }, where, ...makers, undo, redo, said));

  function ask(asked) {
    said.textContent = "…";
    for (const each of makers) each.disabled = true;
    model.send(asked);
  }
  function label() {
    const [first, last] = model.get("selection");
    where.textContent = first === undefined ? "Drag over the roll to choose bars" : first === last ? `Bar ${first}` : `Bars ${first} to ${last}`;
    [undo.disabled, redo.disabled] = model.get("steps").map((count) => !count);
  }
  function choose() {
    const [first, last] = model.get("selection"), base = shown.roll.number(0);
    shown.roll.select(first === undefined ? null : { first: first - base, last: last - base }, false);
    label();
  }
  const changes = {
    "change:roll": () => { shown.setScore(model.get("roll")); choose(); },
    "change:selection": choose,
    "change:steps": label,
    "change:position": () => { if (!shown.player.playing) shown.seek(model.get("position")); },
    "msg:custom": (message, buffers) => {
      if (message.do === "told") {
        said.textContent = message.words;
        for (const each of makers) each.disabled = false;
      } else if (message.do === "play") shown.listen(message.start ?? shown.player.at);
      else if (message.do === "pause") shown.player.pause();
      else if (message.do === "sound") {
        const go = waiting.get(message.number);
        waiting.delete(message.number);
        // A copy, whose frames begin where its memory does.
        go?.(new Uint8Array(buffers[0].buffer.slice(buffers[0].byteOffset, buffers[0].byteOffset + buffers[0].byteLength)));
      }
    },
  };
  for (const [name, what] of Object.entries(changes)) model.on(name, what);
  choose();
  return () => {
    for (const [name, what] of Object.entries(changes)) model.off(name, what);
    shown.destroy();
  };
}

export default { render };
