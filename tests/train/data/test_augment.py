"""Pieces that are varied are still pieces: decodable, canonical, and with wishes that tell the truth."""

from dataclasses import replace

import numpy as np
import pytest

from linnet.controls import wishes
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import TEMPOS
from linnet_train.data import augment
from linnet_train.network.config import RunConfig
from linnet_train.network.plan import GROUPS
from tests.train.corpora import piece, score

STILL = RunConfig(transpose=0, tempo_bins=0, stretch=0.0, wish_drop=0.0, wish_drop_all=0.0)


@pytest.mark.parametrize("semitones", [-12, -5, -1, 1, 6, 11])
def test_transposing_tokens_is_transposing_the_score(semitones: int) -> None:
    for seed in range(5):
        music = score(seed, drums=True)
        stored = piece(music)
        tokens, told = augment.transposed(stored.tokens, stored.wishes, semitones)
        moved = music.transpose(semitones)
        np.testing.assert_array_equal(tokens, codec.encode(moved))
        np.testing.assert_array_equal(told, wishes.measure(moved, 0))


def test_the_register_follows_where_a_time_signature_cuts_a_bar_short() -> None:
    notes = Notes.of([Note(12 * i, 12, 40 + i, 82) for i in range(40)])
    meters = (TimeSignature(0, 4, 4), TimeSignature(120, 3, 4))  # 120: in the middle of the second bar
    music = codec.quantise(Score(24, (Track(notes),), time_signatures=meters))
    stored = piece(music)
    for semitones in (-7, 9):
        _, told = augment.transposed(stored.tokens, stored.wishes, semitones)
        np.testing.assert_array_equal(told, wishes.measure(music.transpose(semitones), 0))


def test_a_piece_at_the_edge_moves_as_far_as_there_are_pitches() -> None:
    notes = Notes.of([Note(0, 24, 3, 82), Note(24, 24, 126, 82)])
    stored = piece(codec.quantise(Score(24, (Track(notes),))))
    down, _ = augment.transposed(stored.tokens, stored.wishes, -9)
    up, _ = augment.transposed(stored.tokens, stored.wishes, 9)
    assert codec.decode(down).notes.pitch.tolist() == [0, 123]
    assert codec.decode(up).notes.pitch.tolist() == [4, 127]


@pytest.mark.parametrize("bins", [-2, 1, 20])
def test_another_tempo_changes_the_tempo_and_nothing_else(bins: int) -> None:
    music = score(1)
    stored = piece(music)
    tokens, told = augment.retempoed(stored.tokens, stored.wishes, bins)
    i = min(TEMPOS.index(108) + bins, len(TEMPOS) - 1)
    faster = replace(music, tempos=(replace(music.tempos[0], tempo=round(60e6 / TEMPOS[i])),))
    np.testing.assert_array_equal(tokens, codec.encode(faster))
    np.testing.assert_array_equal(told, wishes.measure(faster, 0))


@pytest.mark.parametrize("factor", [0.95, 1.0, 1.05])
def test_stretching_a_performance_scales_its_times(factor: float) -> None:
    notes = Notes.of([Note(37 * i + i % 5, 20 + i % 7, 60 + i % 12, 82) for i in range(50)])
    music = codec.quantise(Score(50, (Track(notes),)), "performance")
    stored = piece(music, "performance")
    tokens, told = augment.stretched(stored.tokens, stored.wishes, factor)
    found = codec.decode(tokens, "performance")
    np.testing.assert_array_equal(codec.encode(found, "performance"), tokens)
    onset = music.notes.onset * factor
    np.testing.assert_allclose(found.notes.onset, onset, atol=0.5)
    # onset and end are rounded on their own: a duration may be one tick off
    np.testing.assert_allclose(found.notes.duration, music.notes.duration * factor, atol=1.01)
    np.testing.assert_array_equal(found.notes.pitch, music.notes.pitch)
    np.testing.assert_array_equal(told, wishes.measure(found, 0))


def test_the_stored_piece_is_left_alone_and_the_seed_decides() -> None:
    run = RunConfig(tempo_bins=3)
    for seed in range(20):
        stored = piece(score(seed))
        stored.tokens.setflags(write=False)
        stored.wishes.setflags(write=False)
        a, b = (
            augment.varied(stored.tokens, stored.wishes, "grid", np.random.default_rng(seed), run)
            for _ in range(2)
        )
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
        np.testing.assert_array_equal(codec.encode(codec.decode(a[0])), a[0])


def test_without_augmentation_a_piece_is_itself() -> None:
    stored = piece(score(1))
    tokens, told = augment.varied(stored.tokens, stored.wishes, "grid", np.random.default_rng(0), STILL)
    np.testing.assert_array_equal(tokens, stored.tokens)
    np.testing.assert_array_equal(told, stored.wishes)


def test_every_transposition_is_drawn_equally_often() -> None:
    stored, heard = piece(score(1)), []
    run = replace(STILL, transpose=3, transpose_share=1.0)
    lowest = codec.decode(stored.tokens).notes.pitch.min()
    for seed in range(1400):
        tokens, _ = augment.varied(stored.tokens, stored.wishes, "grid", np.random.default_rng(seed), run)
        heard.append(int(codec.decode(tokens).notes.pitch.min()) - int(lowest))
    counts = np.bincount(np.array(heard) + 3, minlength=7)
    assert len(counts) == 7
    # 200 expected, standard deviation 13; the seeds are fixed, so this never fails by chance
    assert np.all(np.abs(counts - 200) < 52)


def test_the_rest_of_the_readings_keeps_the_key() -> None:
    stored, kept = piece(score(1)), 0
    run = replace(STILL, transpose=3, transpose_share=0.7)
    for seed in range(1400):
        tokens, _ = augment.varied(stored.tokens, stored.wishes, "grid", np.random.default_rng(seed), run)
        kept += bool(np.array_equal(tokens, stored.tokens))
    assert abs(kept - 1400 * (0.3 + 0.7 / 7)) < 74  # four standard deviations; the seeds are fixed


def test_wishes_are_left_out_as_often_as_asked() -> None:
    told = np.full((4000, features.ROW_WIDTH), 3, np.uint8)
    heard = augment.drop_controls(told, np.random.default_rng(1), each=0.3, together=0.25, span=1)[1:]
    assert set(np.unique(heard)) == {0, 3}
    assert abs(np.mean(heard == 3) - 0.7 * 0.75) < 0.02
    # all at once far more often than 0.3 ** 16 would have it
    assert abs(np.mean(np.all(heard == 0, axis=1)) - 0.25) < 0.03
    # and, where not all are left out, each by itself
    some = heard[np.any(heard != 0, axis=1)] == 3
    together = GROUPS[:, None] == GROUPS  # chords, and who plays, are told as one
    assert np.all(np.abs(np.corrcoef(some.T) - together) < 0.1)


def test_wishes_left_out_stay_out_for_some_bars() -> None:
    told = np.full((20000, features.ROW_WIDTH), 1, np.uint8)
    heard = augment.drop_controls(told, np.random.default_rng(1), each=0.5, together=0.0, span=8)
    changes = np.any(heard[1:] != heard[:-1], axis=1).mean()
    assert abs(changes - 1 / 8) < 0.01
    np.testing.assert_array_equal(heard[0], heard[1])  # what the header was told holds when the music begins


def test_a_wish_that_is_kept_keeps_its_value() -> None:
    stored = piece(score(2))
    heard = augment.drop_controls(stored.wishes, np.random.default_rng(3), each=0.4, together=0.1, span=2)
    assert np.all((heard == stored.wishes) | (heard == 0))
    assert np.any(heard != stored.wishes)


def test_a_performance_with_its_one_row_of_wishes_is_varied_too() -> None:
    rng = np.random.default_rng(1)
    told = np.ones((1, features.ROW_WIDTH), np.uint8)

    quiet = [augment.drop_controls(told, rng, each=0.5, together=0.0, span=16) for _ in range(100)]

    assert {row.shape for row in quiet} == {told.shape}
    assert 0.4 < np.mean(quiet) < 0.6  # 1,100 throws: outside once in 10**10
