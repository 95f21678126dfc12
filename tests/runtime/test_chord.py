"""Names of chords: symbols and Roman numerals, written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.music.chord import Chord, chord_bars
from linnet.music.key import KEYS
from linnet.music.theory import QUALITIES, SUFFIXES

chords = st.builds(Chord, st.integers(0, 11), st.sampled_from(list(QUALITIES)), st.integers(0, 11))
keys = st.sampled_from([*KEYS, "C# major", "Cb major", "G# minor", "Ab minor", "F# major", "D# minor"])


@pytest.mark.parametrize(
    ("symbol", "chord"),
    [("C", Chord(0)), ("Am", Chord(9, "minor")),
     ("F#dim", Chord(6, "diminished")),
     ("G7", Chord(7, "dominant seventh")), ("Bb/D", Chord(10, "major", 2)),
     ("Cmaj7", Chord(0, "major seventh")),
     ("Dm7", Chord(2, "minor seventh")), ("Bm7b5", Chord(11, "half-diminished")),
     ("Eaug", Chord(4, "augmented")),
     ("G#dim7", Chord(8, "diminished seventh")), ("C/Bb", Chord(0, "major", 10))],
)  # fmt: skip
def test_symbols_are_written_and_read(symbol: str, chord: Chord) -> None:
    assert str(chord) == symbol
    assert Chord.parse(symbol) == chord


@pytest.mark.parametrize(
    ("symbol", "usual"),
    [("Cmin", "Cm"), ("C-", "Cm"), ("C°", "Cdim"), ("C+", "Caug"), ("CM7", "Cmaj7"), ("CΔ", "Cmaj7"),
     ("C-7", "Cm7"), ("Cø", "Cm7b5"), ("Co7", "Cdim7"), ("D♭", "Db"), (" G7/B ", "G7/B"), ("B#", "C")],
)  # fmt: skip
def test_other_hands_are_read(symbol: str, usual: str) -> None:
    assert str(Chord.parse(symbol)) == usual


@pytest.mark.parametrize(
    "symbol", ["", "H", "c", "Csus4", "C9", "C6", "C/", "C/X", "C//E", "Cm/3", "N.C.", "am"]
)
def test_what_is_no_chord_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="a chord is"):
        Chord.parse(symbol)


def test_a_numeral_needs_its_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Chord.parse("ii6")
    with pytest.raises(ValueError, match="Roman numeral"):
        Chord.parse("Vsus4", key="C major")
    with pytest.raises(ValueError, match="cannot be read"):
        Chord.parse("I+7", key="C major")


@given(chords, keys)
def test_all_names_read_back(chord: Chord, key: str) -> None:
    assert Chord.parse(str(chord)) == chord
    assert Chord.parse(chord.symbol(key)) == chord
    assert Chord.parse(chord.roman(key), key=key) == chord


@given(chords, st.integers(-30, 30), st.sampled_from(("major", "minor")))
def test_a_numeral_is_the_same_in_every_key(chord: Chord, semitones: int, mode: str) -> None:
    there = KEYS[semitones % 12 + 12 * (mode == "minor")]

    assert chord.transposed(semitones).roman(there) == chord.roman(f"C {mode}")


@pytest.mark.parametrize(
    ("key", "text", "numerals"),
    [("C major", "C Dm Em F G Am Bdim", "I ii iii IV V vi viio"),
     ("C major", "Cmaj7 Dm7 G7 Bm7b5 G7/B G7/D G7/F Dm7/F", "Imaj7 ii7 V7 viiø7 V65 V43 V42 ii65"),
     ("C major", "C/E C/G F/C Cmaj7/E", "I6 I64 IV64 Imaj65"),
     ("C major", "D D7/F# E7 A7 C7 B F#dim7 G#dim", "V/V V65/V V7/vi V7/ii V7/IV V/iii viio7/V viio/vi"),
     ("C major", "Ab Bb Eb Fm Db/F Caug F/G", "bVI bVII bIII iv bII6 I+ IV/5"),
     ("A minor", "Am Bdim C Dm E E7 F G G#dim G#dim7 Bm7b5", "i iio III iv V V7 VI VII viio viio7 iiø7"),
     ("A minor", "D Em A7 B7 Bb/D Caug", "IV v V7/iv V7/V bII6 III+"),
     ("F# minor", "C#7 A", "V7 III")],
)  # fmt: skip
def test_numerals_are_those_of_the_book(key: str, text: str, numerals: str) -> None:
    found = [Chord.parse(symbol) for symbol in text.split()]

    assert " ".join(chord.roman(key) for chord in found) == numerals
    assert [Chord.parse(numeral, key=key) for numeral in numerals.split()] == found


@pytest.mark.parametrize(
    ("key", "numeral", "symbol"),
    [("A minor", "bVI", "F"), ("A minor", "bVII", "G"), ("A minor", "#viio", "G#dim"),
     ("C major", "V2", "G7/F"),
     ("C major", "vii°7", "Bdim7"), ("C major", "IVM7", "Fmaj7"), ("C minor", "V7/III", "Bb7"),
     ("C major", "viih7", "Bm7b5"), ("C major", "♭VI", "Ab")],
)  # fmt: skip
def test_other_numerals_are_read(key: str, numeral: str, symbol: str) -> None:
    assert str(Chord.parse(numeral, key=key)) == symbol


@pytest.mark.parametrize(
    ("key", "symbols"),
    [("Db major", "Gb Ab7 Bbm Ebm7 Ab/C"), ("F# minor", "C#7 G#dim A D Bm E#dim C#/E#"),
     ("A minor", "E/G# G#dim7 F Am/Eb"),
     ("F# minor", "Bm/C F#m/G"),
     ("C major", "E/G# Ab C#dim7 F#m7b5 Bb Eb"), ("Eb minor", "Abm Bb7 Cb Gb")],
)  # fmt: skip
def test_a_key_spells_its_chords(key: str, symbols: str) -> None:
    assert " ".join(Chord.parse(symbol).symbol(key) for symbol in symbols.split()) == symbols


@pytest.mark.parametrize(
    ("symbol", "nearest"),
    [("C:maj7", "Cmaj7"), ("G:7(#9)/3", "G7/B"), ("Dm9", "Dm7"), ("C6", "C"), ("G7(b9)", "G7"),
     ("N", None),
     ("Bbm6/Db", "Bbm/Db"), ("Gsus4", None), ("C5", None), ("Em7b5", "Em7b5"), ("C:hdim7", "Cm7b5"),
     ("C:minmaj7", "Cm"), ("C:min7/b3", "Cm7/Eb"), ("A:sus4(b7)", None), ("F9(#5)", "Faug"),
     ("C:maj(9)", "C"),
     ("Cdim7/Bbb", "Cdim7/A"), ("C:9", "C7"), ("C13", "C7"), ("C:maj6(9)", "C"), ("C:min", "Cm"), ("?", None),
     ("Cadd9", "C"), ("C:1", None)],
)  # fmt: skip
def test_symbols_with_more_are_read_as_what_is_left(symbol: str, nearest: str | None) -> None:
    found = Chord.nearest(symbol)

    assert (found and str(found)) == nearest


def test_what_names_no_note_has_nothing_near() -> None:
    with pytest.raises(ValueError, match="begins with a note"):
        Chord.nearest("m7")


@given(chords)
def test_chords_know_their_tones(chord: Chord) -> None:
    assert len(set(chord.pitch_classes)) == len(chord.intervals)
    assert chord.pitch_classes[0] == chord.root
    assert (chord.inversion is None) == (chord.bass not in chord.pitch_classes)
    assert chord.triad.pitch_classes == chord.pitch_classes[:3]
    assert chord.transposed(5).transposed(7) == chord


def test_impossible_chords_are_refused() -> None:
    with pytest.raises(ValueError, match="root"):
        Chord(12)
    with pytest.raises(ValueError, match="quality"):
        Chord(0, "sad")
    with pytest.raises(ValueError, match="bass"):
        Chord(0, "major", 12)


def test_lines_of_chords_have_bars() -> None:
    bars = chord_bars("C | Am | F G7 | N.C. | Bb/D |")

    assert [[chord and str(chord) for chord in bar] for bar in bars] == [
        ["C"], ["Am"], ["F", "G7"], [None], ["Bb/D"],
    ]  # fmt: skip
    assert chord_bars("I | ii6 V7", key="G major") == chord_bars("| G | Am/C D7 |")
    assert chord_bars("C . . G7 | .") == chord_bars("C C C G7 | G7")
    with pytest.raises(ValueError, match="bar 2"):
        chord_bars("C | what")
    with pytest.raises(ValueError, match="bar 1"):
        chord_bars(". | C")


def test_every_quality_has_one_suffix() -> None:
    assert list(SUFFIXES) == list(QUALITIES)
    assert len(set(SUFFIXES.values())) == len(SUFFIXES)
