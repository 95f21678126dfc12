"""Forms of training pieces: what comes back where, and nothing of the melody."""

from dataclasses import replace
from pathlib import Path

import pytest

from linnet.controls.form import Form
from linnet.controls.plan_reading import sources
from linnet.controls.wishes import INDEX
from linnet.engine.engine import read_info
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet.tokens import features
from linnet_export import cli
from linnet_train.data.forms import form_of, forms
from tests.train.corpora import corpus, piece

BAR = 96
OPENING, OTHER, THIRD = (60, 62, 64, 65), (67, 65, 62, 60), (72, 71, 69, 67)


def music(*bars: tuple[int, ...], meters: tuple[int, ...] = (0,)) -> Score:
    """Bars of so many equal notes, in 4/4; 0 is a rest. A meter is said at the beginning of these bars."""
    notes = [
        Note(BAR * i + BAR * k // len(bar), BAR // len(bar), pitch, 90)
        for i, bar in enumerate(bars)
        for k, pitch in enumerate(bar)
        if pitch
    ]
    signatures = tuple(TimeSignature(BAR * bar, 4 - (i % 2), 4) for i, bar in enumerate(meters))
    return Score(24, (Track(Notes.of(notes)),), time_signatures=signatures, end=BAR * len(bars))


def test_a_bar_looks_at_the_one_it_has_most_in_common_with() -> None:
    score = music(OPENING, OTHER, (*OPENING[:2], 50, 51), OTHER, THIRD)

    assert sources(score) == [
        (0, 0, 0.0),
        (0, 0, 0.0),
        (2, 0b0011, pytest.approx(2 / 6)),
        (2, 0b1111, 1.0),
        (0, 0, 0.0),
    ]


def test_quarters_without_a_note_are_alike_too() -> None:
    score = music((60, 0, 64, 0), (60, 0, 65, 0))

    assert sources(score)[1] == (1, 0b1011, pytest.approx(1 / 3))


def test_of_bars_that_are_equally_alike_the_one_that_a_wish_names_counts() -> None:
    found = sources(music(OPENING, OTHER, OPENING, THIRD, OPENING, *[OTHER] * 2, OPENING, THIRD))

    assert found[4][0] == 2  # 2 and 4 bars ago
    assert found[7][0] == 3  # 3, 5 and 7 bars ago
    assert found[8][0] == 5


def test_a_form_is_what_the_model_file_reads() -> None:
    own = form_of(piece(music((0, 0, 0, 67), *[OPENING, OTHER] * 4), style=2))
    form = Form.of(own)

    assert (form.time_signature, form.upbeat, len(form)) == ("4/4", True, 9)
    assert form.rows["source"] == "000222222"
    assert form.rows["quarters"] == "000ffffff"
    assert form.rows["likeness"] == "111333333"
    assert form.rows["density"] == "1" + "3" * 8
    assert form.wishes["style"] == 3
    tonic = (form.wishes["key"] - 1) % 12
    assert {(step + tonic) % 12 for step in form.scale} == {0, 2, 4, 5, 7}


def test_a_form_brings_of_the_plan_what_was_learnt() -> None:
    tune = piece(music(*[OPENING, OTHER, THIRD, (60, 60)] * 2))
    plain, planned = form_of(tune), form_of(tune, plan=("cadence", "loudness", "chords"))
    form = Form.of(planned)

    assert "chords" not in plain
    assert set(planned["rows"]) - set(plain["rows"]) == {"cadence", "loudness"}
    assert form.plan_rows == ["cadence", "loudness"]
    for name in form.plan_rows:
        assert form.rows[name] == "".join(f"{value:x}" for value in tune.wishes[1:, INDEX[name]])
    for bar, cells in zip(form.bars(8, upbeat=True), tune.wishes[1:, features.CHORDS].tolist(), strict=True):
        beats = [cell for cell in cells if cell]
        assert len(beats) == 4
        assert [bar.wishes[features.CHORDS.start + beat] for beat in range(4)] == beats


def test_a_form_says_who_plays_where_the_network_is_told_of_roles() -> None:
    tune = replace(piece(music(*[OPENING, OTHER, THIRD, (60, 60)] * 2)), roles=(1, *[0] * 15))
    form = Form.of(form_of(tune, players=True))

    assert (form.players, form.kit) == ([[1, 0]], False)
    assert "players" not in form_of(tune)


def test_new_bars_may_look_anywhere() -> None:
    tune = piece(music(OPENING, OTHER, (*OPENING[:2], 50, 51)))
    looks = [
        [(bar.source, bar.quarters) for bar in Form.of(form_of(tune, anywhere=anywhere)).bars(3, upbeat=True)]
        for anywhere in (False, True)
    ]

    assert looks[0] == [("nowhere", 0), ("nowhere", 0), (2, 3)]
    assert looks[1] == [("anywhere", 15), ("anywhere", 15), (2, 3)]


def test_what_comes_back_from_another_distance_is_wished_for_as_from_8() -> None:
    bars = [OPENING, OTHER, THIRD, (48, 50, 52, 53), (55, 53, 51, 50)]
    own = form_of(piece(music(*bars, *bars)))

    assert own["rows"]["source"] == "0000055555"
    assert own["rows"]["likeness"] == "1111155555"


def test_a_bar_may_come_back_from_as_far_as_the_tracker_remembers() -> None:
    """Drummers take up bars from long ago."""
    new = [(pitch,) for pitch in range(40, 90)]
    form = Form.of(form_of(piece(music(*new[:20], new[0], *new[20:50], new[0]))))

    assert [bar.source for bar in form.bars(100, upbeat=False) if isinstance(bar.source, int)] == [20, 31]


def test_forms_come_evenly_from_styles_meters_and_lengths() -> None:
    pieces = [
        piece(music(*[OPENING] * bars), style=style)
        for style in range(2)
        for bars in (8, 8, 8, 8, 12, 12, 12, 12)
    ]
    chosen = [Form.of(entry) for entry in forms(corpus(pieces, []), 4)]

    assert [(form.wishes["style"], len(form)) for form in chosen] == [(1, 8), (1, 12), (2, 8), (2, 12)]
    assert len(forms(corpus(pieces, []), 100)) == 16


def test_pieces_that_change_their_meter_or_are_short_have_no_form() -> None:
    changing = piece(music(*[OPENING] * 12, meters=(0, 4)))
    brief = piece(music(*[OPENING] * 7))

    assert forms(corpus([changing, brief], []), 10) == []


def test_long_pieces_are_cut() -> None:
    assert len(Form.of(form_of(piece(music(*[OPENING] * 100))))) == 64


@pytest.mark.parametrize(
    ("options", "count"), [([], 22), (["--forms", "5"], 5), (["--forms", "0"], 0), (["--form", "AABB"], 0)]
)
def test_a_model_brings_its_forms_along(run: Path, tmp_path: Path, options: list[str], count: int) -> None:
    path = tmp_path / "wren.onnx"
    assert cli.main([str(run), "-o", str(path), "--fp32", "--parity-tokens", "200", *options]) == 0

    assert len(read_info(path).forms) == count
