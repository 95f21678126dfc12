// A score as plain data: its seconds, its colours, and what it is in words.

const LIGHT = {
  voices: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7b8490", "#003f62", "#753400", "#005740"],
  stripe: "#f5f3f0", beat: "#efebe6", bar: "#d3ccc3", octave: "#e2dcd4", quiet: "#6b645c", ink: "#23201d",
  ground: "#ffffff", accent: "#b4304a",
};
const DARK = {
  voices: ["#56b4e9", "#e69f00", "#1fbf92", "#d98cb8", "#f0e442", "#ea6a1f", "#b4bcc6", "#b3ddf5", "#f4cf7f", "#9be4cc"],
  stripe: "#22262b", beat: "#262b31", bar: "#434a52", octave: "#333940", quiet: "#a9a29a", ink: "#ece8e3",
  ground: "#1b1e22", accent: "#f28a9c",
};

/** The colours of voices on light or dark ground, by the text colour of an element; it has none before it is shown. */
export function coloursOf(element) {
  const [r, g, b] = (getComputedStyle(element).color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return 0.3 * r + 0.6 * g + 0.1 * b > 127 ? DARK : LIGHT;
}

/** Ticks and seconds of a score, by its tempos. */
export class Clock {
  constructor(score) {
    let seconds = 0;
    this.changes = score.tempos.map(([tick, tempo], i) => {
      const before = i ? score.tempos[i - 1] : [0, tempo];
      seconds += ((tick - before[0]) * before[1]) / 1e6 / score.ticks_per_beat;
      return { tick, seconds, pace: tempo / 1e6 / score.ticks_per_beat };
    });
  }
  seconds(tick) {
    const at = this.changes.findLast((each) => each.tick <= tick) ?? this.changes[0];
    return at.seconds + (tick - at.tick) * at.pace;
  }
  tick(seconds) {
    const at = this.changes.findLast((each) => each.seconds <= seconds) ?? this.changes[0];
    return at.tick + (seconds - at.seconds) / at.pace;
  }
}

/** What the roll shows, in words. */
export function describe(score) {
  const bars = score.bars.length - (score.upbeat > 0);
  const who = score.tracks.map((track) => track.name).join(", ");
  const bpm = Math.round(6e7 / (score.tempos[0]?.[1] ?? 500000));
  return [score.key, score.meters[0]?.[1], `${bars} bars`, `${bpm} bpm`, who].filter(Boolean).join(", ");
}
