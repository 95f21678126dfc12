"""Rewards: what a played piece earns when a network is tuned.

Each is a function of a `Played` that returns a number, or an array with what each bar adds to it, so that the
return of a bar leaves out those before it; those here add up to 0 to 1. The first seven are the rules
of RL Tuner (Jaques, Gu, Bahdanau, Hernandez-Lobato, Turner and Eck, "Sequence Tutor", ICML 2017), written
anew for whole pieces; the others are linnet's own. None of them knows what people write, and none is one of
the figures by which pieces are compared with people's (`evaluation.figures.SIXTEEN`): those are the judges.
"""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from linnet.controls import form
from linnet.music.similarity import bar_contents
from linnet.music.theory import SCALES
from linnet_train.evaluation import figures
from linnet_train.tuning import plan_rewards
from linnet_train.tuning.played import Bars, Played

LEAP = 7
"""Semitones; a fifth and more is a leap."""

MOST_REPEATS = 3
"""The same pitch more often in a row is a long repeat."""

MOTIF = 4
"""Notes that make up a motif."""

_KEYS = (
    frozenset(SCALES["major"]),
    # a minor piece may raise its sixth and seventh
    frozenset(SCALES["minor"] + SCALES["melodic minor"]),
)


# RL Tuner's


def in_key(piece: Played) -> float | Bars:
    """Share of the notes that belong to the key."""
    notes = piece.score.pitched_notes
    if piece.key is None or not len(notes):
        return 0.0
    steps = _KEYS[piece.key // 12]
    belongs = np.isin((notes.pitch - piece.key % 12) % 12, list(steps))
    return piece.by_bar(notes.onset, belongs / len(notes))


def leaps_resolved(piece: Played) -> float | Bars:
    """Share of the leaps after which the melody turns back, by no more than the leap; 1 without leaps."""
    moves = np.diff(piece.pitches)
    leap, answer = moves[:-1], moves[1:]
    leaps = np.abs(leap) >= LEAP
    back = (np.sign(answer) == -np.sign(leap)) & (np.abs(answer) <= np.abs(leap))
    if not leaps.any():
        return 1.0
    return piece.by_bar(piece.melody.onset[2:][leaps], back[leaps] / leaps.sum())


def no_long_repeats(piece: Played) -> float | Bars:
    """Share of the notes outside runs of four or more of one pitch."""
    if not len(piece.pitches):
        return 0.0
    change = np.flatnonzero(np.diff(piece.pitches, prepend=-1, append=-1))
    runs = np.diff(change)
    fine = np.repeat(runs <= MOST_REPEATS, runs)
    return piece.by_bar(piece.melody.onset, fine / len(fine))


def motifs(piece: Played) -> float:
    """Share of the bars whose opening motif (four notes, at least three pitches, in any key) opens another
    bar too.
    """
    starts, melody = piece.score.bar_ticks(), piece.melody
    found = []
    for first in np.searchsorted(melody.onset, starts):
        onset, pitch = melody.onset[first : first + MOTIF], piece.pitches[first : first + MOTIF]
        if len(set(pitch.tolist())) >= 3 and len(pitch) == MOTIF:
            found.append((*np.diff(onset).tolist(), *np.diff(pitch).tolist()))
    counts = Counter(found)
    return sum(counts[motif] > 1 for motif in found) / max(1, len(starts))


def unique_extremes(piece: Played) -> float:
    """How nearly the highest and the lowest note are heard once: one over the number of different bars that
    strike them, both on average. A bar that returns note for note is no second climax.
    """
    if not len(piece.pitches):
        return 0.0
    bars = {frozenset(pitch for _, pitch in bar) for bar in set(bar_contents(piece.score))}
    extremes = int(piece.pitches.max()), int(piece.pitches.min())
    return float(np.mean([1 / max(1, sum(extreme in bar for bar in bars)) for extreme in extremes]))


def tonic_ends(piece: Played) -> float | Bars:
    """Half for a first note, half for a last one that is the tonic."""
    if piece.key is None or not len(piece.pitches):
        return 0.0
    return piece.by_bar(piece.melody.onset[[0, -1]], (piece.pitches[[0, -1]] % 12 == piece.key % 12) / 2)


def autocorrelation(piece: Played) -> float:
    """How little the pitches one, two and three notes apart tell of each other: 1 less their correlation."""
    away = piece.pitches - piece.pitches.mean() if len(piece.pitches) > 3 else np.zeros(1)
    power = float((away**2).sum())
    if not power:
        return 0.0
    return 1 - float(np.mean([abs((away[lag:] * away[:-lag]).sum()) / power for lag in (1, 2, 3)]))


# linnet's own


def wish_adherence(piece: Played) -> float | Bars:
    """Share of the bars that are within one step of what was asked, the mean over all wishes but the key. 1
    where nothing was asked.
    """
    wishes = [bars for name, bars in piece.adherence.items() if name != "key"]
    return np.sum(wishes, axis=0) / len(wishes) if wishes else 1.0


def key_adherence(piece: Played) -> float:
    """1 for a piece that seems to be in the key that was asked for, or was not asked for any; else 0."""
    return adherence(piece).get("key", 1.0)


def adherence(piece: Played) -> dict[str, float]:
    """How far each wish is kept: the share of the bars within one step of it; for a key, 1 or 0."""
    return {name: float(bars.sum()) for name, bars in piece.adherence.items()}


def proper_cadence(piece: Played) -> float | Bars:
    """How well the sections close: half for a last note that is the tonic (a quarter for the rest of its
    triad), half for one longer than most. The mean over all sections.
    """
    score, melody, key = piece.score, piece.melody, piece.key
    if key is None or not len(melody):
        return 0.0
    section = form.section_bars(score.bars)
    starts = score.bar_ticks()
    ends = [*starts[section::section].tolist(), score.end]
    triad = {(key % 12 + step) % 12 for step in (0, 3 if key >= 12 else 4, 7)}
    usual = np.median(melody.duration)
    last, worth = [], []
    for begin, end in pairwise([0, *ends]):
        inside = np.flatnonzero((melody.onset >= begin) & (melody.onset < end))
        if len(inside):
            tone = int(piece.pitches[inside[-1]]) % 12
            closes = 1.0 if tone == key % 12 else 0.5 * (tone in triad)
            last.append(int(inside[-1]))
            worth.append((closes + float(melody.duration[inside[-1]] > usual)) / 2)
    return piece.by_bar(melody.onset[last], np.array(worth) / len(worth))


def proper_ending(piece: Played) -> float | Bars:
    """1 for a piece that ended, on the tonic of the key it seems to be in, with a note as long as most; half
    for the tonic or the length alone.
    """
    if not piece.ended or not len(piece.pitches):
        return 0.0
    proper = (figures.ends_on_tonic(piece.score) == 1) / 2 + (figures.ends_long(piece.score) == 1) / 2
    return piece.by_bar(piece.melody.onset[-1:], np.array([proper]))


def no_loop(piece: Played) -> float:
    """Share of the notes outside the longest loop; 0 for a piece that is stuck or silent for long."""
    names = ("loop_share", "longest_same_bar_run", "longest_gap")
    found = {name: figures.FIGURES[name](piece.score) for name in names}
    if np.isnan(found["loop_share"]) or figures.is_degenerate(found):
        return 0.0
    return 1 - found["loop_share"]


def phrase_balance(piece: Played) -> float:
    """How alike neighbouring phrases of four bars are in their number of notes: the smaller over the larger,
    on average; 1 for a single phrase.
    """
    starts = piece.score.bar_ticks()
    edges = [*starts[::4].tolist(), piece.score.end]
    sizes = np.diff(np.searchsorted(piece.melody.onset, edges))
    ratios = [min(a, b) / max(a, b, 1) for a, b in pairwise(sizes.tolist())]
    return float(np.mean(ratios)) if ratios else 1.0


Function = Callable[[Played], float | Bars]

REWARDS: dict[str, Function] = {
    function.__name__: function
    for function in (
        in_key, leaps_resolved, no_long_repeats, motifs, unique_extremes, tonic_ends, autocorrelation,
        wish_adherence, key_adherence, proper_cadence, proper_ending, no_loop, phrase_balance,
        plan_rewards.plan_chords, plan_rewards.plan_bass, plan_rewards.plan_cadences,
        plan_rewards.voice_leading,
    )
}  # fmt: skip
"""Those that a reward file may name alone, without a file."""

EARLIER_NAMES = {"wish_kept": "wish_adherence", "key_kept": "key_adherence"}
"""What rewards were called before: reward files and runs of then are still read."""
