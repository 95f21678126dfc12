from collections.abc import Sequence

import pytest

from linnet.controls import wishes
from linnet.controls.plan_rows import NO_CHORD_CELL
from linnet.music.key import KEYS, estimate_key
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import TEMPOS

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11)


def score(*parts: Sequence[tuple[int, int, int]], drums: bool = False, **settings: object) -> Score:
    """Tracks of (onset, duration, pitch) on the grid of 24 ticks, in 4/4 unless said otherwise."""
    tracks = tuple(Track(Notes.of([Note(*row, 90) for row in part]), is_drum=drums) for part in parts)
    return Score(24, tracks, **settings)  # type: ignore[arg-type]


def measured(music: Score, name: str, **settings: int) -> list[int]:
    """One wish, row by row: the header, then every bar."""
    return wishes.measure(codec.quantise(music), **settings)[:, wishes.INDEX[name]].tolist()


def bars_of(notes: int, length: int = 96) -> list[tuple[int, int, int]]:
    """One bar with so many notes, evenly spread."""
    return [(length * i // notes, 1, 60) for i in range(notes)]


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(("mode", "scale"), [("major", MAJOR), ("minor", MINOR)])
def test_a_scale_up_to_its_octave_and_down_tells_its_key(
    tonic: int, mode: str, scale: tuple[int, ...]
) -> None:
    degrees = [*scale, 12, *reversed(scale), 7, 0]
    tune = score([(12 * i, 12, 60 + tonic + degree) for i, degree in enumerate(degrees)])
    key = estimate_key(tune.notes)

    assert key is not None
    assert KEYS[key].endswith(mode)
    assert key % 12 == tonic
    assert set(measured(tune, "key")) == {key + 1}


def test_longer_notes_count_for_more_in_the_key() -> None:
    def triads(*chords: tuple[tuple[int, ...], int]) -> Notes:
        onset, rows = 0, []
        for chord, duration in chords:
            rows += [Note(onset, duration, 60 + pitch, 90) for pitch in chord]
            onset += duration
        return Notes.of(rows)

    c, g = (0, 4, 7), (7, 11, 14)
    assert KEYS[estimate_key(triads((c, 90), (g, 10))) or 0] == "C major"
    assert KEYS[estimate_key(triads((c, 10), (g, 90))) or 0] == "G major"


@pytest.mark.parametrize("pitches", [[], list(range(60, 72))], ids=["silence", "all twelve alike"])
def test_music_without_a_key_wishes_none(pitches: list[int]) -> None:
    music = score([(12 * i, 12, pitch) for i, pitch in enumerate(pitches)])

    assert estimate_key(music.notes) is None
    assert set(measured(music, "key")) == {0}


def test_drums_have_no_key_register_or_polyphony_but_density() -> None:
    music = score(bars_of(8), drums=True)

    assert [measured(music, name) for name in ("key", "register", "polyphony")] == [[0, 0]] * 3
    assert measured(music, "density") == [0, 5]


@pytest.mark.parametrize(
    ("notes", "value"), [(0, 1), (1, 1), (2, 2), (4, 3), (6, 4), (8, 5), (12, 6), (16, 7), (24, 8)]
)
def test_density_counts_onsets_a_quarter(notes: int, value: int) -> None:
    assert measured(score(bars_of(notes), end=96), "density") == [0, value]


@pytest.mark.parametrize(("voices", "value"), [(1, 1), (2, 2), (3, 3), (4, 4), (6, 5), (7, 6)])
def test_polyphony_counts_what_sounds_together(voices: int, value: int) -> None:
    chord = score([(0, 48, 60 + i) for i in range(voices)])

    assert measured(chord, "polyphony") == [0, value]


def test_silence_does_not_thin_the_polyphony() -> None:
    assert measured(score([(0, 1, 60), (0, 1, 64), (0, 1, 67)]), "polyphony") == [0, 3]


def test_a_note_held_over_the_bar_line_sounds_in_both_bars() -> None:
    held = score([(0, 192, 60), (0, 192, 64)])

    assert measured(held, "polyphony") == [0, 2, 2]
    assert measured(held, "density") == [0, 2, 1]


@pytest.mark.parametrize(("pitch", "value"), [(36, 1), (48, 2), (60, 3), (66, 4), (74, 4), (75, 5), (100, 5)])
def test_register_is_the_mean_pitch(pitch: int, value: int) -> None:
    music = score([(0, 24, pitch - 2), (24, 24, pitch + 2)])

    assert measured(music, "register") == [0, value]


def test_tempo_is_that_of_the_bar_line() -> None:
    tempos = (TempoChange(0, 1_000_000), TempoChange(96, 500_000), TempoChange(240, 250_000))
    music = score([(0, 384, 60)], tempos=tempos)

    assert [TEMPOS[value - 1] for value in measured(music, "tempo")] == [60, 60, 120, 120, 240]


def test_bars_left_counts_down_to_the_last_bar_and_stops_counting_above_sixteen() -> None:
    assert measured(score([(0, 24, 60)], end=3 * 96), "bars_left") == [4, 3, 2, 1]
    assert measured(score([(0, 24, 60)], end=19 * 96), "bars_left") == [17, 17, 17, 17, *range(16, 0, -1)]


def phrase(bar: int, *pitches: int) -> list[tuple[int, int, int]]:
    return [(96 * bar + 12 * i, 12, pitch) for i, pitch in enumerate(pitches)]


def test_likeness_names_the_distance_to_the_bar_most_like_this_one() -> None:
    a, b = (60, 62, 64, 65), (72, 71, 69, 67)
    contents = [a, b, b, b, a, (), *[(50 + i, 40 + i) for i in range(3)], b, b, (), a]
    music = score([row for bar, pitches in enumerate(contents) for row in phrase(bar, *pitches)])
    new, back_1, back_4, back_8, empty = 1, 2, 4, 5, 0

    assert measured(music, "likeness") == [
        0, new, new, back_1, back_1, back_4, empty, new, new, new, back_8, back_1, empty, back_8,
    ]  # fmt: skip


def test_a_bar_that_shares_most_of_its_notes_is_alike_and_one_that_shares_half_is_new() -> None:
    alike = score(phrase(0, 60, 62, 64, 65) + phrase(1, 60, 62, 64, 67))  # 3 of 5
    unlike = score(phrase(0, 60, 62, 64, 65) + phrase(1, 60, 62, 69, 67))  # 2 of 6

    assert measured(alike, "likeness")[2] == 2
    assert measured(unlike, "likeness")[2] == 1


def test_the_same_pitches_at_other_places_are_a_new_bar() -> None:
    moved = [(onset + 3, duration, pitch) for onset, duration, pitch in phrase(1, 60, 62, 64, 65)]

    assert measured(score(phrase(0, 60, 62, 64, 65) + moved), "likeness")[2] == 1


def test_style_stands_in_every_row_and_without_one_there_is_no_wish() -> None:
    music = score(phrase(0, 60), phrase(1, 62))

    assert measured(music, "style", style=0) == [1, 1, 1]
    assert measured(music, "style", style=31) == [32, 32, 32]
    assert measured(music, "style") == [0, 0, 0]


def test_empty_bars_have_density_but_no_polyphony_register_or_likeness() -> None:
    music = score(phrase(0, 60, 62) + phrase(2, 60, 62))

    rows = wishes.measure(codec.quantise(music))
    empty = {name: int(rows[2, column]) for name, column in wishes.INDEX.items()}
    assert empty["density"] == 1
    assert (empty["polyphony"], empty["register"], empty["likeness"]) == (0, 0, 0)
    assert empty["key"] == rows[0, wishes.INDEX["key"]]


def test_there_is_a_row_for_the_header_and_for_every_bar() -> None:
    meters = (TimeSignature(0, 3, 4), TimeSignature(72, 6, 8), TimeSignature(100, 4, 4))
    music = codec.quantise(score([(0, 300, 60)], time_signatures=meters))

    assert wishes.measure(music).shape == (music.bars + 1, features.ROW_WIDTH)
    assert music.bars == 5


def test_the_header_leaves_to_the_bars_what_differs_between_them() -> None:
    header = wishes.measure(codec.quantise(score(phrase(0, 60, 64, 67))))[0]

    assert {name for name, column in wishes.INDEX.items() if header[column]} == {"key", "tempo", "bars_left"}


def test_the_performance_base_has_one_row_for_the_whole_piece() -> None:
    music = codec.quantise(
        score([(24 * i, 24, 60 + i) for i in range(16)]), "performance"
    )  # 8 s, 2 notes a second
    rows = wishes.measure(music, style=4)

    assert rows.shape == (1, features.ROW_WIDTH)
    said = {name: int(rows[0, column]) for name, column in wishes.INDEX.items() if rows[0, column]}
    assert {name for name in said if name != "key"} == {"density", "polyphony", "register", "style"}
    assert (said["density"], said["polyphony"], said["register"], said["style"]) == (3, 1, 4, 5)


def test_every_value_has_an_id() -> None:
    counts = [
        *(count for _, count in features.WISHES),
        *[NO_CHORD_CELL + 1] * (features.ROW_WIDTH - len(features.WISHES)),
    ]
    crowded = score([(3 * i, 96, 20 + i % 100) for i in range(500)], drums=False)

    assert (wishes.measure(codec.quantise(crowded), style=31) < counts).all()


def test_what_nobody_can_measure_is_no_wish() -> None:
    rows = wishes.measure(codec.quantise(score(phrase(0, 60, 64, 67))), style=1)
    unmeasured = [column for name, column in wishes.INDEX.items() if name not in wishes.MEASURED]

    assert len(unmeasured) == 3
    assert not rows[:, unmeasured].any()
