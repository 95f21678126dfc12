"""Drums of an accompaniment: bars that people played, or where nobody recorded the meter, written ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from linnet.music.score import Score
from linnet_train.corpus.pads import heard
from linnet_train.corpus.snapped import snap

Stroke = tuple[int, int, int]
"""Tick in the bar, drum, velocity."""

Bar = tuple[Stroke, ...]

KICKS, CRASH, KICK = (35, 36), 49, 36
BAR = 96
"""Ticks of 4/4."""

FEWEST_STROKES = 6
FEWEST_BARS = 6
SOFTEST = 28
"""Softer strokes are ghosts of the drummer's hands: a band of few levels of loudness leaves them out."""

KEEPS_ON = 0.45
"""How like the usual bar (Jaccard index) another must be to stand in for it."""

WRITTEN = {
    "3/4": (("x.....", "..x.x.", "x.x.x."), ("x..x..", "..x..x", "xxxxxx"), ("x.....", "....x.", "x.x.x.")),
    "6/8": (("x..x..", "...x..", "x.xx.x"), ("x.....", "...x..", "xxxxxx"), ("x.x...", "...x..", "xxxxxx")),
    "4/4": (
        ("x...x...", "..x...x.", "x.x.x.x."),
        ("x.x.x.x.", "..x...x.", ".x.x.x.x"),
        ("x.x.x.x.", "..x...x.", "xxxxxxxx"),
        ("x..xx...", "..x...x.", "xxxxxxxx"),
        ("x.......", "....x...", "x.x.x.x."),
    ),
}
"""Kick, snare and hat in eighths."""
LANES = (KICK, 38, 42)
EIGHTH = 12
FILL = ((38, 0), (38, 6), (50, 12), (50, 18), (47, 24), (47, 30), (43, 36), (43, 42))
"""Down the toms over the last two quarters, in sixteenths."""


@dataclass(frozen=True, slots=True)
class Performance:
    """What somebody played without a break, bar by bar."""

    style: str
    bars: tuple[Bar, ...]


@dataclass
class Drummer:
    """Plays what was recorded: performances and fills by style."""

    beats: dict[str, list[Performance]] = field(default_factory=lambda: defaultdict(list))
    fills: dict[str, list[Bar]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def listen(cls, paths: Sequence[Path]) -> Drummer:
        """What files of the Groove MIDI Dataset hold, whose names say style, beat or fill, and meter:
        `12_rock-indie_112_beat_4-4.mid`. Only 4/4 is taken.
        """
        drummer = cls()
        for path in paths:
            words = path.stem.split("_")
            if len(words) != 5 or words[4] != "4-4":
                continue
            style, kind = words[1], words[3]
            bars = _bars(snap(heard(Score.open(path), "roland")).score)
            if kind == "beat" and len(bars) >= FEWEST_BARS:
                drummer.beats[style].append(Performance(style, bars))
            elif kind == "fill" and bars:
                drummer.fills[style].append(max(bars, key=len))
        return drummer

    def play(
        self, styles: Sequence[str], meter: str, sections: Sequence[int], random: Random
    ) -> tuple[list[list[Bar]], int]:
        """Bars for sections of so many bars, and how far off-beat eighths are late: the swing, in ticks.

        The last bar of each section is a fill. A section after another has the same performance in another
        usual bar, or the same.
        """
        known = [one for style in styles for one in self.beats[style]] if meter == "4/4" else []
        if not known:
            return _written(meter, sections, random), 0
        one = random.choice(known)
        fills = [bar for bar in self.fills[one.style] if len(bar) >= FEWEST_STROKES]
        usual = _usual(one.bars)
        pairs = [random.choice(usual[:3]), random.choice(usual[:6])]
        result = []
        for number, count in enumerate(sections):
            result.append(_section(one.bars, pairs[number % 2], fills, count, random))
        return result, _swing(one.bars)


def like(a: Bar, b: Bar) -> float:
    """Jaccard index of (sixteenth, drum)."""
    first, second = ({(tick // 6, drum) for tick, drum, _ in bar} for bar in (a, b))
    return len(first & second) / max(len(first | second), 1)


def kicks(bar: Bar) -> list[int]:
    """Ticks of the bass drum."""
    return sorted({tick for tick, drum, _ in bar if drum in KICKS})


def _bars(score: Score) -> tuple[Bar, ...]:
    bars: dict[int, list[Stroke]] = defaultdict(list)
    for track in score.tracks:
        for onset, _, drum, velocity in track.notes.rows():
            if velocity >= SOFTEST:
                bars[onset // BAR].append((onset % BAR, drum, velocity))
    return tuple(tuple(bars[i]) for i in sorted(bars) if len(bars[i]) >= FEWEST_STROKES)


def _usual(bars: Sequence[Bar]) -> list[int]:
    """Bars from the most usual on: those that are like most others."""
    some = range(0, len(bars), max(1, len(bars) // 24))
    likeness = {i: sum(like(bars[i], bars[j]) for j in some) for i in some}
    return sorted(likeness, key=lambda i: -likeness[i])


def _section(bars: Sequence[Bar], first: int, fills: Sequence[Bar], count: int, random: Random) -> list[Bar]:
    """One or two bars over and over, now and then as the drummer varied them."""
    follows = (first + 1) % len(bars)
    loop = [bars[first], bars[follows] if like(bars[first], bars[follows]) >= KEEPS_ON else bars[first]]
    near = [bar for bar in bars if KEEPS_ON <= like(bar, bars[first]) < 1]
    section = [random.choice(near) if near and random.random() < 0.2 else loop[i % 2] for i in range(count)]
    if fills and count > 2 and random.random() < 0.8:
        section[-1] = random.choice(fills)
    return section


def _swing(bars: Sequence[Bar]) -> int:
    """4 where the second half of most beats is on its last triplet, else 0."""
    ticks = [tick % 24 for bar in bars for tick, _, _ in bar]
    return 4 if ticks.count(16) > ticks.count(12) else 0


def _written(meter: str, sections: Sequence[int], random: Random) -> list[list[Bar]]:
    patterns = random.sample(WRITTEN[meter], 2)
    length = EIGHTH * len(patterns[0][0])
    result = []
    for number, count in enumerate(sections):
        pattern, cymbal = patterns[number % 2], random.choice((42, 42, 51))
        bar = tuple(
            (EIGHTH * i, cymbal if drum == 42 else drum, 96 if i % 2 == 0 else 76)
            for drum, lane in zip(LANES, pattern, strict=True)
            for i, sign in enumerate(lane)
            if sign == "x"
        )
        section = [bar] * count
        if count > 2 and random.random() < 0.8:
            begin = length - 48
            fill = tuple((begin + at, drum, 80 + at // 2) for drum, at in FILL)
            section[-1] = tuple(stroke for stroke in bar if stroke[0] < begin) + fill
        result.append(section)
    return result
