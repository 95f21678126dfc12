"""Lines of chords: how they are read, what key they are in, which meter has room for them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.controls.options import Options
from linnet.controls.plan_rows import CHORD_QUALITIES, NO_CHORD_CELL
from linnet.controls.progression import MOST_BARS, Progression, beats_of_bar, check, has_numerals
from linnet.music.chord import Chord
from linnet.music.key import KEYS
from linnet.music.theory import QUALITIES, SUFFIXES
from linnet.tokens.vocabulary import TIME_SIGNATURES

NOTES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def bars(text: str, key: str = "C major") -> list[list[str]]:
    return [
        ["N" if chord is None else str(chord) for chord in bar]
        for bar in Progression.read(text, KEYS.index(key)).bars
    ]


# ---- reading


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C Am F G7", [["C"], ["Am"], ["F"], ["G7"]]),
        ("C, Am, F, G", [["C"], ["Am"], ["F"], ["G"]]),
        ("C - Am – F", [["C"], ["Am"], ["F"]]),
        ("C\nAm\n", [["C"], ["Am"]]),
        ("C | Am | F G7 | C", [["C"], ["Am"], ["F", "G7"], ["C"]]),
        ("| C | Am |", [["C"], ["Am"]]),
        ("|C|Am|", [["C"], ["Am"]]),
        ("C F |", [["C", "F"]]),
        ("C % F", [["C"], ["C"], ["F"]]),
        ("C F | % | | G", [["C", "F"], ["C", "F"], ["C", "F"], ["G"]]),
        ("C . . F | . G", [["C", "C", "C", "F"], ["F", "G"]]),
        ("N | C N.C.", [["N"], ["C", "N"]]),
        ("Cmaj7 Dm7 Bdim Caug F#m7b5 Bb/D", [["Cmaj7"], ["Dm7"], ["Bdim"], ["Caug"], ["F#m7b5"], ["Bb/D"]]),
        ("C9 F6 Dm9 G7(b9) Cadd9 C:maj7", [["C7"], ["F"], ["Dm7"], ["G7"], ["C"], ["Cmaj7"]]),
    ],
)  # fmt: skip
def test_a_line_is_read_bar_by_bar(text: str, found: list[list[str]]) -> None:
    assert bars(text) == found
    assert bars(check(text)) == found


@pytest.mark.parametrize(
    ("key", "found"),
    [("C major", ["C", "Am", "Dm/F", "G7", "Bb"]), ("A major", ["A", "F#m", "Bm/D", "E7", "G"])],
)
def test_numerals_count_from_the_key(key: str, found: list[str]) -> None:
    assert [bar[0] for bar in bars("I vi ii6 V7 bVII", key)] == found
    assert has_numerals("I vi")
    assert has_numerals("C | bVI")
    assert not has_numerals("Bb Dm N % .")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("H7", "'H7' in bar 1"),
        ("C Am Fsus4 G", "'Fsus4' in bar 3"),
        ("C | F G5", "'G5' in bar 2"),
        ("C Foo", "'Foo' in bar 2"),
        ("C Am do", "'do' in bar 3"),
        ("VIII", "'VIII' in bar 1"),
        ("C/", "'C/' in bar 1"),
        ("", "1 to 1000 bars, got 0"),
        (" | ", "begin with a chord"),
        ("% C", "begin with a chord"),
        (". C", "'.' in bar 1"),
        ("C | " + "D " * 9, "at most 8 chords a bar, got 9 in bar 2"),
        ("C " * (MOST_BARS + 1), f"got {MOST_BARS + 1}"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        Options(chords=text)
    assert str(error.value).startswith("chords must ")
    assert "\n" not in str(error.value)


def test_chords_may_come_as_a_list_of_bars() -> None:
    assert Options(chords=["C", "Am F"]).chords == "C | Am F"
    assert Options(chords=("C F",)).chords == "C F"
    assert Options(chords=[str(Chord(2)), str(Chord(9, "minor"))]).chords == "D | Am"
    with pytest.raises(TypeError, match="in order"):
        Options(chords={"C", "F"})  # type: ignore[arg-type]  # a set has no order
    with pytest.raises(TypeError, match="chords"):
        Options(chords=7)  # type: ignore[arg-type]  # no chords


@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(list(QUALITIES))), min_size=1, max_size=30))
def test_whatever_a_chord_is_called_it_is_told_relative_to_home(chords: list[tuple[int, str]]) -> None:
    line = Progression.read(" ".join(NOTES[root] + SUFFIXES[quality] for root, quality in chords))
    for shift in (-6, 0, 5):
        for (root, quality), (cell,) in zip(chords, line.cells(shift), strict=True):
            home, number = divmod(cell - 1, 7)
            assert home == (root - shift) % 12
            assert CHORD_QUALITIES[number] == quality or (number == 2 and "diminished" in quality)


def test_no_chord_is_told_too() -> None:
    assert Progression.read("N").cells(3) == [[NO_CHORD_CELL]]


# ---- the key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C Am F G", "C major"),
        ("Am F C G", "C major"),
        ("G D Em C", "G major"),
        ("D A Bm F#m G D G A", "D major"),
        ("Dm7 G7 Cmaj7 %", "C major"),
        ("Am Dm E7 Am", "A minor"),
        ("Am G F E", "A minor"),
        ("Bm7b5 E7 Am", "A minor"),
        ("C7 F7 C7 G7", "C major"),
        ("Bb Gm Cm F", "Bb major"),
        ("Em D C B7", "E minor"),
        ("Cm Fm G7 Cm", "C minor"),
        ("F", "F major"),
        ("Fm", "F minor"),
    ],
)
def test_chords_say_what_key_they_are_in(text: str, key: str) -> None:
    found = Progression.read(text).key
    assert found is not None
    assert KEYS[found] == key


@given(st.integers(0, 11), st.sampled_from(["C Am F G", "Am Dm E7 Am", "Dm7 G7 Cmaj7", "C | F G | C"]))
def test_moved_chords_are_in_the_moved_key(semitones: int, text: str) -> None:
    line = Progression.read(text)
    moved = Progression(tuple(tuple(c and c.transposed(semitones) for c in bar) for bar in line.bars))
    assert line.key is not None
    assert moved.key == (line.key + semitones) % 12 + line.key // 12 * 12


def test_no_chords_are_in_no_key() -> None:
    assert Progression.read("N N").key is None


# ---- the meter


def test_a_bar_has_as_many_beats_as_the_core_counts() -> None:
    found = {f"{n}/{d}": beats_of_bar(f"{n}/{d}") for n, d, _ in TIME_SIGNATURES}
    assert found["4/4"] == found["12/8"] == found["2/2"] == 4
    assert found["6/8"] == found["2/4"] == 2
    assert found["3/4"] == found["9/8"] == 3
    assert found["3/8"] == 1
    assert found["2/1"] == found["4/2"] == 4  # half notes
    assert found["3/1"] == 6
    assert found["5/8"] == 3
    assert found["7/16"] == 2


def test_a_meter_with_room_for_the_chords_is_found() -> None:
    known = ["6/8", "6/8", "3/4", "4/4", "4/4"]
    assert Progression.read("C F").meter(known) is None
    assert Progression.read("C F | G").meter(known) in ("6/8", "4/4")
    assert Progression.read("C F G |").meter(known) == "3/4"
    assert Progression.read("C F G C |").meter(known) == "4/4"
    assert Progression.read("C F G C F |").meter(known) == "4/4"  # none has room: it will be refused
    with pytest.raises(ValueError, match="bar 2 has 3 for the 2 of 6/8"):
        Progression.read("C | C F G").check_meter("6/8")
