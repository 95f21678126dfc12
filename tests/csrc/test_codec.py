"""Tokens of whole scores, as csrc/codec.h has them, beside the slow way."""

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from linnet._core import write_tokens
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase
from tests.csrc import codec_oracle
from tests.runtime.scores import scores


@pytest.mark.parametrize("time_base", ["grid", "performance"])
@given(score=scores)
def test_tokens_are_those_of_the_slow_way(time_base: TimeBase, score: Score) -> None:
    quantised = codec.quantise(score, time_base)

    assert codec.encode_quantised(quantised, time_base).tolist() == codec_oracle.encode(quantised, time_base)


NOTE = (0, 0, 60, 82, 24)  # tick, slot, pitch, velocity, duration


Rows = tuple[tuple[int, ...], ...]


def whole(rows: Rows) -> NDArray[np.int64]:
    return np.array(rows, np.int64)


def count(
    *notes: tuple[int, ...], bars: Rows = ((0,), (2,)), tempos: Rows = ((0,), (3,)), room: int = 100
) -> int:
    columns, tokens = np.ascontiguousarray(whole(notes).T), np.empty(room, np.uint16)
    return write_tokens(columns, whole(bars), whole(tempos), end=96, tokens=tokens)


def test_one_note_in_one_bar_is_seven_tokens() -> None:
    assert count(NOTE) == len(("bar", "time_signature", "tempo", "slot", "velocity", "note", "duration_fine"))


@pytest.mark.parametrize(
    ("column", "value"),
    [(0, -1), (0, 1 << 24), (1, 16), (1, -2), (2, 128), (3, 1), (3, 130), (4, 0), (4, 1536)],
)
def test_a_note_that_has_no_token_is_refused(column: int, value: int) -> None:
    wrong = [*NOTE]
    wrong[column] = value
    with pytest.raises(ValueError, match="quantise the score first"):
        count(tuple(wrong))


def test_what_is_out_of_order_or_range_is_refused() -> None:
    for bars in (((0,), (-1,)), ((0,), (17,)), ((96, 0), (2, -1))):
        with pytest.raises(ValueError, match="quantise the score first"):
            count(NOTE, bars=bars)
    with pytest.raises(ValueError, match="quantise the score first"):
        count(NOTE, tempos=((0,), (32,)))
    with pytest.raises(ValueError, match="quantise the score first"):
        count((24, *NOTE[1:]), NOTE)


def test_too_little_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room for 7, got 6"):
        count(NOTE, room=6)
