"""Form: what each bar of a piece is to be, new or like an earlier one, and how much happens in it.

A small network remembers a phrase but does not plan one: left alone it wanders, or falls into a loop. A plan
tells it bar by bar what is to come, and lets it look at what comes back, and at nothing else.

A form is spelled as letters, a section each (AABB), or as the number of one that the model brings along: the
form of a piece that people made, without a note of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from linnet._core import Rng
from linnet.controls import sections
from linnet.controls.plan_rows import NO_CHORD_CELL, PLAN_WISHES
from linnet.controls.plan_types import FARTHEST, NEW, Bar, Composing, Plan, like
from linnet.controls.section_plan import check_returns, section_plan
from linnet.controls.wishes import INDEX
from linnet.music.roles import ROLES
from linnet.tokens import features
from linnet.tokens.vocabulary import FAMILIES, SOURCE_MOST, TIME_SIGNATURES
from linnet.tools.chance import Streams
from linnet.tools.dataclass import dataclass

__all__ = [
    "DIGITS",
    "MOST_BARS",
    "NEW",
    "ROWS",
    "WHOLE",
    "Bar",
    "Composing",
    "FARTHEST",
    "Form",
    "Plan",
    "check",
    "choose",
    "is_numbered",
    "length",
    "plan",
    "section_bars",
    "usual_tempo",
]


MOST = 1000
"""Sections of a form: hours of music."""

MOST_BARS = 64
"""That are kept of the form of a longer piece."""

ENOUGH = 8
"""Forms to choose from. With fewer that are exactly as long, beginnings of longer ones will do."""

CHAIN = 8
"""Forms that a long or endless piece strings together before it starts over."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/"
"""What stands for a number from 0 to 63 in a row of a form."""

ROWS = ("source", "quarters", "likeness", "density", "polyphony", "register")
"""What a form says of every bar, one of DIGITS each: what `Bar` holds. A source of 0 is a new
bar, which looks nowhere, or anywhere in its quarters."""

PLAN_ROWS = PLAN_WISHES
"""What it may say besides, one of DIGITS each: in files of models that have learnt it."""

WHOLE = ("key", "tempo", "style")
"""Wishes that a form has for the whole piece."""

_SLOTS = FAMILIES["slot"].count

_CELLS = range(features.CHORDS.start, features.CHORDS.stop)
"""Columns of the chords of a bar."""

_CELL_VALUES = frozenset(range(NO_CHORD_CELL + 1))

_COUNTS = dict(features.WISHES) | {"source": SOURCE_MOST + 1, "quarters": 16}


_METERS = frozenset(f"{numerator}/{denominator}" for numerator, denominator, _ in TIME_SIGNATURES)
_ALLOWED = {name: DIGITS[: _COUNTS[name]] for name in (*ROWS, *PLAN_ROWS)}


@dataclass(frozen=True, slots=True)
class Form:
    """What people's piece was like."""

    time_signature: str
    upbeat: bool
    """Whether it begins with an incomplete bar."""

    scale: Sequence[int]
    """The pitch classes that it needs, counted from the tonic of its key."""

    wishes: Mapping[str, int]
    """See WHOLE."""

    rows: Mapping[str, str]
    """See ROWS and PLAN_ROWS."""

    chords: Sequence[Sequence[int]] = ()
    """The chords of each bar, beat by beat, as cells of `linnet.controls.plan_rows` in the home key; the last
    one goes on to the bar line, and nothing is told of a bar without any. Empty: of no bar.
    """

    players: Sequence[Sequence[int]] = ()
    """The role, in `linnet.music.roles.ROLES`, and the program of each of its tracks, in the order of roles;
    empty where it says nothing of them."""

    kit: bool = False
    """Whether drums play beside them."""

    def __len__(self) -> int:
        """Bars."""
        return len(self.rows["source"])

    @property
    def is_minor(self) -> bool:
        """Whether its key is a minor one."""
        return self.wishes["key"] > 12

    @property
    def full_bars(self) -> int:
        """Bars after the upbeat."""
        return len(self) - self.upbeat

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Form:  # Any: parsed JSON
        """From a model file; ValueError or its kin for what is no form."""
        form = cls(**entry)
        named = (*ROWS, *form.plan_rows)
        cells = [cell for bar in form.chords for cell in bar]
        if not (
            form.time_signature in _METERS
            and form.upbeat in (False, True)
            and set(form.scale) <= set(range(12))
            and all(form.wishes[name] in range(_COUNTS[name]) for name in WHOLE)
            and not any(form.rows[name].strip(_ALLOWED[name]) for name in named)
            and {len(form.rows[name]) for name in named} == {len(form)}
            and 1 < len(form) <= MOST_BARS
            and len(form.chords) in (0, len(form))
            and max(map(len, form.chords), default=0) <= len(_CELLS)
            and {*cells} <= _CELL_VALUES
            and {*map(type, cells)} <= {int}
            and len(form.players) <= _SLOTS
            and all(role in range(len(ROLES)) and program in range(128) for role, program in form.players)
            and form.kit in (False, True)
        ):
            raise ValueError("a form is damaged")
        return form

    @property
    def plan_rows(self) -> list[str]:
        """Those of PLAN_ROWS that it has."""
        return [name for name in PLAN_ROWS if name in self.rows]

    def bars(self, most: int, *, upbeat: bool, chords: bool = True, players: bool = True) -> list[Bar]:
        """So many full bars at most, after the upbeat. Where it is cut short, it still ends as it does.

        Its chords are told unless they are not wanted, as in a piece of the other mode; likewise who of its
        players plays.
        """
        skipped = int(self.upbeat and not upbeat)
        numbers = list(range(skipped, len(self)))
        most += int(self.upbeat and upbeat)
        if most < len(numbers):
            numbers[most - 1 :] = numbers[-1:]
        found, names = [], (*ROWS[2:], *self.plan_rows)
        if not players:
            names = tuple(name for name in names if not name.startswith("plays_"))
        for place, number in enumerate(numbers):
            source, quarters = (DIGITS.index(self.rows[name][number]) for name in ROWS[:2])
            everywhere = not source and quarters
            source -= number - skipped - place
            wishes = {INDEX[name]: DIGITS.index(self.rows[name][number]) for name in names}
            if chords and self.chords and self.chords[number]:
                cells = self.chords[number]
                wishes |= {column: cells[min(i, len(cells) - 1)] for i, column in enumerate(_CELLS)}
            if everywhere:
                found.append(Bar("anywhere", quarters, wishes))
            else:
                found.append(
                    Bar(source, quarters, wishes) if 0 < source <= place else Bar("nowhere", 0, wishes)
                )
        return found


def check(form: str, forms: Sequence[Form] = ()) -> str:
    """The form, if it is one: letters, sections that are written out, numbers of these forms, or nothing for
    no plan.
    """
    if sections.is_written_out(form):
        found = sections.read(form)
        if len(found) > MOST:
            raise ValueError(f"form must have at most {MOST} sections, got {len(found)}")
        check_returns(found, section_bars(0))
        return sections.written(found)
    parts = list(form) if form.isalpha() else form.split()
    if not form.isalpha() and not all(each.isdecimal() and int(each) < len(forms) for each in parts):
        own = f", or the number, below {len(forms)}, of a form that the model brings along" if forms else ""
        raise ValueError(
            "form must be letters, one for each section, such as AABB, sections such as intro:4 A:8 B:8/open "
            f"A':8{own}, got {form!r}"
        )
    if len(parts) > MOST:
        raise ValueError(f"form must have at most {MOST} sections, got {len(parts)}")
    return form.upper()


def is_numbered(form: str) -> bool:
    """Whether it is made of forms that people's pieces had."""
    return bool(form) and form.replace(" ", "").isdecimal()


def length(form: str) -> int:
    """Bars of a form that is written out with them; 0 for another."""
    if not sections.is_written_out(form):
        return 0
    return sum(section.bars for section in sections.read(form))


def usual_tempo(forms: Sequence[Form], of: Form, *, style: int) -> int:
    """The tempo wish of one of the forms, 0 for none, between the quartiles of those of a style (0: its own):
    a tune that people took very slowly lends its form, and a rock song its form to a ballad.
    """
    tempo, style = of.wishes.get("tempo", 0), style or of.wishes.get("style", 0)
    known = sorted(
        form.wishes["tempo"]
        for form in forms
        if form.wishes.get("tempo") and form.wishes.get("style", 0) == style
    )
    if not tempo or not known:
        return tempo
    return min(max(tempo, known[len(known) // 4]), known[3 * len(known) // 4])


def choose(
    forms: Sequence[Form],
    seed: int,
    bars: int,
    *,
    time_signature: str | None,
    key: int,
    style: int,
    usual: Collection[int] = (),
    suits: Callable[[str], bool] = lambda meter: True,
) -> str:
    """One of the forms by its number, for a piece of so many bars (0: endless), or several, one after the
    other, where none is as long.

    As far as there is a choice it is as long as the piece, in its meter and style, and minor if its key is
    (0 for a key or a style: any, or one of the `usual` styles); and in a meter that suits.
    """
    rng = Rng(seed, stream=Streams.FORM)

    def suiting(numbers: Sequence[int], fits: Callable[[Form], bool]) -> Sequence[int]:
        return [i for i in numbers if fits(forms[i])] or numbers

    def one_of(numbers: Sequence[int]) -> int:
        return numbers[int(rng.uniform() * len(numbers))]

    suitable: Sequence[int] = range(len(forms))
    suitable = suiting(suitable, lambda form: suits(form.time_signature))
    if time_signature is not None:
        suitable = suiting(suitable, lambda form: form.time_signature == time_signature)
    styles = {style} if style else usual
    if styles:
        suitable = suiting(suitable, lambda form: form.wishes["style"] in styles)
    if key:
        suitable = suiting(suitable, lambda form: (form.wishes["key"] > 12) == (key > 12))
    longer = [i for i in suitable if forms[i].full_bars >= bars > 0]
    if longer:
        exact = [i for i in longer if forms[i].full_bars == bars]
        return str(one_of(exact if len(exact) >= ENOUGH else longer))
    first = one_of(suitable)
    suitable = suiting(suitable, lambda form: form.time_signature == forms[first].time_signature)
    players = forms[first].players, forms[first].kit
    suitable = suiting(suitable, lambda form: (form.players, form.kit) == players)
    return " ".join(str(i) for i in [first, *(one_of(suitable) for _ in range(CHAIN - 1))])


def section_bars(bars: int) -> Literal[4, 8]:
    """Bars of a letter in so many bars (0: endless): 8, or 4 where two of 8 would not show a form."""
    return 4 if 0 < bars < 24 else 8


def plan(
    form: str,
    forms: Sequence[Form],
    bars: int,
    *,
    upbeat: bool = True,
    is_minor: bool | None = None,
    roles: Sequence[int] | None = None,
) -> Plan:
    """What each bar of a piece of so many full bars (0: endless) is to be; before them an upbeat where the
    form has one and the piece may have one.

    A letter stands for `section_bars`. Whenever a letter comes back, its section is like the last one of that
    letter, if that is not more than `FARTHEST` bars ago. A new section of 8 bars is a period: its second half
    sets out like its first, for two bars. The form starts over when it is through; in endless music with new
    sections, so that it does not go in circles. The chords of people's forms are told but for those of the
    other mode than the piece's, if that is known (`is_minor`), and who plays but for forms of other players
    than those who have these `roles`, if they are known.
    """
    if sections.is_written_out(form):
        written, usual = sections.read(form), section_bars(bars)
        once = [*written, *written] if bars else written
        rounds = section_plan(once, usual, rounds=1 if bars else 2)
        return Plan(rounds, len(rounds) // 2, upbeat=False)
    if form.isalpha():
        section = section_bars(bars)
        return Plan(_sections(form, section, endless=not bars), len(form) * section, upbeat=False)
    chain = [forms[int(number)] for number in form.split()]
    upbeat = upbeat and bars > 0 and len(chain) == 1 and chain[0].upbeat
    found = [
        bar
        for each in chain
        for bar in each.bars(
            bars or len(each),
            upbeat=upbeat,
            chords=is_minor in (None, each.is_minor),
            players=roles is None or not each.players or [role for role, _ in each.players] == list(roles),
        )
    ]
    return Plan(found, int(upbeat), upbeat)


def _sections(letters: str, section: Literal[4, 8], *, endless: bool) -> list[Bar]:
    """Those of the form, and once more, because then its sections have some before them."""
    found: list[Bar] = []
    for place, letter in enumerate(2 * letters):
        begin = place - place % len(letters) if endless else 0
        before = (2 * letters).rfind(letter, begin, place)
        if place and letters[(place - 1) % len(letters)] == letter:
            before = place - 1
        back = (place - before) * section
        new = [NEW] * 4 + ([like(4)] * 2 + [NEW] * 2) * (section == 8)
        found += [like(back)] * section if before >= 0 and back <= FARTHEST else new
    return found
