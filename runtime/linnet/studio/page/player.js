// Plays the frames that the server's synthesizer makes: the page hears what a saved file has. Frames come as they are
// made and are laid one after the other on the clock of the AudioContext, to the sample. That needs no AudioWorklet,
// which a phone would refuse: it has none on pages that come over the network without a certificate.

const LEAD = 0.06; // seconds before what is scheduled first is heard
const AHEAD = 12; // seconds that are fetched beyond what is heard

let shared = null;
/** The one AudioContext of the page; to be asked for where somebody has clicked. */
export function audio(rate = 44100) {
  shared ??= new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
  if (shared.state === "suspended") shared.resume();
  return shared;
}

/** Frames of two numbers of 16 bits as a buffer. */
export function buffered(context, bytes, rate) {
  const frames = bytes.byteLength >> 2, numbers = new Int16Array(bytes, 0, frames * 2);
  const buffer = context.createBuffer(2, frames, rate);
  for (let side = 0; side < 2; side++) {
    const channel = buffer.getChannelData(side);
    for (let i = 0; i < frames; i++) channel[i] = numbers[2 * i + side] / 32768;
  }
  return buffer;
}

export class Player {
  /** fetch(start, silent, signal) answers with a Response of frames; ontick(seconds, playing) follows. */
  constructor({ rate, fetch, ontick }) {
    Object.assign(this, { rate, fetch, ontick });
    this.playing = false;
    this.at = 0; // seconds, while nothing plays
    this.gaps = 0; // how often frames came too late
    this.firstSound = 0; // milliseconds from the last click to its first sound
  }

  get seconds() {
    if (!this.playing || this.zero === null) return this.at;
    const context = audio();
    return Math.max(this.at, context.currentTime - (context.outputLatency || 0) - this.zero);
  }

  async play(from, silent = []) {
    this.stop();
    const clicked = performance.now();
    const context = audio(this.rate), abort = new AbortController(), out = context.createGain();
    out.connect(context.destination);
    Object.assign(this, { abort, out, playing: true, at: from, zero: null, end: null });
    this.follow();
    try {
      const answer = await this.fetch(from, silent, abort.signal);
      const reader = answer.body.getReader();
      let rest = new Uint8Array(0), next = 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (abort.signal.aborted) return;
        if (done) break;
        const bytes = new Uint8Array(rest.length + value.length);
        bytes.set(rest);
        bytes.set(value, rest.length);
        const whole = bytes.length - (bytes.length % 4);
        rest = bytes.slice(whole);
        if (!whole) continue;
        const source = context.createBufferSource();
        source.buffer = buffered(context, bytes.buffer.slice(0, whole), this.rate);
        source.connect(out);
        if (this.zero === null) {
          next = context.currentTime + LEAD;
          this.zero = next - from;
          this.firstSound = performance.now() - clicked + 1000 * LEAD;
        } else if (next < context.currentTime) {
          this.gaps += 1;
          this.zero += context.currentTime + LEAD - next;
          next = context.currentTime + LEAD;
        }
        source.start(next);
        next += source.buffer.duration;
        while (next - context.currentTime > AHEAD && !abort.signal.aborted) await new Promise((go) => setTimeout(go, 250));
      }
      if (this.zero === null) this.pause();
      else this.end = next - this.zero;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.pause();
      throw error;
    }
  }

  pause() {
    const at = this.seconds;
    this.stop();
    this.at = at;
    this.ontick?.(at, false);
  }

  stop() {
    this.abort?.abort();
    if (this.out) {
      const out = this.out, context = audio();
      out.gain.setTargetAtTime(0, context.currentTime, 0.012);
      setTimeout(() => out.disconnect(), 120);
    }
    this.out = this.abort = null;
    this.playing = false;
  }

  follow() {
    const mine = this.abort;
    const step = () => {
      if (this.abort !== mine || !this.playing) return;
      const now = this.seconds;
      if (this.end !== null && now >= this.end) {
        this.stop();
        this.at = 0;
        this.ontick?.(0, false);
        return;
      }
      this.ontick?.(now, true);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
}
