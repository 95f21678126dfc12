"""Rare meters: old choir music stands in 2/1, 4/2 and 3/1, newer music in 5/8 and 7/16."""

from dataclasses import replace
from pathlib import Path

import pytest

import linnet
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import COMMON_METERS, METERS, common_meter, describe, table

DATA = Path(__file__).parents[1] / "data"
RARE = METERS[COMMON_METERS:]


@pytest.fixture(scope="module")
def knows() -> linnet.Model:
    """The network of tiny.onnx, carried on with tunes in rare meters."""
    return linnet.load(DATA / "meters.onnx")


def halves(meter: str, bars: int = 3) -> Score:
    """As many halves as begin in each of so many bars."""
    signature = TimeSignature.named(meter)
    bar = 96 * signature.numerator // signature.denominator
    notes = [
        Note(start + tick, min(48, bar - tick), 60 + tick // 24, 80)
        for start in range(0, bars * bar, bar)
        for tick in range(0, bar, 48)
    ]
    return Score(24, (Track(Notes.of(notes)),), time_signatures=(signature,), end=bars * bar)


@pytest.mark.parametrize("meter", RARE)
def test_the_codec_keeps_the_meter(meter: str) -> None:
    score = codec.quantise(halves(meter))
    tokens = codec.encode(score)

    assert score.time_signatures == halves(meter).time_signatures
    assert [describe(int(token)) for token in tokens].count(f"time_signature {meter}") == 1
    assert codec.decode(tokens) == score
    assert score.bars == 3


@pytest.mark.parametrize("meter", RARE)
def test_a_model_that_knows_it_plays_in_it(knows: linnet.Model, meter: str) -> None:
    piece = knows.generate(bars=5, seed=1, time_signature=meter)

    assert piece.time_signatures == (TimeSignature.named(meter),)
    assert piece.bars == 5
    assert piece.notes


@pytest.mark.parametrize("meter", RARE)
def test_a_primer_goes_on_in_it(knows: linnet.Model, meter: str) -> None:
    both = knows.generate(primer=halves(meter), bars=2, with_primer=True, seed=1)

    assert both.time_signatures == (TimeSignature.named(meter),)
    assert both.bars == 5


@pytest.mark.parametrize("meter", RARE)
def test_a_model_of_before_says_in_a_line_which_it_knows(meter: str) -> None:
    tiny = linnet.load(DATA / "tiny.onnx")
    nearest = METERS[common_meter(METERS.index(meter))]
    assert tiny.info.meters == METERS[:COMMON_METERS]
    with pytest.raises(ValueError, match=rf"is in {meter}, which tiny does not know.*nearest is {nearest}$"):
        tiny.generate(bars=2, time_signature=meter)
    with pytest.raises(ValueError, match=rf"goes on in {meter}, which tiny does not know.*is {nearest}$"):
        tiny.generate(primer=halves(meter))


def test_a_model_of_before_never_begins_in_one() -> None:
    tiny = linnet.load(DATA / "tiny.onnx")
    found = {tiny.generate(bars=1, seed=seed, temperature=10).time_signatures[0] for seed in range(40)}

    assert {f"{each.numerator}/{each.denominator}" for each in found} <= set(tiny.info.meters)


def test_bars_that_a_model_of_before_does_not_know_are_read_as_others() -> None:
    changes = (TimeSignature(0, 2, 1), TimeSignature(2 * 192, 4, 4))
    primer = replace(halves("2/1", bars=4), time_signatures=changes)
    heard = codec.quantise(primer, "grid", METERS[:COMMON_METERS])

    assert heard.time_signatures == (TimeSignature(0, 4, 4),)  # bars of half the length
    tiny = linnet.load(DATA / "tiny.onnx")
    both = tiny.generate(primer=primer, bars=2, with_primer=True, seed=1)
    assert both.time_signatures == changes
    assert both.bars == primer.bars + 2


def test_long_bars_are_told_by_whole_notes() -> None:
    tokens = codec.encode(halves("3/1", bars=1))
    rows = features.compute(tokens, "grid")
    onsets = [i for i, token in enumerate(tokens) if describe(int(token)).startswith("note")]
    told = {family.name: family for family in features.FAMILIES}

    def seen(name: str) -> list[int]:
        family = told[name]
        return [int(rows[i, family.first_column]) - family.first_id for i in onsets]

    assert seen("bar_position") == [0, 48] * 3
    assert seen("whole_note") == [0, 0, 1, 1, 2, 2]
    assert seen("to_bar_line") == [95, 47] * 3
    assert set(seen("rare_time_signature")) == {2}
    assert not rows[:, told["time_signature"].first_column].any()


def test_a_stream_is_saved_and_goes_on_in_a_long_bar(knows: linnet.Model) -> None:
    stream = knows.stream(seed=3, time_signature="3/1", bpm=120)
    stream.advance(10.0)
    again = knows.restore(stream.save())

    assert [note.pitch for note in stream.advance(20.0)] == [note.pitch for note in again.advance(20.0)]


def test_the_vocabulary_of_before_had_their_tokens_in_reserve() -> None:
    before = table(rare=False)

    assert before["families"][-1] == ["reserved", 633, 39, 0, 1]  # type: ignore[index]  # a list
    assert before == linnet.load(DATA / "tiny.onnx").info.vocabulary | {
        "families": before["families"],
    }
