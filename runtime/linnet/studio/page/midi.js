// MIDI devices, where the browser has them: one plays what is made, and a keyboard's chords lead the music.

import { $, h, tell } from "./dom.js";

const DRUMS = 9;

/** heldChord(pitches) is told of a chord that somebody holds. */
export function midiPanel(heldChord) {
  const panel = { output: null, play() {}, quiet() {}, said() {} };
  if (!navigator.requestMIDIAccess) return panel;
  $("midi-ask").hidden = false;
  $("midi-ask").addEventListener("click", async () => {
    let access;
    try {
      access = await navigator.requestMIDIAccess();
    } catch (error) {
      return tell(`The browser gives no MIDI devices: ${error.message}`, "bad");
    }
    $("midi-ask").hidden = true;
    $("midi").hidden = false;
    const list = () => {
      for (const [id, ports] of [["midi-out", access.outputs], ["midi-in", access.inputs]]) {
        const chosen = $(id).value;
        $(id).replaceChildren($(id).options[0], ...[...ports.values()].map((port) => h("option", { value: port.id, selected: port.id === chosen }, port.name)));
      }
    };
    access.onstatechange = list;
    list();
    $("midi-out").addEventListener("change", () => { panel.quiet(); panel.output = access.outputs.get($("midi-out").value) ?? null; });
    const held = new Set();
    let input = null, timer = 0;
    $("midi-in").addEventListener("change", () => {
      if (input) input.onmidimessage = null;
      input = access.inputs.get($("midi-in").value) ?? null;
      if (!input) return;
      input.onmidimessage = ({ data: [status, pitch, velocity] }) => {
        const kind = status & 0xf0;
        if (kind === 0x90 && velocity) held.add(pitch);
        else if (kind === 0x80 || kind === 0x90) held.delete(pitch);
        else return;
        clearTimeout(timer);
        timer = setTimeout(() => { if (held.size > 2) heldChord([...held]); }, 60);
      };
    });
  });

  const programs = new Map();
  /** A note of the stream, so many seconds from now. */
  panel.play = ([, duration, pitch, velocity, track, , program], seconds) => {
    if (!panel.output) return;
    const channel = track < 0 ? DRUMS : track >= DRUMS ? (track + 1) % 16 : track, at = performance.now() + Math.max(0, seconds) * 1000;
    if (track >= 0 && programs.get(channel) !== program) {
      programs.set(channel, program);
      panel.output.send([0xc0 | channel, program]);
    }
    panel.output.send([0x90 | channel, pitch, velocity], at);
    panel.output.send([0x80 | channel, pitch, 0], at + duration * 1000 - 2);
  };
  panel.quiet = () => {
    programs.clear();
    panel.output?.clear?.();
    for (let channel = 0; channel < 16 && panel.output; channel++) panel.output.send([0xb0 | channel, 123, 0]);
  };
  panel.said = (chord) => { $("midi-said").textContent = chord ? `You hold ${chord}.` : "That is no chord with a name."; };
  return panel;
}
