"""Sections of a form that is written out, such as `intro:4 A:8 A:8/open B:8 A':8 outro:4`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from linnet.tools.dataclass import dataclass

__all__ = ["CADENCES", "Section", "is_written_out", "label", "read", "starts", "written"]

CADENCES = {"open": 2, "closed": 3}
"""How a section may end, as the wish `cadence` numbers it."""

MOST_BARS = 1000
"""Of a section."""

_WORD = r"([A-Za-z]\w*)(['’]*)(?::(\d+))?(?:/(\w+))?"
_LETTERS = r"(?:[A-Za-z]['’]*)+"

_POSSIBLE = "sections such as intro:4 A:8 B:8/open A':8, a name and its bars"


@dataclass(frozen=True, slots=True)
class Section:
    """A section: what it is called, how long it is and how it ends."""

    name: str
    """A capital letter, or a word in small letters."""

    primes: int = 0
    """0 as it is, above that varied: A' and A''."""

    bars: int = 0
    """0: as long as a letter stands for."""

    cadence: int = 0
    """See CADENCES; 0: nothing is said."""

    def __str__(self) -> str:
        kind = {number: f"/{name}" for name, number in CADENCES.items()}.get(self.cadence, "")
        return f"{self.name}{chr(39) * self.primes}{f':{self.bars}' if self.bars else ''}{kind}"


def is_written_out(form: str) -> bool:
    """Whether it is more than letters or numbers: a form with names, bars, cadences or primes."""
    words = form.replace(",", " ").split()
    return bool(re.search(r"[:/'’]", form)) or (
        len(words) > 1 and all(re.fullmatch(_WORD, word) for word in words)
    )


def read(form: str, *, whole: bool = True) -> list[Section]:
    """The sections of a form that is written out. ValueError in one line for what is none.

    `whole`: all of them say their bars, or none.
    """
    words = form.replace(",", " ").split()
    if len(words) == 1 and re.fullmatch(_LETTERS, words[0]):
        words = re.findall(r"[A-Za-z]['’]*", words[0])
    found = [_section(word) for word in words]
    lengths = {bool(section.bars) for section in found}
    if whole and len(lengths) > 1:
        short = next(section for section in found if not section.bars)
        raise ValueError(f"form must say the bars of all sections or of none, and {short} has none")
    return found


def written(sections: Sequence[Section]) -> str:
    """The form again."""
    return " ".join(map(str, sections))


def label(section: Section) -> str:
    """What a marker says: `Intro`, `Section A'`, so that no letter is taken for a chord."""
    primes = "'" * section.primes
    return (f"Section {section.name}" if len(section.name) == 1 else section.name.capitalize()) + primes


def starts(sections: Sequence[Section], usual: int) -> list[int]:
    """The first bar of each, from 0, and where the last one ends; `usual` is how long a letter is."""
    found = [0]
    for section in sections:
        found.append(found[-1] + (section.bars or usual))
    return found


def _section(word: str) -> Section:
    found = re.fullmatch(_WORD, word)
    if found is None:
        raise ValueError(f"form must be {_POSSIBLE}, got {word!r}")
    name, primes, bars, cadence = found.groups()
    if bars is not None and not 1 <= int(bars) <= MOST_BARS:
        raise ValueError(f"a section must be 1 to {MOST_BARS} bars long, got {word}")
    if cadence is not None and cadence.lower() not in CADENCES:
        raise ValueError(f"a section ends {' or '.join(CADENCES)}, such as A:8/open, got {word}")
    return Section(
        name.upper() if len(name) == 1 else name.lower(),
        len(primes),
        int(bars or 0),
        CADENCES[cadence.lower()] if cadence else 0,
    )
