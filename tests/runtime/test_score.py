"""What a score promises: a normal form, exact arithmetic in ticks, and values that never change."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.music.score import MAX_TICK, Note, Notes, Score, TempoChange, TimeSignature, Track, rescale
from tests.runtime.scores import scores


def score_of(*notes: Note, **settings: object) -> Score:
    return replace(Score(tracks=(Track(Notes.of(notes)),)), **{"end": -1} | settings)  # type: ignore[arg-type]  # by name


# Notes


def test_notes_are_sorted_by_onset_then_pitch_then_duration_then_velocity():
    order = [Note(0, 1, 60, 9), Note(0, 2, 60, 1), Note(0, 2, 60, 2), Note(0, 1, 61, 1), Note(5, 1, 1, 1)]
    assert list(Notes.of(reversed(order))) == order


def test_notes_cannot_be_changed():
    notes = Notes([0], [1], [60], [80])
    with pytest.raises(ValueError, match="read-only"):
        notes.pitch[0] = 61
    with pytest.raises(AttributeError):
        notes.pitch = np.zeros(1, np.uint8)  # type: ignore[misc]  # the point of the test


def test_notes_do_not_follow_the_array_they_came_from():
    onset = np.array([7])
    notes = Notes(onset, [1], [60], [80])
    onset[0] = 8
    assert notes[0].onset == 7


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([-1], [1], [60], [80]), "onset must be between 0 and .*, got -1"),
        (([0], [0], [60], [80]), "duration must be between 1 and .*, got 0"),
        (([0], [1], [128], [80]), "pitch must be between 0 and 127, got 128"),
        (([0], [1], [60], [0]), "velocity must be between 1 and 127, got 0"),
        (([0, 1], [1], [60], [80]), "equally long, got lengths"),
        (([MAX_TICK + 1], [1], [60], [80]), "onset must be between"),
        (([[0]], [[1]], [[60]], [[80]]), "one-dimensional"),
    ],
)
def test_notes_out_of_range_are_refused_by_name(columns, message):
    with pytest.raises(ValueError, match=message):
        Notes(*columns)


def test_fractions_of_a_tick_are_refused():
    with pytest.raises(TypeError, match="onset must be whole numbers, got float64"):
        Notes([0.5], [1], [60], [80])


def test_a_slice_of_notes_is_notes():
    notes = Notes([0, 1, 2], [1, 1, 1], [60, 61, 62], [80, 80, 80])
    assert notes[1:] == Notes([1, 2], [1, 1], [61, 62], [80, 80])
    assert notes[-1] == Note(2, 1, 62, 80)
    with pytest.raises(IndexError):
        notes[3]


def test_a_million_notes_cost_18_bytes_each():
    notes = Notes(*(np.ones(1_000_000, np.int64) for _ in range(4)))
    assert (
        sum(getattr(notes, name).nbytes for name in ("onset", "duration", "pitch", "velocity")) == 18_000_000
    )


@given(scores)
def test_scores_survive_pickling_with_hash_and_equality(score):
    again = pickle.loads(pickle.dumps(score))
    assert again == score
    assert hash(again) == hash(score)


# Normal form


def test_an_empty_score_has_one_bar_of_common_time_at_120():
    score = Score()
    assert score.tempos == (TempoChange(0, 500_000),)
    assert score.time_signatures == (TimeSignature(0, 4, 4),)
    assert (score.end, score.bars, len(score.notes)) == (0, 1, 0)
    assert score.tempos[0].bpm == 120


def test_the_last_tempo_at_a_tick_wins_and_repeats_vanish():
    tempos = (TempoChange(96, 400_000), TempoChange(0, 9), TempoChange(0, 600_000), TempoChange(50, 600_000))
    assert Score(tempos=tempos).tempos == (TempoChange(0, 600_000), TempoChange(96, 400_000))


def test_a_signature_repeated_on_a_bar_line_vanishes():
    assert Score(time_signatures=(TimeSignature(1920, 4, 4),)).time_signatures == (TimeSignature(0, 4, 4),)


def test_a_signature_repeated_within_a_bar_starts_a_new_bar():
    score = Score(time_signatures=(TimeSignature(960, 4, 4),), end=3000)
    assert score.time_signatures == (TimeSignature(0, 4, 4), TimeSignature(960, 4, 4))
    assert score.bar_ticks().tolist() == [0, 960, 2880]


def test_the_end_is_the_last_note_end_unless_given():
    assert score_of(Note(0, 500, 60, 80), Note(100, 10, 60, 80)).end == 500
    assert score_of(Note(0, 500, 60, 80), end=120).end == 120


def test_texts_take_no_part_in_comparisons():
    assert Score(texts=("seed 7",)) == Score()


def test_a_score_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Score().end = 4  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize(
    "build",
    [
        lambda: Score(ticks_per_beat=0),
        lambda: Score(end=-2),
        lambda: Track(program=128),
        lambda: TempoChange(-1, 500_000),
        lambda: TempoChange(0, 0),
        lambda: TempoChange(0, 1 << 24),
        lambda: TimeSignature(0, 0, 4),
        lambda: TimeSignature(0, 4, 3),
    ],
)
def test_values_that_midi_cannot_hold_are_refused(build):
    with pytest.raises(ValueError, match=r"must be .*got"):
        build()


# Bars


@given(scores)
def test_the_number_of_bars_is_the_number_of_bar_lines(score):
    lines = score.bar_ticks()
    assert len(lines) == score.bars >= 1
    assert lines[0] == 0
    assert np.all(np.diff(lines) > 0)
    assert lines[-1] < max(score.end, 1)


@given(scores)
def test_every_time_signature_stands_on_a_bar_line(score):
    lines = set(score.bar_ticks().tolist())
    assert all(s.tick in lines for s in score.time_signatures if s.tick < max(score.end, 1))


def test_bars_of_broken_ticks_do_not_drift():
    score = Score(ticks_per_beat=1, time_signatures=(TimeSignature(0, 3, 8),), end=7)  # 1.5 ticks a bar
    assert score.bar_ticks().tolist() == [0, 2, 3, 5, 6]


def test_bars_of_an_endless_piece_are_counted_without_listing_them():
    assert Score(ticks_per_beat=1, end=MAX_TICK).bars == MAX_TICK // 4


@given(scores, st.data())
def test_slices_that_meet_hold_every_note_once(score, data):
    cut = data.draw(st.integers(0, score.bars))
    slices = [score.slice_bars(a, b) for a, b in ((0, cut), (cut, score.bars)) if a < b]
    begins = [0, int(score.bar_ticks()[cut]) if 0 < cut < score.bars else 0]
    for track in range(len(score.tracks)):
        moved = [
            Note(note.onset + begin, note.duration, note.pitch, note.velocity)
            for part, begin in zip(slices, begins, strict=False)
            for note in part.tracks[track].notes
        ]
        assert Notes.of(moved) == score.tracks[track].notes
    # Bars of broken ticks (1/64 at 24 a beat) begin at rounded ones: a cut may shift a bar line by a tick.
    if all(4 * score.ticks_per_beat * s.numerator % s.denominator == 0 for s in score.time_signatures):
        assert sum(part.bars for part in slices) == score.bars


def test_a_slice_begins_with_the_tempo_and_meter_that_rule_there():
    score = Score(
        tempos=(TempoChange(0, 400_000), TempoChange(2000, 300_000)),
        time_signatures=(TimeSignature(0, 3, 4),),
        end=4 * 1440,
    ).slice_bars(2, 4)
    assert score.tempos == (TempoChange(0, 300_000),)
    assert score.time_signatures == (TimeSignature(0, 3, 4),)
    assert (score.end, score.bars) == (2880, 2)


@pytest.mark.parametrize(("first", "last"), [(-1, 1), (0, 3), (1, 1), (2, 1)])
def test_slices_outside_the_piece_are_refused(first, last):
    with pytest.raises(ValueError, match="0 <= first < last <= 2"):
        Score(end=3840).slice_bars(first, last)


# Time


def test_seconds_follow_the_tempo_map():
    score = Score(tempos=(TempoChange(480, 1_000_000),))
    assert score.seconds(480) == 0.5
    assert score.seconds([0, 240, 960]).tolist() == [0, 0.25, 1.5]
    assert score.ticks(1.5) == 960


def test_note_times_in_seconds_cross_tempo_changes():
    score = score_of(Note(240, 480, 60, 80), tempos=(TempoChange(480, 1_000_000),))
    assert score.onset_seconds(score.notes).tolist() == [0.25]
    assert score.duration_seconds(score.notes).tolist() == [0.75]


@given(scores, st.lists(st.integers(0, 100_000), min_size=1))
def test_ticks_to_seconds_and_back_is_the_same_tick(score, ticks):
    assert score.ticks(score.seconds(ticks)).tolist() == ticks


# Making other scores


@given(scores, st.integers(-127, 127))
def test_transposing_there_and_back_changes_nothing(score, semitones):
    try:
        moved = score.transpose(semitones)
    except ValueError:
        pitches = [int(p) for track in score.tracks if not track.is_drum for p in track.notes.pitch]
        assert min(pitches) + semitones < 0 or max(pitches) + semitones > 127
    else:
        assert moved.transpose(-semitones) == score


def test_drums_stay_when_the_rest_is_transposed():
    notes = Notes([0], [1], [60], [80])
    score = Score(tracks=(Track(notes), Track(notes, is_drum=True))).transpose(2)
    assert [int(track.notes.pitch[0]) for track in score.tracks] == [62, 60]


def test_merging_plays_both_under_the_first_ones_meter():
    waltz = score_of(Note(0, 480, 60, 80), time_signatures=(TimeSignature(0, 3, 4),))
    other = replace(score_of(Note(96, 192, 64, 70)), ticks_per_beat=96)
    both = waltz.mix(other)
    assert list(both.notes) == [Note(0, 480, 60, 80), Note(480, 960, 64, 70)]
    assert both.time_signatures == waltz.time_signatures
    assert both.end == 1440


def test_resampling_rounds_halves_up_and_keeps_every_note_alive():
    score = score_of(Note(10, 1, 60, 80), Note(30, 100, 62, 80)).resample(24)  # 20 old ticks are one new one
    assert list(score.notes) == [Note(1, 1, 60, 80), Note(2, 5, 62, 80)]


@given(scores, st.integers(2, 20))
def test_resampling_to_a_finer_grid_and_back_changes_nothing(score, factor):
    assert score.resample(score.ticks_per_beat * factor).resample(score.ticks_per_beat) == score


@given(st.integers(0, MAX_TICK), st.integers(1, 0x7FFF), st.integers(1, 0x7FFF))
def test_rescaling_rounds_half_up_without_overflow(value, new, old):
    expected = (2 * value * new + old) // (2 * old)
    assert rescale(value, new, old) == expected
    if expected < 2**63:
        assert rescale(np.array([value]), new, old).tolist() == [expected]


def test_resampling_past_the_last_tick_is_refused():
    with pytest.raises(ValueError, match="the last tick on the new grid must be between"):
        Score(ticks_per_beat=1, end=MAX_TICK).resample(0x7FFF)


def test_saving_under_an_unknown_extension_names_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.mid, \.midi, .* or \.png, got .*tune\.xyz"):
        Score().save(tmp_path / "tune.xyz")
    assert not list(tmp_path.iterdir())
