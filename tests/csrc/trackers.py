"""Trackers at work: what the tests of the tracker share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from linnet._core import Tracker
from linnet.music.score import Note, Notes, Score, Track
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES, SIZE, describe, family_of, time_signature_index
from tests.csrc.tracker_oracle import Rules

TIME_BASES: tuple[TimeBase, ...] = ("grid", "performance")
EOS, BAR = FAMILIES["eos"].first, FAMILIES["bar"].first
NO_WISH = [0] * len(features.WISHES)
START = "slot 0, program 0, bar, time_signature 4/4, tempo 120 bpm"
HELD = START + ", slot 0, velocity 90, note 60, duration_fine 30"


def token(text: str) -> int:
    """The id of a token in the words of `describe`."""
    return next(i for i in range(SIZE) if describe(i) == text)


def tokens_of(text: str) -> list[int]:
    return [token(" ".join(words.split())) for words in text.split(",")]


def tracker_after(text: str, time_base: str = "grid", **rules: Any) -> Tracker:
    tracker = Tracker(time_base)
    tracker.restrict(**rules)
    for t in tokens_of(text):
        assert t in allowed(tracker), describe(t)
        tracker.advance(t)
    return tracker


def allowed(tracker: Tracker) -> list[int]:
    mask = np.zeros(SIZE, np.uint8)
    count = tracker.mask(mask)
    tokens: list[int] = np.flatnonzero(mask).tolist()
    assert count == len(tokens)
    return tokens


def names(tracker: Tracker) -> set[str]:
    return {family_of(t).name for t in allowed(tracker)}


def row_of(tracker: Tracker) -> list[int]:
    out = np.zeros(features.WIDTH, np.int64)
    tracker.features(out)
    return out.tolist()


def column(row: Sequence[int], name: str) -> list[int | None]:
    """What the columns of a feature family say; None where they say nothing."""
    family = next(f for f in features.FAMILIES if f.name == name)
    ids = row[family.first_column : family.first_column + family.columns]
    share = family.columns // family.tables
    return [i - family.first_id - k // share * family.count if i else None for k, i in enumerate(ids)]


def walk(tracker: Tracker, seed: int, length: int = 400, slots: int = 0) -> Iterator[int]:
    """Tokens drawn from what is allowed, family first; often what stood some tokens ago.

    Declares at least so many slots, where it may; after so many tokens it hurries to the end.
    """
    generator = np.random.default_rng(seed)
    period, said = int(generator.integers(3, 40)), list[int]()
    while not tracker.finished:
        choice = allowed(tracker)
        assert choice, "the mask is empty before eos"
        if len(said) >= length:
            choice = [t for t in choice if t in (EOS, BAR)] or choice
        elif len(said) <= 2 * slots:
            choice = [t for t in choice if family_of(t).name in ("slot", "program")] or choice
        elif len(choice) > 1:
            choice = [t for t in choice if t != EOS]
        if len(said) >= period and said[-period] in choice and generator.random() < 0.7:
            choice = [said[-period]]
        family = generator.choice(sorted({family_of(t).name for t in choice}))
        said.append(int(generator.choice([t for t in choice if family_of(t).name == family])))
        yield said[-1]
        tracker.advance(said[-1])


def piece(seed: int, time_base: TimeBase = "grid", **rules: Any) -> Score:
    """What is played when only the mask is obeyed."""
    tracker = Tracker(time_base)
    tracker.restrict(**rules)
    return codec.decode(list(walk(tracker, seed, slots=3)), time_base)


def melodic(score: Score) -> list[Track]:
    return [track for track in score.tracks if not track.is_drum]


def all_notes(score: Score) -> list[Note]:
    return [note for track in score.tracks for note in track.notes]


def random_rules(seed: int) -> Rules:
    g = np.random.default_rng(seed)

    def sometimes(rule: object, otherwise: object, chance: float = 0.5) -> Any:
        return rule if g.random() < chance else otherwise

    free, lowest = Rules(), g.integers(0, 128, g.integers(1, 5)).tolist()
    return Rules(
        scale=sometimes(np.flatnonzero(g.random(12) < g.choice([0.2, 0.6])).tolist(), free.scale),
        ranges=sometimes([(low, int(g.integers(low, 128))) for low in lowest], free.ranges),
        polyphony=sometimes(g.integers(0, 4, g.integers(1, 5)).tolist(), free.polyphony),
        programs=sometimes(g.choice(128, g.integers(0, 4), replace=False).tolist(), free.programs, 0.3),
        drums=sometimes((27 + g.choice(61, g.integers(0, 4), replace=False)).tolist(), free.drums, 0.6),
        slots=sometimes(int(g.integers(0, 4)), 16),
        bars=sometimes(int(g.integers(1, 20)), 0),
        ticks=sometimes(int(g.integers(1, 3000)), 0, 0.3),
        longest=sometimes(int(g.integers(1, 400)), 0),
        stuck_after=sometimes(int(g.integers(1, 1 + g.choice([20, 100, 1000]))), 0),
        fixed_meter=sometimes(True, False, 0.3),
        fixed_tempo=sometimes(True, False, 0.3),
        downbeat=sometimes(True, False, 0.3),
        endless=sometimes(True, False, 0.3),
        program_ranges=sometimes({program: (program % 60, 40 + program // 2) for program in range(80)}, {}),
        upbeat=int(g.integers(0, 3)),
        onsets=sometimes((g.choice(24, 5).tolist(), g.choice(36, 3).tolist()), ((), ())),
        parallels=int(g.integers(0, 3)),
        crossing=int(g.integers(0, 3)),
        durations=sometimes(sorted(g.choice(np.arange(1, 300), 12, replace=False).tolist()), ()),
        slot_programs=sometimes([g.choice(128, 40, replace=False).tolist(), [], [3, 127]], ()),
    )


def repetitive(bars: int) -> Score:
    """A tune of eight bars, over and over, with drums."""
    rows = [(24 * i, 20, 60 + (i * i) % 32 % 13, 90 - i % 3) for i in range(4 * bars)]
    drums = [(48 * i, 6, 36 + i % 2, 100) for i in range(2 * bars)]
    tracks = [Track(Notes.of([Note(*row) for row in part]), is_drum=part is drums) for part in (rows, drums)]
    return Score(24, tuple(tracks))


def header_of(slots: int, metre: str) -> list[int]:
    """Tokens that begin a piece of so many slots, with the first program, in a metre, up to the tempo."""
    tokens = [FAMILIES["bos"].first]
    for slot in range(slots):
        tokens += [FAMILIES["slot"].first + slot, FAMILIES["program"].first]
    return [*tokens, FAMILIES["bar"].first, FAMILIES["time_signature"].first + time_signature_index(metre)]


def by_chance(
    tracker: Tracker,
    seed: int,
    header: Sequence[int],
    weights: Mapping[str, float],
    at_bar: Callable[[], object],
    bars: int = 1 << 30,
) -> list[int]:
    """Tokens drawn among what the tracker allows, after a header: families by their weights (1 where there is
    none), the tokens of a family alike; up to the end, or the line after so many bars. `at_bar` is called
    when a bar has begun.
    """
    rng, mask, weight = np.random.default_rng(seed), np.zeros(SIZE, np.uint8), np.zeros(SIZE)
    for name, family in FAMILIES.items():
        weight[family.first : family.first + family.count] = weights.get(name, 1) / family.count
    tokens: list[int] = []
    while not tracker.finished and tracker.bars <= bars:
        tracker.mask(mask)
        assert mask.any()
        chances = weight * mask
        drawn = int(rng.choice(SIZE, p=chances / chances.sum()))
        tokens.append(header[len(tokens)] if len(tokens) < len(header) else drawn)
        tracker.advance(tokens[-1])
        if tokens[-1] == FAMILIES["bar"].first:
            at_bar()
    return tokens
