"""All figures that a musician would ask for: what each is called, its unit, of which music, and what to wish.

The figures themselves stand in the modules beside this one, each with its definition.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from linnet.music.score import Score
from linnet_train.evaluation import figures, structure
from linnet_train.evaluation.musician import cadence, drums, dynamics, motifs, roles, voices

Texture = Literal["melody", "voices", "piano", "band", "orchestra", "drums"]
"""What music is made of: a line; four voices; the staves of a keyboard; several instruments; those of an
orchestra; drums alone."""

Wanted = Literal["as people", "at least", "at most"]
"""Where a model should be beside people: as near as `beside.FAR` says on both sides, or on one of them."""

PITCHED: tuple[Texture, ...] = ("melody", "voices", "piano", "band", "orchestra")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a function of a piece, and how to read it."""

    name: str
    """In files for programs, and the key of `words`."""

    words: str
    """For people."""

    unit: str
    of: Callable[[Score], float]
    wanted: Wanted
    heard: float
    """The smallest difference that counts: nothing nearer is far."""

    textures: tuple[Texture, ...]
    """The music that it applies to."""

    bars: int = 1
    """Bars that a piece must have for it."""

    whole: bool = False
    """Of the whole piece, because it is about the end; the others are of as many bars as a model plays."""

    barred: bool = True
    """Whether it needs bars."""


@dataclass(frozen=True, slots=True)
class PrimerFigure:
    """Likewise, of a primer and what goes on from it."""

    name: str
    words: str
    unit: str
    of: Callable[[Score, Score], float]
    wanted: Wanted
    heard: float
    textures: tuple[Texture, ...] = PITCHED


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """Likewise, of pieces for which a key was asked: whether the key found is that one, tonic and mode."""

    name: str
    words: str
    unit: str
    minor: bool
    wanted: Wanted = "at least"
    heard: float = 0.05
    textures: tuple[Texture, ...] = PITCHED


def _on_tonic(bar: int) -> Figure:
    def of(score: Score) -> float:
        return cadence.rests_on_tonic(score, bar)

    return Figure(
        f"bar_{bar}_on_tonic", f"bar {bar} rests on the tonic", "share of pieces", of,
        "at least", 0.05, ("melody",), bar + 1, whole=True,
    )  # fmt: skip


def _parallels(name: str, interval: int) -> Figure:
    def of(score: Score) -> float:
        return voices.parallels(score, interval)

    return Figure(f"parallel_{name}", f"parallel {name}", "in 100 moves", of, "at most", 0.5, ("voices",))


FIGURES: tuple[Figure, ...] = (
    *(_on_tonic(bar) for bar in (8, 16, 24)),
    Figure(
        "cadence_every_4_bars", "cadence at 4-bar ends", "share of phrases", cadence.cadences,
        "at least", 0.05, ("voices", "piano"), 4,
    ),
    Figure(
        "bass_falls_to_tonic", "bass ends 5-1 or 4-1", "share of pieces", cadence.bass_falls_to_tonic,
        "at least", 0.05, ("voices",), whole=True,
    ),
    Figure(
        "dominant_to_tonic", "V-I", "in 8 bars", cadence.dominant_to_tonic,
        "at least", 0.25, ("voices", "piano"), 8,
    ),
    Figure(
        "roots_falling_a_fifth", "roots falling a fifth", "share of changes", cadence.roots_falling_a_fifth,
        "at least", 0.05, ("voices", "piano"),
    ),
    Figure(
        "chord_changes", "chord changes", "share of half bars", cadence.chord_changes,
        "as people", 0.05, ("voices", "piano", "band", "orchestra"),
    ),
    Figure(
        "in_the_chord", "notes in the half bar's chord", "share of time", roles.in_the_chord,
        "as people", 0.05, ("voices", "piano", "band", "orchestra"),
    ),
    _parallels("fifths", voices.FIFTH),
    _parallels("octaves", voices.OCTAVE),
    Figure(
        "voices_strike_together", "all voices strike together", "share of onsets", voices.strike_together,
        "as people", 0.05, ("voices",),
    ),
    Figure(
        "hands_crossed", "hands crossed", "share of bars", voices.hands_crossed, "at most", 0.03, ("piano",)
    ),
    Figure(
        "bars_below_c3", "bars with a note below C3", "share of bars", voices.bars_below_c3,
        "as people", 0.05, ("piano",),
    ),
    Figure("bass_pitch", "pitch of the bass", "MIDI pitch", roles.bass_pitch, "as people", 2, ("band",)),
    Figure(
        "lowest_on_root", "lowest track on the root at the bar line", "share of bar lines",
        roles.lowest_on_root, "at least", 0.05, ("band", "orchestra"),
    ),
    Figure(
        "polyphony", "polyphony", "notes", figures.polyphony,
        "as people", 0.5, ("piano", "band", "orchestra"),
    ),
    Figure(
        "parts_playing", "parts that play", "share of parts and bars", roles.parts_playing,
        "as people", 0.05, ("band", "orchestra"),
    ),
    Figure(
        "parts_entering", "parts that enter", "share of rests", roles.parts_entering,
        "as people", 0.05, ("band", "orchestra"), 2,
    ),
    Figure(
        "bars_with_four_strokes", "bars with four or more strokes", "share of bars",
        drums.bars_with_four_strokes, "as people", 0.05, ("band",),
    ),
    Figure(
        "drum_bar_like_the_one_before", "drum bar like the one before", "Jaccard index",
        drums.bar_like_the_one_before, "as people", 0.05, ("band",),
    ),
    Figure(
        "pulse", "pulse", "autocorrelation at the beat", drums.pulse,
        "at least", 0.05, ("band", "drums"), barred=False,
    ),
    Figure(
        "repetition_at_the_bar", "repetition at the bar", "autocorrelation", drums.repetition_at_the_bar,
        "as people", 0.05, ("drums",), barred=False,
    ),
    Figure(
        "hat_and_ride", "hat and ride", "share of strokes", drums.hat_and_ride,
        "as people", 0.05, ("drums",), barred=False,
    ),
    Figure(
        "steady_hat_run", "longest steady run of hat or ride", "strokes", drums.steady_hat_run,
        "as people", 2, ("drums",), barred=False,
    ),
    Figure(
        "velocity_between_bars", "velocity from bar to bar", "standard deviation",
        dynamics.velocity_between_bars, "as people", 1, ("piano", "band", "orchestra"),
    ),
    Figure(
        "second_half_higher", "second half higher", "semitones", motifs.second_half_higher,
        "as people", 1, ("melody",), 16,
    ),
    Figure(
        "bar_repeat", "exact copies of bars", "share of bars", structure.bar_repeat,
        "as people", 0.05, PITCHED,
    ),
    Figure(
        "new_at_the_end", "new at the end", "share of runs of four bars", motifs.new_at_the_end,
        "as people", 0.05, PITCHED, 8,
    ),
    Figure(
        "opening_returns", "return of the opening", "Jaccard index", motifs.opening_returns,
        "as people", 0.05, PITCHED, 24,
    ),
)  # fmt: skip
"""Of pieces as they are."""

PRIMER_FIGURES = (
    PrimerFigure(
        "motifs_of_the_primer", "motifs of the primer that come back", "share of motifs",
        motifs.motifs_of_the_primer, "as people", 0.05,
    ),
    PrimerFigure(
        "same_key_after_primer", "same key after a primer", "share of pieces", motifs.same_key,
        "at least", 0.05,
    ),
)  # fmt: skip
"""Of primers and what goes on from them."""

KEY_FIGURES = (
    KeyFigure("key_asked_major", "major key asked is key found", "share of pieces", minor=False),
    KeyFigure("key_asked_minor", "minor key asked is key found", "share of pieces", minor=True),
)
"""Of pieces for which a key was asked. Of people's pieces in which such a key is found: whether the last note
of the bass is its tonic."""

GROUPS: dict[str, tuple[str, ...]] = {
    "where_phrases_go": (
        "bar_8_on_tonic", "bar_16_on_tonic", "bar_24_on_tonic", "cadence_every_4_bars",
        "bass_falls_to_tonic", "key_asked_major", "key_asked_minor",
    ),
    "harmony": ("dominant_to_tonic", "roots_falling_a_fifth", "chord_changes", "in_the_chord"),
    "voices_and_hands": (
        "parallel_fifths", "parallel_octaves", "voices_strike_together", "hands_crossed", "bars_below_c3",
    ),
    "who_plays_what": ("bass_pitch", "lowest_on_root", "polyphony", "parts_playing", "parts_entering"),
    "drums": (
        "bars_with_four_strokes", "drum_bar_like_the_one_before", "pulse", "repetition_at_the_bar",
        "hat_and_ride", "steady_hat_run",
    ),
    "material_and_loudness": (
        "second_half_higher", "bar_repeat", "new_at_the_end", "opening_returns", "motifs_of_the_primer",
        "same_key_after_primer", "velocity_between_bars",
    ),
}  # fmt: skip
"""The names of all figures by what they are about."""

AnyFigure = Figure | PrimerFigure | KeyFigure

_ALL: tuple[AnyFigure, ...] = (*FIGURES, *PRIMER_FIGURES, *KEY_FIGURES)
EVERY = {figure.name: figure for figure in _ALL}
