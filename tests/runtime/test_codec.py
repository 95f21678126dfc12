import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet._core import Tracker
from linnet.errors import VocabularyError
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import SIZE, TEMPOS, describe
from tests.runtime.scores import scores

TIME_BASES = ("grid", "performance")
DATA = Path(os.environ.get("LINNET_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def words(score: Score, time_base: TimeBase = "grid") -> list[str]:
    return [describe(token) for token in codec.encode(score, time_base).tolist()]


def melody(*rows: tuple[int, int, int, int], **settings: object) -> Score:
    return Score(24, (Track(Notes.of([Note(*row) for row in rows])),), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("time_base", TIME_BASES)
@given(score=scores)
def test_decoding_gives_the_quantised_score(time_base: TimeBase, score: Score) -> None:
    assert codec.decode(codec.encode(score, time_base), time_base) == codec.quantise(score, time_base)


@pytest.mark.parametrize("time_base", TIME_BASES)
@given(score=scores)
def test_quantising_twice_changes_nothing(time_base: TimeBase, score: Score) -> None:
    once = codec.quantise(score, time_base)

    assert codec.quantise(once, time_base) == once


@pytest.mark.parametrize("time_base", TIME_BASES)
@given(score=scores)
def test_the_grammar_allows_every_token_of_a_score(time_base: TimeBase, score: Score) -> None:
    tracker, mask = Tracker(time_base), np.zeros(SIZE, np.uint8)
    for token in codec.encode(score, time_base).tolist():
        tracker.mask(mask)
        assert mask[token], describe(token)
        tracker.advance(token)
    assert tracker.finished


EOS, BAR = 2, 113


def random_walk(time_base: str, seed: int, length: int) -> list[int]:
    """Tokens drawn evenly from what the grammar allows; after `length` it ends as soon as it may."""
    generator = np.random.default_rng(seed)
    tracker, mask, tokens = Tracker(time_base), np.zeros(SIZE, np.uint8), []
    while not tracker.finished:
        assert tracker.mask(mask) == mask.sum() > 0
        token = int(generator.choice(np.flatnonzero(mask)))
        while token == EOS:
            token = int(generator.choice(np.flatnonzero(mask)))
        if len(tokens) >= length and (mask[EOS] or mask[BAR]):
            token = EOS if mask[EOS] else BAR
        tokens.append(token)
        tracker.advance(token)
    return tokens


@pytest.mark.parametrize("time_base", TIME_BASES)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), length=st.integers(3, 400))
def test_encoding_gives_back_every_legal_token_sequence(time_base: TimeBase, seed: int, length: int) -> None:
    tokens = random_walk(time_base, seed, length)

    assert codec.encode(codec.decode(tokens, time_base), time_base).tolist() == tokens


@pytest.mark.skipif(not (DATA / "train").is_dir(), reason="no training music at LINNET_DATA")
@pytest.mark.parametrize("time_base", TIME_BASES)
def test_real_music_survives_the_round_trip(time_base: TimeBase) -> None:
    """Every 40th file here; `python -m benchmarks.speed.tokens` checks all of them."""
    files = sorted((DATA / "train").rglob("*.mid"))[::40]
    assert files
    for path in files:
        score = Score.open(path)
        tokens = codec.encode(score, time_base)
        decoded = codec.decode(tokens, time_base)
        assert decoded == codec.quantise(score, time_base), path
        assert np.array_equal(codec.encode(decoded, time_base), tokens), path


def test_a_note_costs_shift_note_duration() -> None:
    assert words(melody((0, 12, 60, 90), (12, 12, 62, 90))) == [
        "bos", "slot 0", "program 0", "bar", "time_signature 4/4", "tempo 120 bpm",
        "slot 0", "velocity 90", "note 60", "duration_fine 12", "shift_fine 12", "note 62",
        "duration_fine 12", "eos",
    ]  # fmt: skip


def test_a_chord_is_written_downwards_and_drums_upwards_before_it() -> None:
    chord = Track(Notes.of([Note(0, 24, pitch, 90) for pitch in (60, 64, 67)]), program=4)
    drums = Track(Notes.of([Note(0, 6, pitch, 90) for pitch in (42, 36)]), is_drum=True)

    assert words(Score(24, (drums, chord)))[6:] == [
        "velocity 90", "drum 36", "drum 42", "slot 0", "velocity 90", "note 67", "duration_fine 24",
        "note 64", "duration_fine 24", "note 60", "duration_fine 24", "eos",
    ]  # fmt: skip


def test_a_bar_token_moves_to_the_bar_line_without_a_shift() -> None:
    assert words(melody((0, 24, 60, 90), (192, 24, 60, 90)))[10:] == [
        "bar", "bar", "note 60", "duration_fine 24", "eos",
    ]  # fmt: skip


def test_a_pickup_bar_is_cut_by_the_signature_that_follows() -> None:
    score = melody(
        (0, 12, 60, 90), (12, 36, 62, 90),
        time_signatures=(TimeSignature(0, 1, 8), TimeSignature(12, 6, 8)),
    )  # fmt: skip

    assert words(score)[4:] == [
        "time_signature 3/8", "tempo 120 bpm", "slot 0", "velocity 90", "note 60", "duration_fine 12",
        "shift_fine 12", "time_signature 6/8", "note 62", "duration_fine 36", "eos",
    ]  # fmt: skip
    assert codec.decode(codec.encode(score)).bar_ticks().tolist() == [0, 12]


@pytest.mark.parametrize(
    ("meter", "bar"), [((4, 8), 48), ((9, 16), 54), ((10, 16), 60), ((1, 4), 24), ((5, 2), 120)]
)
def test_unlisted_signatures_keep_their_bar_lines(meter: tuple[int, int], bar: int) -> None:
    score = melody((0, 24, 60, 90), (479, 1, 60, 90), time_signatures=(TimeSignature(0, *meter),))

    assert np.unique(np.diff(codec.quantise(score).bar_ticks())).tolist() == [bar]


def test_a_pitch_struck_while_it_sounds_ends_the_earlier_note() -> None:
    quantised = codec.quantise(melody((0, 48, 60, 90), (24, 48, 60, 90)))

    assert list(quantised.notes) == [Note(0, 24, 60, 90), Note(24, 48, 60, 90)]


def test_the_performance_base_counts_hundredths_of_a_second() -> None:
    score = Score(480, (Track(Notes.of([Note(480, 480, 60, 90)])),), (TempoChange(0, 600_000),))

    assert list(codec.quantise(score, "performance").notes) == [Note(60, 60, 60, 90)]


@pytest.mark.parametrize("bpm", TEMPOS)
def test_every_tempo_token_is_its_own_nearest(bpm: int) -> None:
    tempo = round(60e6 / bpm)

    assert codec.quantise(Score(24, tempos=(TempoChange(0, tempo),))).tempos == (TempoChange(0, tempo),)


def test_an_unfinished_note_is_left_out() -> None:
    tokens = codec.encode(melody((0, 12, 60, 90), (12, 12, 62, 90)))

    assert len(codec.decode(tokens[:-2]).notes) == 1


@pytest.mark.parametrize(
    "tokens", [[1, 700], [1, 463], [1, 334], [1, 113, 114, 158, 302, 334, 334], [1, 175]]
)
def test_tokens_that_cannot_stand_are_named(tokens: list[int]) -> None:
    with pytest.raises(VocabularyError):
        codec.decode(tokens)


def test_a_piece_of_weeks_is_refused_instead_of_filling_the_memory() -> None:
    with pytest.raises(ValueError, match="too long"):
        codec.encode(melody((1 << 40, 1, 60, 90)))


def test_of_too_many_parts_those_of_one_program_and_role_share_a_slot() -> None:
    lines = [Track(Notes.of([Note(96 * bar, 90, 60 + i, 80) for bar in range(4)]), 40 + i) for i in range(13)]
    horns = [Track(Notes.of([Note(96 * bar, 90, 55 + i, 80) for bar in range(4)]), 60) for i in range(2)]
    tuba = Track(Notes.of([Note(96 * bar, 90, 30, 80) for bar in range(4)]), 58)
    low_horn = Track(
        Notes.of([Note(96 * bar, 24, 33, 80) for bar in range(4)]), 60
    )  # lowest but for the tuba
    found = codec.quantise(Score(24, (*lines, *horns, low_horn, tuba))).tracks
    assert len(found) == 16
    assert [track.program for track in found[-3:]] == [60, 60, 58]
    assert len(found[-3].notes) == 8
    assert len(found[-2].notes) == 4
