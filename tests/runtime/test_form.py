from pathlib import Path

import pytest

import linnet
from linnet import _compose, form, wishes
from linnet._core import Tracker

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
NEW, AGO_4, AGO_8 = 1, 4, 5


def plan(letters: str, section: int, bars: int) -> list[int]:
    return [form.likeness(letters, section, bar) for bar in range(bars)]


def test_a_repeated_letter_is_like_the_section_before() -> None:
    assert plan("AABB", 8, 32) == [NEW] * 8 + [AGO_8] * 8 + [NEW] * 8 + [AGO_8] * 8
    assert plan("AAAB", 4, 16) == [NEW] * 4 + [AGO_4] * 8 + [NEW] * 4


def test_a_letter_that_returns_later_is_new() -> None:
    assert plan("ABA", 4, 12) == [NEW] * 12


def test_the_form_starts_over() -> None:
    assert plan("AB", 4, 16) == [NEW] * 16
    assert plan("A", 4, 12) == [NEW] * 4 + [AGO_4] * 8


def test_short_pieces_have_short_sections() -> None:
    assert [form.section_bars(bars) for bars in (1, 16, 23, 24, 64)] == [4, 4, 4, 8, 8]


@pytest.mark.parametrize("letters", ["A1", "A B", "A-"])
def test_what_is_no_form_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="form must be letters"):
        linnet.load(TINY).generate(bars=4, seed=1, form=letters)


class Heard(Tracker):
    """Notes which wish for likeness rules each bar."""

    wished: dict[int, int]

    def wish(self, values: object) -> None:
        super().wish(values)  # type: ignore[arg-type]
        if self.bars:
            self.wished[self.bars] = list(values)[wishes.INDEX["likeness"]]  # type: ignore[call-overload]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    Heard.wished = {}
    monkeypatch.setattr(_compose, "Tracker", Heard)
    return Heard.wished


def test_sections_count_from_the_first_whole_bar(heard: dict[int, int]) -> None:
    model, upbeats = linnet.load(TINY), set()
    for seed in range(40):
        heard.clear()
        score = model.generate(bars=12, seed=seed, form="AAB", temperature=2.0, drums=[])
        upbeat = bool(0 < score.notes.onset[0] < score.bar_ticks()[1])
        upbeats.add(upbeat)
        bars = range(2, 13)
        assert [heard[bar] for bar in bars] == plan("AAB", 4, 13)[1 - upbeat :][: len(bars)]
    assert upbeats == {False, True}


def test_a_continuation_begins_its_own_form(heard: dict[int, int]) -> None:
    model = linnet.load(TINY)
    primer = model.generate(bars=5, seed=1, form="")
    heard.clear()
    model.generate(primer=primer, bars=8, seed=1, form="AA")

    assert [heard[bar] for bar in range(6, 14)] == [NEW] * 4 + [AGO_4] * 4


def test_no_form_wishes_nothing(heard: dict[int, int]) -> None:
    linnet.load(TINY).generate(bars=8, seed=1, form="")

    assert heard == {}
