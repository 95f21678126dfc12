from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import linnet
from linnet import _compose, form
from linnet._core import Piece

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
NEW, AGO_4, AGO_8 = None, 4, 8


def plan(letters: str, section: int, bars: int) -> list[int | None]:
    return [form.plan(letters, section, bar).like for bar in range(bars)]  # type: ignore[arg-type]


PERIOD = [NEW] * 4 + [AGO_4] * 2 + [NEW] * 2


def test_a_new_section_of_eight_bars_is_a_period() -> None:
    assert plan("A", 8, 8) == PERIOD


def test_a_repeated_letter_is_like_the_section_before() -> None:
    assert plan("AABB", 8, 32) == [*PERIOD, *[AGO_8] * 8, *PERIOD, *[AGO_8] * 8]
    assert plan("AAAB", 4, 16) == [NEW] * 4 + [AGO_4] * 8 + [NEW] * 4


def test_a_letter_that_returns_later_is_new() -> None:
    assert plan("ABA", 4, 12) == [NEW] * 12


def test_the_form_starts_over() -> None:
    assert plan("AB", 4, 16) == [NEW] * 16
    assert plan("A", 4, 12) == [NEW] * 4 + [AGO_4] * 8


def test_short_pieces_have_short_sections() -> None:
    assert [form.section_bars(bars) for bars in (1, 16, 23, 24, 64)] == [4, 4, 4, 8, 8]


def test_wish_and_look_go_together() -> None:
    assert [(bar.likeness, bar.look) for bar in map(form.Bar, (None, 4, 8))] == [
        (1, "nowhere"),
        (4, 4),
        (5, 8),
    ]


@pytest.mark.parametrize("letters", ["A1", "A B", "A-"])
def test_what_is_no_form_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="form must be letters"):
        linnet.load(TINY).generate(bars=4, seed=1, form=letters)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What pieces were told by `Piece.plan` and `Piece.close`."""
    told: list[dict[str, Any]] = []

    class Told(Piece):
        def plan(self, bars: Sequence[Any], **settings: Any) -> None:
            super().plan(bars, **settings)
            told.append({"bars": bars, **settings})

        def close(self, bar: int, **settings: Any) -> None:
            super().close(bar, **settings)
            told[-1] |= {"close": bar, **settings}

    monkeypatch.setattr(_compose, "Piece", Told)
    return told


def test_a_piece_is_told_what_every_bar_is_to_be(plans: list[dict[str, Any]]) -> None:
    linnet.load(TINY).generate(bars=12, seed=1, form="AAB", key="D major")

    [told] = plans
    assert (told["first"], told["close"], told["line"], told["chord"]) == (1, 12, [2], [2, 6, 9])
    assert told["bars"][:12] == [
        (bar.look, bar.likeness) for bar in (form.plan("AAB", 4, i) for i in range(12))
    ]


@pytest.mark.parametrize("letters", ["A", "AB", "AABB", "ABA"])
def test_the_cycle_goes_on_as_the_plan_does(letters: str) -> None:
    bars, again = form.cycle(letters, 8)
    for bar in range(200):
        place = bar if bar < len(bars) else again + (bar - len(bars)) % (len(bars) - again)

        assert bars[place] == form.plan(letters, 8, bar)


def test_a_continuation_begins_its_own_form(plans: list[dict[str, Any]]) -> None:
    model = linnet.load(TINY)
    primer = model.generate(bars=5, seed=1, form="")
    model.generate(primer=primer, bars=8, seed=1, form="AA", key="A minor")

    [told] = plans
    assert (told["first"], told["close"], told["chord"]) == (6, 13, [9, 0, 4])
    assert [look for look, _ in told["bars"][:8]] == ["nowhere"] * 4 + [4] * 4


def test_no_form_plans_nothing(plans: list[dict[str, Any]]) -> None:
    linnet.load(TINY).generate(bars=8, seed=1, form="")

    assert plans == []


def test_a_piece_with_a_form_begins_on_the_beat() -> None:
    model = linnet.load(TINY)
    begin = {form: [first(model, seed, form) for seed in range(40)] for form in ("", "AB")}

    assert set(begin["AB"]) == {0}
    assert any(begin[""])


def first(model: linnet.Model, seed: int, letters: str) -> int:
    score = model.generate(bars=4, seed=seed, form=letters, temperature=2.0)
    return int(score.notes.onset[0])


@pytest.mark.parametrize(("meter", "last_beat"), [("4/4", 24), ("6/8", 36), ("3/4", 24)])
def test_a_line_in_a_key_closes_on_its_tonic(meter: str, last_beat: int) -> None:
    model, struck = linnet.load(TINY), 0
    for seed in range(20):
        settings: dict[str, Any] = {"time_signature": meter, "drums": [], "programs": [0], "polyphony": 1}
        score = model.generate(bars=4, seed=seed, key="E minor", **settings)
        late = score.notes.pitch[score.notes.onset >= score.end - last_beat]
        struck += len(late)
        assert set((late % 12).tolist()) <= {4}
    assert struck


def test_where_the_scale_has_no_tonic_the_scale_wins() -> None:
    score = linnet.load(TINY).generate(bars=8, seed=1, form="AB", key="D major", scale="C major pentatonic")

    assert set((score.notes.pitch % 12).tolist()) <= {0, 2, 4, 7, 9}


def test_without_a_form_nobody_closes_the_piece() -> None:
    model = linnet.load(TINY)
    late = [
        score.notes.pitch[score.notes.onset >= score.end - 24] % 12
        for seed in range(20)
        for score in [model.generate(bars=4, seed=seed, form="", key="E minor", drums=[])]
    ]

    assert {int(pitch) for pitches in late for pitch in pitches} - {4}
