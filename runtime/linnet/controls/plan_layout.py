"""How a plan is spelled: questions about a bar, one after the other, each with a few answers.

The plan model (`linnet.generation.planner`) answers them; people's plans are spelled with them to learn from.
What it sees of the plan so far, and of what is asked for, is a bag of ids as the playing network has one.
"""

from __future__ import annotations

from linnet.controls.plan_rows import NO_CHORD_CELL, beat_ticks
from linnet.music.timeline import TimeSignature
from linnet.tokens.features import CHORD_CELLS
from linnet.tokens.vocabulary import COMMON_METERS, SOURCE_MOST, TICKS_PER_BEAT, WHOLE_NOTE
from linnet.tools.dataclass import dataclass
from linnet.tools.named import NamedTuple

__all__ = [
    "ANSWERS",
    "CELLS",
    "COLUMNS",
    "COUNT",
    "PLAYERS",
    "QUESTIONS",
    "TOLD_AHEAD",
    "WIDTH",
    "Conditions",
    "Question",
    "table",
]

CELLS = CHORD_CELLS
"""Beats of a bar that have chords."""

CHORDS = NO_CHORD_CELL
"""7 * root + quality in the home key, and no chord."""

PLAYERS = 9
"""Eight slots, in the order of the header, and the kit."""

LONGEST_PHRASE = 16
"""Bars. What goes on for longer is told as several."""

CADENCES = 3
"""Runs on, open, closed."""

SHAPE = ("density", "polyphony", "register", "loudness")
"""Wishes that say how a bar is filled."""

COPIES = ("source", 1, 4, 8, 2)
"""Where the chords of a bar may be copied from: the bar that comes back, or so many bars ago. The answer
after these spells them out."""

_KINDS = (
    ("source", SOURCE_MOST + 1),  # 0 for a new bar, or how many bars ago the bar was that comes back
    ("how", 30),  # quarters that come back, less 1; 15 more where the bars are alike as a whole
    ("length", LONGEST_PHRASE),  # of a phrase that begins, in bars, less 1
    ("cadence", CADENCES),  # at its end, likewise
    ("copy", len(COPIES) + 1),
    ("chord", CHORDS),
    ("until", CELLS),  # the beat at which the chord changes; 0: it lasts to the bar line
    ("together", 3),  # who plays: as in the bar that comes back, as in the bar before, spelled out
    ("plays", 2),  # one player after the other: rests, plays
    ("changed", 16),  # bits: in what of SHAPE the bar differs from the one it is likened to
    ("density", 8),
    ("polyphony", 6),
    ("register", 5),
    ("loudness", 8),
)


class Question(NamedTuple):
    """One kind of question."""

    name: str
    first: int
    """Of the ids of its answers."""

    size: int
    """Answers."""


def _questions() -> dict[str, Question]:
    found, first = {}, 0
    for name, count in _KINDS:
        found[name] = Question(name, first, count)
        first += count
    return found


QUESTIONS = _questions()
"""By name, in the order in which they are asked."""

ANSWERS = sum(count for _, count in _KINDS)
"""Answers to all questions."""

NUMBERS = {name: number for number, name in enumerate(QUESTIONS)}
"""Of the questions."""

EARLIER = (1, 2, 4, 8)
"""How many bars ago the bars were whose answers to the same question are seen; besides, the bar that comes
back."""

AHEAD = (0, 1, 2, 3, 4, 5, 6, 7, 8)
"""Bars from here whose first chord is seen where chords are given."""

FARTHEST = 64
"""Bars from the beginning, and to the end, that are told apart."""

_COLUMNS = (
    ("question", len(QUESTIONS) + PLAYERS - 1),  # each player is asked for by a number of its own
    ("last_answer", ANSWERS),
    ("time_signature", COMMON_METERS),  # for a rare one, the common one that is like it
    ("mode", 2),
    ("style", 34),
    ("bars", FARTHEST + 2),  # in all; FARTHEST stands for more, and the last id for music without end
    ("bars_left", FARTHEST + 2),
    ("bar", FARTHEST + 1),
    ("bar_modulo_16", 16),
    ("place", LONGEST_PHRASE),  # in the phrase
    ("phrase_left", LONGEST_PHRASE),
    ("cadence", CADENCES),
    ("ends", 2),  # whether the piece ends with the phrase
    ("phrase_before", CADENCES * LONGEST_PHRASE),
    ("source", SOURCE_MOST + 1),
    ("source_run", 32),  # bars in a row that come back from as far
    ("how", 30),
    ("beat", CELLS),
    ("chord", CHORDS),  # that was last
    *((f"earlier_{bars}", ANSWERS) for bars in EARLIER),
    ("earlier_source", ANSWERS),
    ("players", PLAYERS + 1),  # who play in the bar
    *((f"role_{slot}", 12) for slot in range(PLAYERS - 1)),
    ("kit", 2),
    # What the last two bars of a phrase lead to, in numbers of their own: a sum hardly tells what only all
    # of it together means. Mode, bars of the phrase left and cadence, with the beat (or the whole bar), and
    # with the chord that was last.
    ("close", 2 * 2 * CADENCES * (CELLS + 1)),
    ("close_after", 2 * 2 * CADENCES * CHORDS),
    ("last_beat_told", CHORDS),  # the given chord of the bar's last beat
    ("close_told", CHORDS),  # and of the last beat of the phrase
    *((f"told_{bars}", CHORDS) for bars in AHEAD),
)


class Column(NamedTuple):
    """A column of the bag and its ids: `first` + value; 0 where there is nothing to say."""

    place: int
    first: int
    size: int


def _columns() -> dict[str, Column]:
    found, first = {}, 1
    for place, (name, count) in enumerate(_COLUMNS):
        found[name] = Column(place, first, count)
        first += count
    return found


COLUMNS = _columns()
"""By name."""

WIDTH = len(COLUMNS)
"""Columns."""

COUNT = 1 + sum(count for _, count in _COLUMNS)
"""Ids; 0 is the pad."""

TOLD_AHEAD = COLUMNS["last_beat_told"].place
"""The first of the columns that speak of given chords, which are the last."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a plan is asked for."""

    time_signature: str
    minor: bool | None = None
    """None: not known."""

    style: int = 0
    """As the wish has it; 0: any."""

    bars: int = 0
    """Full ones, after the upbeat; 0: without end."""

    upbeat: bool = False
    roles: tuple[int, ...] = ()
    """Of the slots, in the order of the header; empty: nothing is planned about who plays."""

    kit: bool = False

    @property
    def beats(self) -> int:
        """Of a bar, as far as they have chords."""
        numerator, denominator = map(int, self.time_signature.split("/"))
        beat = beat_ticks(TimeSignature(0, numerator, denominator), TICKS_PER_BEAT)
        return min(-(-numerator * WHOLE_NOTE // (denominator * beat)), CELLS)


def table() -> dict[str, object]:
    """The layout as plain data, as in a model file."""
    return {
        "questions": [list(each) for each in _KINDS],
        "columns": [list(each) for each in _COLUMNS],
    }
