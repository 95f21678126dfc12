"""Chords that a player asks for: a line of symbols or numerals, bar by bar, and the key that they are in."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.controls.plan_rows import beat_ticks, chord_cell
from linnet.music.chord import NO_CHORD, Chord, is_symbol
from linnet.music.key import KEYS
from linnet.music.timeline import TimeSignature
from linnet.tokens import features
from linnet.tokens.vocabulary import TICKS_PER_BEAT, WHOLE_NOTE
from linnet.tools.dataclass import dataclass

__all__ = ["Progression", "check"]

MOST_BARS = 1000
"""That a line may have."""

MOST_CHORDS = features.CHORDS.stop - features.CHORDS.start
"""In a bar."""

_AGAIN, _GOES_ON = "%", "."
_SPACE = str.maketrans(dict.fromkeys(",;\n\t–—", " "))
_POSSIBLE = (
    "write such as C, Am, F#dim, G7, Bbmaj7 or D/F#, numerals such as IV or V7, % for the bar before, "
    "N for none"
)

# Which chords say how much of a major and of a minor key, by the semitones of their root above its tonic and
# by whether their third is major.
_IN_MAJOR = {(0, True): 6, (7, True): 5, (5, True): 4, (9, False): 4, (2, False): 3, (4, False): 2}
_IN_MINOR = {
    (0, False): 6, (7, True): 5, (5, False): 4, (8, True): 4, (3, True): 3, (10, True): 3, (7, False): 2,
}  # fmt: skip
_LEADING = {11: 3, 2: 2}
"""Likewise of diminished ones; the second only of minor."""

_BEGINS, _ENDS, _LEADS = 4, 3, 3
"""What it says for a key to begin or end on its tonic, and to go round from its dominant."""


@dataclass(frozen=True, slots=True)
class Progression:
    """Chords as they sound, bar by bar, again and again."""

    bars: tuple[tuple[Chord | None, ...], ...]
    """Those of each bar, each for as many of its beats as the others; None for no chord."""

    @classmethod
    def read(cls, text: str, key: int = 0) -> Progression:
        """The chords of a line; numerals count from `key`, in KEYS.

        ValueError in one line for what is none.
        """
        bars: list[tuple[Chord | None, ...]] = []
        for number, words in enumerate(_bars(text), 1):
            if not words or words == [_AGAIN]:
                if not bars:
                    raise ValueError("must begin with a chord, because there is no bar before the first")
                bars.append(bars[-1])
                continue
            before = bars[-1][-1:] if bars else ()
            found: list[Chord | None] = []
            for word in words:
                if word in (_GOES_ON, _AGAIN) and (found or before):
                    found.append((*before, *found)[-1])
                else:
                    found.append(_chord(word, number, key))
            if len(found) > MOST_CHORDS:
                raise ValueError(
                    f"must have at most {MOST_CHORDS} chords a bar, got {len(found)} in bar {number}"
                )
            bars.append(tuple(found))
        if not bars or len(bars) > MOST_BARS:
            raise ValueError(f"must be 1 to {MOST_BARS} bars, got {len(bars)}")
        return cls(tuple(bars))

    def cells(self, shift: int = 0) -> list[list[int]]:
        """Those of each bar for a row of a plan, as `Piece.plan_chords` takes them.

        `shift`: semitones from the home key to the sounding one.
        """
        return [[chord_cell(chord, shift) for chord in bar] for bar in self.bars]

    def dealt(self, number: int, beats: int, shift: int = 0) -> list[int]:
        """The cells of the beats of a bar, counted from 0, as csrc/piece.h deals them."""
        chords = self.bar(number)
        return [chord_cell(chords[beat * len(chords) // beats], shift) for beat in range(beats)]

    def bar(self, number: int) -> tuple[Chord | None, ...]:
        """The chords of a bar, counted from 0, as it goes round; before it the first chord."""
        return self.bars[number % len(self.bars)] if number >= 0 else self.bars[0][:1]

    @property
    def pitch_classes(self) -> frozenset[int]:
        """All that its chords are made of; of basses too."""
        chords = [chord for bar in self.bars for chord in bar if chord is not None]
        return frozenset(each for chord in chords for each in (*chord.pitch_classes, chord.bass))

    @property
    def key(self) -> int | None:
        """The key in KEYS that the chords are in; None where there is none.

        Each chord speaks for the keys in which it is usual, the first and the last for their own, and a
        dominant at the end for the key to which the line goes round. In doubt it is the key of the first.
        """
        bars = [chord for bar in self.bars for chord in (bar if len(set(bar)) > 1 else bar[:1])]
        chords = [chord for chord in bars if chord is not None]
        if not chords:
            return None
        said = [sum(_says(chord, key) for chord in chords) for key in range(len(KEYS))]
        first, last = _tonic(chords[0]), _tonic(chords[-1])
        said[first] += _BEGINS
        said[last] += _ENDS
        if len(chords) > 1 and _is_major(chords[-1]):
            for mode in (0, 12):
                said[(chords[-1].root + 5) % 12 + mode] += _LEADS
        best = max(said)
        return first if said[first] == best else said.index(best)

    def meter(self, known: Sequence[str]) -> str | None:
        """Of these meters the most usual one with a beat for each chord, with as many for each if possible;
        None where one is as good as another.
        """
        most, _ = self.most_chords()
        if most == 1:
            return None
        fit = [meter for meter in known if beats_of_bar(meter) >= most]
        even = [meter for meter in fit if all(beats_of_bar(meter) % len(bar) == 0 for bar in self.bars)]
        return max(even or fit or ["4/4"], key=(even or fit).count)

    def most_chords(self) -> tuple[int, int]:
        """How many the fullest bar has, and its number, from 1."""
        most = max(map(len, self.bars))
        return most, 1 + [len(bar) for bar in self.bars].index(most)

    def check_meter(self, time_signature: str) -> None:
        """ValueError where a bar has more chords than beats."""
        beats = beats_of_bar(time_signature)
        most, number = self.most_chords()
        if most > beats:
            raise ValueError(
                f"chords must be at most one for each beat, and bar {number} has {most} for the {beats} of "
                f"{time_signature}"
            )


def check(text: str) -> str:
    """A line of chords, if it is one, without spaces that say nothing."""
    Progression.read(text)
    return " ".join(text.split())


def has_numerals(text: str) -> bool:
    """Whether a line, which is one, has Roman numerals, which need a key to count from."""
    words = [word for bar in _bars(text) for word in bar if word not in (_AGAIN, _GOES_ON, *NO_CHORD)]
    return any(_is_numeral(word) for word in words)


def beats_of_bar(time_signature: str) -> int:
    """Beats of a bar that can have chords of their own, as csrc/feature_layout.h counts them."""
    numerator, denominator = map(int, time_signature.split("/"))
    beat = beat_ticks(TimeSignature(0, numerator, denominator), TICKS_PER_BEAT)
    return min(-(-numerator * WHOLE_NOTE // (denominator * beat)), MOST_CHORDS)


def _bars(text: str) -> list[list[str]]:
    """The words of each bar: between strokes or, where there are none, one a bar."""
    words = [word for word in text.translate(_SPACE).replace("|", " | ").split() if word != "-"]
    if "|" not in words:
        return [[word] for word in words]
    if words[0] == "|":
        del words[0]
    if words and words[-1] == "|":
        del words[-1]
    bars: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            bars.append([])
        else:
            bars[-1].append(word)
    return bars


def _chord(word: str, bar: int, key: int) -> Chord | None:
    if word in NO_CHORD:
        return None
    found: Chord | None
    try:
        known = is_symbol(word)
        if _is_numeral(word):
            found = Chord.parse(word, key=KEYS[key])
        else:
            found = Chord.nearest(word) if known else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"must be chords, and {word!r} in bar {bar} is none that is known: {_POSSIBLE}")
    return found


def _is_numeral(word: str) -> bool:
    return word.lstrip("b#♭♯")[:1] in ("I", "V", "i", "v")


def _is_major(chord: Chord) -> bool:
    return 4 in chord.intervals


def _tonic(chord: Chord) -> int:
    """The key that a chord is the tonic of."""
    return chord.root + 12 * (not _is_major(chord))


def _says(chord: Chord, key: int) -> int:
    """How much a chord says for a key."""
    above = (chord.root - key) % 12
    if 6 in chord.intervals and not _is_major(chord):  # diminished, sevenths too
        return _LEADING.get(above, -3) if above == 11 or key >= 12 else -3
    says = (_IN_MINOR if key >= 12 else _IN_MAJOR).get((above, _is_major(chord)), -3)
    if chord.quality == "dominant seventh":
        return says + 2 if above == 7 else says - 2
    return says
