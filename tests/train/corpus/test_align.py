"""Bars begin where accents and signatures say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet import midi
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from linnet_train.corpus.align import align
from tests.train.tunes import DATA, QUARTER, tune

BAR = 4 * QUARTER


def loud_ticks(score: Score) -> list[int]:
    notes = score.notes
    return notes.onset[notes.velocity == 105].tolist()


def test_an_upbeat_gets_a_rest_before_it_so_that_the_first_bar_is_whole() -> None:
    written = tune(upbeat=2)
    found = align(written)
    assert (found.status, found.rest, found.cuts) == ("aligned", BAR - QUARTER, 0)
    assert found.score.notes.onset[0] == BAR - QUARTER
    assert set(loud_ticks(found.score)[1:]) <= set(found.score.bar_ticks().tolist())
    assert (found.before, found.after) == (0.0, 1.0)


def test_only_a_rest_is_added_to_the_music() -> None:
    written = tune(upbeat=3)
    found = align(written)
    before, after = written.notes, found.score.notes
    assert np.array_equal(before.onset + found.rest, after.onset)
    for column in ("duration", "pitch", "velocity"):
        assert np.array_equal(getattr(before, column), getattr(after, column))


def test_a_tune_without_upbeat_stays_as_it_is() -> None:
    written = tune()
    found = align(written)
    assert found.status == "right"
    assert found.score == written


def test_notes_that_start_at_tick_1_are_on_the_bar_lines() -> None:
    assert align(tune(start=1)).status == "right"
    assert align(tune(start=1, upbeat=1)).rest == BAR - QUARTER // 2


def test_a_short_bar_in_the_middle_is_cut_there_and_later_bars_are_right() -> None:
    found = align(tune(bars=(8,) * 7 + (6,) + (8,) * 8, upbeat=2))
    assert (found.status, found.cuts, found.after) == ("aligned", 1, 1.0)
    lengths = np.diff(found.score.bar_ticks()).tolist()
    assert lengths.count(6 * QUARTER // 2) == 1
    assert set(lengths) == {BAR, 6 * QUARTER // 2}


def test_one_stray_accent_moves_no_bar() -> None:
    written = tune()
    velocity = written.notes.velocity.copy()
    velocity[43] = 105
    notes = written.notes
    kl = replace(written, tracks=(Track(Notes(notes.onset, notes.duration, notes.pitch, velocity)),))
    assert align(kl).status == "right"
    assert align(kl).score == kl


def test_spread_chords_count_once() -> None:
    written = tune(upbeat=2)
    chords = [Note(tick + 10, 200, 50, 105) for tick in loud_ticks(written)]
    found = align(replace(written, tracks=(Track(Notes.of([*written.notes, *chords])),)))
    assert (found.status, found.cuts) == ("aligned", 0)


def test_dynamics_are_no_accents() -> None:
    written = tune(upbeat=2)
    notes = written.notes
    velocity = 40 + np.arange(len(notes)) % 50
    played = replace(written, tracks=(Track(Notes(notes.onset, notes.duration, notes.pitch, velocity)),))
    assert align(played).status == "unmarked"
    assert align(played).score == played


def test_human_timing_is_left_alone() -> None:
    written = tune(upbeat=2)
    notes = written.notes
    late = notes.onset + 7 + 13 * (np.arange(len(notes)) % 5)
    played = replace(written, tracks=(Track(Notes(late, notes.duration, notes.pitch, notes.velocity)),))
    assert align(played).status == "unmarked"


def test_accents_that_fit_no_bars_leave_the_tune_as_it_was() -> None:
    written = tune(bars=(7, 9, 8, 6, 11, 7, 10, 5, 8, 9, 6, 7))
    found = align(written)
    assert found.status == "unclear"
    assert found.score == written


def test_voices_whose_bars_contradict_each_other_are_torn() -> None:
    first = tune(1, upbeat=2)
    second = tune(2, bars=(8,) * 5 + (10,) + (8,) * 4 + (10,) + (8,) * 5, upbeat=2)
    assert align(first.mix(second)).status == "torn"
    assert align(first.mix(tune(2, upbeat=2))).status == "aligned"


def test_tempo_changes_move_with_the_notes_and_the_first_tempo_covers_the_rest() -> None:
    written = replace(tune(upbeat=2), tempos=(TempoChange(0, 400_000), TempoChange(BAR, 600_000)))
    found = align(written)
    assert found.score.tempos == (TempoChange(0, 400_000), TempoChange(BAR + found.rest, 600_000))


def test_a_first_bar_cut_by_the_next_signature_is_completed() -> None:
    notes = Notes.of(Note(i * QUARTER, QUARTER, 60, 80) for i in range(17))
    signatures = (TimeSignature(0, 4, 4), TimeSignature(QUARTER, 4, 4))
    found = align(Score(QUARTER, (Track(notes),), time_signatures=signatures))
    assert (found.status, found.rest) == ("aligned", 3 * QUARTER)
    assert found.score.time_signatures == (TimeSignature(0, 4, 4),)
    assert found.score.bar_ticks().tolist() == [i * BAR for i in range(5)]


def test_an_upbeat_with_a_signature_of_its_own_joins_the_meter_that_follows() -> None:
    notes = Notes.of(Note(i * QUARTER, QUARTER, 60, 80) for i in range(13))
    signatures = (TimeSignature(0, 1, 4), TimeSignature(QUARTER, 3, 4))
    found = align(Score(QUARTER, (Track(notes),), time_signatures=signatures))
    assert found.rest == 2 * QUARTER
    assert found.score.time_signatures == (TimeSignature(0, 3, 4),)


def test_pieces_of_a_bar_that_add_up_to_a_whole_one_are_joined() -> None:
    notes = Notes.of(Note(i * QUARTER, QUARTER, 60, 80) for i in range(16))
    signatures = (TimeSignature(0, 4, 4), TimeSignature(3 * QUARTER, 4, 4), TimeSignature(4 * QUARTER, 4, 4))
    found = align(Score(QUARTER, (Track(notes),), time_signatures=signatures))
    assert found.rest == 0
    assert found.score.bar_ticks().tolist() == [i * BAR for i in range(4)]


def test_a_signature_one_tick_late_is_the_first_one() -> None:
    written = tune(meter=(3, 4), bars=(6,) * 16)
    late = replace(written, time_signatures=(TimeSignature(0, 4, 4), TimeSignature(1, 3, 4)))
    assert align(late).score == written


def test_a_second_signature_at_no_written_place_is_no_upbeat() -> None:
    notes = Notes.of(Note(i * QUARTER, QUARTER, 60, 80) for i in range(16))
    for tick in (30, 40, 1480):  # a late start, twice, and 74 of 96 grid ticks
        signatures = (TimeSignature(0, 4, 4), TimeSignature(tick, 3, 4))
        assert align(Score(QUARTER, (Track(notes),), time_signatures=signatures)).rest == 0


def test_a_score_without_notes_is_unmarked() -> None:
    assert align(Score()).status == "unmarked"


@given(
    meter=st.sampled_from([(2, 4), (3, 4), (4, 4), (6, 8), (9, 8), (2, 2)]),
    upbeat=st.integers(0, 3),
    cut=st.none() | st.tuples(st.integers(3, 12), st.integers(1, 2)),
    seed=st.integers(0, 50),
)
def test_aligning_twice_changes_nothing_more(
    meter: tuple[int, int], upbeat: int, cut: tuple[int, int] | None, seed: int
) -> None:
    eighths = 8 * meter[0] // meter[1]
    bars = [eighths] * 16
    if cut:
        bars[cut[0]] -= cut[1]
    once = align(tune(seed, bars=tuple(bars), meter=meter, upbeat=upbeat))
    assert once.after == 1.0
    twice = align(once.score)
    assert (twice.status, twice.score) == ("right", once.score)


@pytest.mark.skipif(not (DATA / "train").is_dir(), reason="no training music at LINNET_DATA")
@pytest.mark.parametrize("corpus", ["cre-irish", "oneills-1850", "ryans-mammoth"])
def test_most_dance_tunes_end_up_on_their_bar_lines(corpus: str) -> None:
    files = sorted((DATA / "train" / corpus / "midi").glob("*.mid"))[::12]
    found = [align(midi.read(file)) for file in files]
    before = np.mean([alignment.before >= 0.9 for alignment in found])
    after = np.mean([alignment.after >= 0.9 for alignment in found])
    assert before < 0.5
    assert after >= 0.97
