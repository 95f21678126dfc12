// A roll with what plays it, in any element: who plays, a button, the time. Notebooks show scores with it.

import { h, minutes, whoPlays } from "./dom.js";
import { Player } from "./player.js";
import { Roll, coloursOf, describe } from "./roll.js";
import { toneOf } from "./tone.js";

export class Show {
  /** options: fetch(start, silent, signal) for other sound than the plain tone; onselect(bars); onpause(seconds). */
  constructor(place, score, options = {}) {
    this.silent = new Set();
    this.button = h("button", { type: "button", class: "play", "aria-label": "Play", onclick: () => this.toggle() });
    this.words = h("span", { class: "words" });
    this.time = h("output", { class: "time" });
    this.list = h("ul", { class: "tracks", "aria-label": "Who plays" });
    const canvas = h("canvas", { class: "roll" });
    const zoom = (words, sign, by) => h("button", { type: "button", class: "zoom", "aria-label": words, title: words, onclick: () => this.roll.zoom(by) }, sign);
    this.element = h("div", { class: "linnet" },
      h("div", { class: "transport" }, this.button, this.words, this.time, zoom("See more bars", "−", 1 / 1.5), zoom("See fewer bars, larger", "+", 1.5)),
      this.list, canvas);
    place.append(this.element);
    this.element.addEventListener("pointerenter", () => this.recolour()); // themes may change meanwhile
    this.observer = new ResizeObserver(() => this.recolour());
    this.observer.observe(this.element);
    this.roll = new Roll(canvas, score, { onselect: options.onselect, onseek: (seconds) => this.seek(seconds) });
    this.player = new Player({
      rate: score.sound.rate,
      fetch: async (start, silent, signal) => (await options.fetch?.(start, silent, signal)) ?? toneOf(this.roll.score, start, silent),
      ontick: (seconds, playing) => {
        this.roll.setPosition(seconds, playing);
        this.tell(seconds);
        if (!playing) options.onpause?.(seconds);
      },
    });
    this.setScore(score);
  }

  setScore(score) {
    const was = this.player.seconds;
    this.player.stop();
    this.silent.clear();
    this.roll.setScore(score);
    this.roll.setMuted(this.silent);
    this.words.textContent = describe({ ...score, tracks: score.tracks.length > 1 ? [] : score.tracks });
    this.colours = null;
    this.recolour();
    this.seek(Math.min(was, score.seconds));
  }
  recolour() {
    const colours = coloursOf(this.roll.canvas);
    if (colours === this.colours) return;
    this.colours = colours;
    this.element.style.setProperty("--accent", colours.accent);
    this.element.style.setProperty("--ground", colours.ground);
    this.roll.measure();
    this.roll.request();
    this.showTracks();
  }
  showTracks() {
    const { tracks } = this.roll.score;
    whoPlays(this.list, this.colours, tracks.length > 1 ? tracks : [], this.silent, (number) => {
      this.silent.has(number) ? this.silent.delete(number) : this.silent.add(number);
      this.roll.setMuted(this.silent);
      this.showTracks();
      if (this.player.playing) this.listen(this.player.seconds);
    });
  }
  tell(seconds) {
    const { playing } = this.player;
    this.time.textContent = `${minutes(seconds)} / ${minutes(this.roll.score.seconds)}`;
    this.element.classList.toggle("playing", playing);
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
  }
  seek(seconds) {
    if (this.player.playing) return this.listen(seconds);
    this.player.at = seconds;
    this.roll.setPosition(seconds);
    this.tell(seconds);
    return undefined;
  }
  async listen(seconds) {
    const heard = this.player.play(seconds, [...this.silent]);
    this.tell(seconds);
    try {
      await heard;
    } catch (error) {
      this.words.textContent = error.message;
    }
  }
  toggle() {
    this.player.playing ? this.player.pause() : this.listen(this.player.at);
  }
  destroy() {
    this.player.stop();
    this.observer.disconnect();
    this.roll.destroy();
    this.element.remove();
  }
}
