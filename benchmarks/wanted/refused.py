"""What cannot be: each is refused in one line that says what is possible, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.wanted.wish import SAID, Group, Wish


def said(*words: str) -> Callable[[Path], tuple[str, bool]]:
    """One line with these words, and no file."""

    def check(folder: Path) -> tuple[str, bool]:
        lines = (folder / SAID).read_text("utf-8").splitlines()
        text = lines[0].removeprefix("linnet: ") if lines else "nothing"
        wrote = any(folder.glob("refused.*"))
        return text, len(lines) == 1 and all(word in text for word in words) and not wrote

    return check


def _refused(name: str, ask: str, *words: str) -> Wish:
    return Wish(name, ask, said(*words), refused=True)


REFUSED = Group(
    "What cannot be",
    "guides/compose.md",
    (
        _refused("Chords that cannot be read", 'linnet generate --chords "C H7 G" -o refused.mid', "H7"),
        _refused("A section without bars", 'linnet generate --form "A:0 B:8" -o refused.mid', "0"),
        _refused("A gap outside the music", "linnet fill tune.mid --bars 12-14 -o refused.mid", "8"),
        _refused(
            "A part that a model has not learnt",
            "linnet add drums tune.mid --model folk -o refused.mid",
            "band",
        ),
        _refused("A level that there is not", "linnet practice --level 9 -o refused.pdf", "between 1 and 8"),
        _refused("A curve that goes back in time", "linnet generate --curve back.csv -o refused.mid", "time"),
        _refused(
            "Rules that leave no note",
            'linnet generate --range C4 C4 --scale "D major" -o refused.mid',
            "range",
        ),
    ),
)
