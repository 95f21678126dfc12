// The plain tone of linnet.sound.tone, for a roll that has no server behind it: in a notebook, also an exported one.
// What each instrument sounds like comes with the score, as score.sound (linnet.ui.shown).

import { Clock } from "./score.js";

const FADE = 0.25, TAIL = 1.5; // seconds that lead to silence, and those after the end
const KNEE = 0.75, ROOM = 0.23; // above the knee waves are bent into the room that is left

/** Answers as the server does: with the frames from so many seconds on, made as they are taken. */
export function toneOf(score, start, silent) {
  const blocks = framesOf(score, start, silent);
  return new Response(new ReadableStream({
    async pull(controller) {
      await new Promise((go) => setTimeout(go)); // what is drawn comes first
      const { done, value } = blocks.next();
      done ? controller.close() : controller.enqueue(value);
    },
  }));
}

/** Blocks of a fifth of a second, of two numbers of 16 bits a frame. */
export function* framesOf(score, start = 0, silent = []) {
  const { rate, level, voices, drums } = score.sound, clock = new Clock(score);
  const notes = [], from = Math.round(start * rate), strokes = {};
  const playing = score.tracks.filter((track) => track.notes.length);
  let last = clock.seconds(score.end);
  score.tracks.forEach((track, number) => {
    const place = track.drum ? 0.5 : 0.25 + (0.5 * (playing.indexOf(track) + 1)) / (playing.length + 1);
    for (let i = 0; i < track.notes.length; i += 4) {
      const [onset, duration, pitch, velocity] = track.notes.slice(i, i + 4);
      last = Math.max(last, clock.seconds(onset + duration));
      const begin = Math.round(clock.seconds(onset) * rate) - from;
      const length = Math.max(Math.round(clock.seconds(onset + duration) * rate) - from - begin, 1);
      if (begin < 0 || silent.includes(number)) continue;
      const loud = (velocity / 127) ** 2, wave = track.drum ? (strokes[pitch] ??= strokeOf(drums[pitch], pitch, rate)) : null;
      const over = begin + (wave ? wave.length : length + Math.ceil(voices[number][2] * rate));
      notes.push({ begin, length, over, pitch, loud, wave, voice: voices[number], left: loud * Math.cos((place * Math.PI) / 2), right: loud * Math.sin((place * Math.PI) / 2) });
    }
  });
  notes.sort((a, b) => a.begin - b.begin);
  const frames = Math.max(Math.round((last + TAIL) * rate) - from, 0), size = Math.floor(rate / 5), wave = new Float64Array(size);
  let next = 0, sounding = [];
  for (let first = 0; first < frames; first += size) {
    const stop = Math.min(first + size, frames), block = new Float64Array(2 * (stop - first)), numbers = new Int16Array(block.length);
    while (next < notes.length && notes[next].begin < stop) sounding.push(notes[next++]);
    sounding = sounding.filter((note) => note.over > first);
    for (const note of sounding) {
      const a = Math.max(first, note.begin), b = Math.min(stop, note.over);
      if (!note.wave) held(note, a - note.begin, b - a, rate, wave);
      for (let i = a; i < b; i++) {
        const value = note.wave ? note.wave[i - note.begin] : wave[i - a];
        block[2 * (i - first)] += value * note.left;
        block[2 * (i - first) + 1] += value * note.right;
      }
    }
    for (let i = 0; i < block.length; i++) {
      const value = block[i] * level, loud = Math.abs(value);
      const bent = loud > KNEE ? Math.sign(value) * (KNEE + ROOM * Math.tanh((loud - KNEE) / ROOM)) : value;
      numbers[i] = Math.round(32767 * bent * Math.min(1, (frames - first - (i >> 1)) / (FADE * rate)));
    }
    yield new Uint8Array(numbers.buffer);
  }
}

/** So many frames of a note from a frame after its onset on. Phases are turned from frame to frame, not computed anew. */
function held({ pitch, loud, length, voice }, at, count, rate, wave) {
  const [rise, fade, release, bright, ratio] = voice, hertz = 440 * 2 ** ((pitch - 69) / 12);
  const partials = Math.max(1, Math.min(24, 1 + Math.trunc(((0.45 * rate) / hertz - 1) / ratio)));
  const slow = fade * 2 ** ((60 - pitch) / 24), most = bright * (0.5 + 0.5 * loud);
  const turn = (2 * Math.PI * hertz) / rate;
  const turns = [turn, ratio * turn, (1 + partials * ratio) * turn]; // of x, y and x + partials y
  const sin = turns.map((by) => Math.sin(by * at)), cos = turns.map((by) => Math.cos(by * at));
  const stepSin = turns.map(Math.sin), stepCos = turns.map(Math.cos);
  let envelope = slow ? Math.exp(-at / rate / slow) : 1;
  const decay = slow ? Math.exp(-1 / rate / slow) : 1;
  for (let i = 0; i < count; i++) {
    const seconds = (at + i) / rate, a = most * (0.4 + 0.6 * envelope);
    const below = sin[0] * cos[1] - cos[0] * sin[1], above = sin[2] * cos[1] - cos[2] * sin[1];
    const whole = sin[0] - a * below - a ** partials * (sin[2] - a * above);
    const ends = at + i > length ? Math.max(0, 1 - (at + i - length) / rate / release) ** 2 : 1;
    wave[i] = (whole / (1 + a * a - 2 * a * cos[1])) * (1 - a * a) * envelope * Math.min(1, seconds / rise) * ends;
    for (let k = 0; k < 3; k++) {
      const turned = sin[k] * stepCos[k] + cos[k] * stepSin[k];
      cos[k] = cos[k] * stepCos[k] - sin[k] * stepSin[k];
      sin[k] = turned;
    }
    envelope *= decay;
  }
}

/** One stroke of a drum: a tone that falls, and noise; metal has no low tones. */
function strokeOf([hertz, share, fade], pitch, rate) {
  const wave = new Float64Array(Math.trunc(7 * fade * rate));
  let state = pitch + 1, before = 0;
  for (let i = 0; i < wave.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const seconds = i / rate, noise = state / 2 ** 31;
    const tone = Math.sin(2 * Math.PI * hertz * (seconds + 0.03 * (1 - Math.exp(-seconds / 0.02))));
    const hiss = noise - (share ? 0 : 0.9) * before;
    before = noise;
    wave[i] = (share * tone + 0.7 * (1 - share) * hiss) * Math.exp(-seconds / fade) * Math.min(1, seconds * 1000);
  }
  return wave;
}
