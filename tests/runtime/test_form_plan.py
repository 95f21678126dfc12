"""What a form of people's music says of a plan besides: cadences, loudness, who plays, chords."""

from typing import Any

import pytest

from linnet.controls import form
from linnet.controls.form import PLAN_ROWS, Bar, Form
from linnet.controls.plan_rows import chord_cell
from linnet.controls.wishes import INDEX
from linnet.music.chord import Chord
from linnet.tokens import features

C, F, G = (chord_cell(Chord(root)) for root in (0, 5, 7))
PLAN = {"cadence": "2233", "phrase_left": "2121", "loudness": "4567", "plays_0": "2222", "plays_kit": "1122"}


def entry(**changed: Any) -> dict[str, Any]:
    rows = dict.fromkeys(form.ROWS, "1111") | {"source": "0000", "quarters": "0000"}
    own = {
        "time_signature": "4/4",
        "upbeat": False,
        "scale": [0, 4, 7],
        "wishes": {"key": 1, "tempo": 20, "style": 0},
        "rows": rows | PLAN,
        "chords": [[C], [F, F, G], [], [G, G, C]],
    }
    return own | changed


def told(bar: Bar) -> dict[str, int]:
    names = {column: name for name, column in INDEX.items()}
    return {names[column]: value for column, value in bar.wishes.items() if names.get(column) in PLAN_ROWS}


def cells(bar: Bar) -> list[int]:
    return [bar.wishes.get(column, 0) for column in range(features.CHORDS.start, features.CHORDS.stop)]


def test_every_bar_is_told_what_the_form_says_of_it() -> None:
    bars = Form.of(entry()).bars(4, upbeat=True)
    assert told(bars[1]) == {"cadence": 2, "phrase_left": 1, "loudness": 5, "plays_0": 2, "plays_kit": 1}
    assert [told(bar)["cadence"] for bar in bars] == [2, 2, 3, 3]


def test_the_last_chord_of_a_bar_goes_on_to_the_bar_line() -> None:
    bars = Form.of(entry()).bars(4, upbeat=True)
    assert [cells(bar)[:4] for bar in bars] == [[C] * 4, [F, F, G, G], [0] * 4, [G, G, C, C]]


def test_a_form_cut_short_ends_with_its_last_chords() -> None:
    bars = Form.of(entry()).bars(2, upbeat=True)
    assert [cells(bar)[0] for bar in bars] == [C, G]


def test_chords_are_not_told_in_a_piece_of_the_other_mode() -> None:
    forms = (Form.of(entry()),)
    for is_minor, expected in ((None, C), (False, C), (True, 0)):
        bar = form.plan("0", forms, 4, is_minor=is_minor).bars[0]
        assert cells(bar)[0] == expected
        assert told(bar)["cadence"] == 2


def test_a_form_of_before_there_were_plans_says_what_it_said() -> None:
    own = entry(rows={name: row for name, row in entry()["rows"].items() if name in form.ROWS})
    del own["chords"]
    bars = Form.of(own).bars(4, upbeat=True)
    assert [set(bar.wishes) for bar in bars] == [{INDEX[name] for name in form.ROWS[2:]}] * 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"chords": [[C]] * 3},
        {"chords": [[86]] * 4},
        {"chords": [[-1]] * 4},
        {"chords": [[1.5]] * 4},
        {"chords": [[True]] * 4},
        {"chords": [[C] * 9] * 4},
        {"chords": 4},
        {"rows": entry()["rows"] | {"cadence": "4444"}},
        {"rows": entry()["rows"] | {"plays_kit": "222"}},
    ],
    ids=str,
)
def test_what_is_no_plan_is_not_read(wrong: dict[str, Any]) -> None:
    Form.of(entry())
    with pytest.raises((ValueError, TypeError, LookupError)):
        Form.of(entry(**wrong))
