"""What the shaping functions do to music one can read."""

import statistics
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest

from linnet import shape
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track
from linnet.shape import _performed

QUARTER = 480


def line(
    pitches: Sequence[int],
    *,
    step: int = QUARTER // 2,
    duration: int | None = None,
    velocity: int = 80,
    meter: tuple[int, int] = (4, 4),
    is_drum: bool = False,
) -> Score:
    """Pitches one after the other."""
    notes = [Note(i * step, duration or step, pitch, velocity) for i, pitch in enumerate(pitches)]
    track = Track(Notes.of(notes), is_drum=is_drum)
    return Score(QUARTER, (track,), time_signatures=(TimeSignature(0, *meter),))


def onsets(score: Score) -> list[int]:
    return [note.onset for note in score.notes]


def pitches(score: Score) -> list[int]:
    return [note.pitch for note in score.notes]


# ---- quantise and swing ------------------------------------------------------------------------------------


def test_quantise_goes_to_the_nearest_line_and_keeps_lengths() -> None:
    score = Score(QUARTER, (Track(Notes.of([Note(50, 100, 60, 80), Note(70, 100, 62, 80)])),))

    assert onsets(shape.quantise(score)) == [0, 120]
    assert onsets(shape.quantise(score, grid="1/12")) == [0, 0]
    assert onsets(shape.quantise(score, strength=0.5)) == [25, 95]
    assert [note.duration for note in shape.quantise(score).notes] == [100, 100]


def test_the_grid_is_counted_from_every_bar_line() -> None:
    # 5/16 is 600 ticks: eighths stand at 600 and 840, not at 720
    score = Score(
        QUARTER, (Track(Notes.of([Note(730, 10, 60, 80)])),), time_signatures=(TimeSignature(0, 5, 16),)
    )

    assert onsets(shape.quantise(score, grid=Fraction(1, 8))) == [840]


@pytest.mark.parametrize("grid", ["0", "2/1", "1/0", "sixteenth", "1/300", "-1/8", "nan"])
def test_a_grid_that_is_none_is_refused(grid: str) -> None:
    for function in (shape.quantise, shape.swing):
        with pytest.raises(ValueError, match="grid must be a share of a whole note"):
            function(Score(), grid=grid)


def test_full_swing_is_a_triplet() -> None:
    assert onsets(shape.swing(line([60] * 4))) == [0, 320, 480, 800]


def test_swing_bends_what_lies_between_too() -> None:
    swung = shape.swing(line([60] * 8, step=QUARTER // 4))

    assert onsets(swung) == [0, 160, 320, 400, 480, 640, 800, 880]
    assert [note.end for note in swung.notes] == [*onsets(swung)[1:], 960]


@pytest.mark.parametrize("meter", [(6, 8), (3, 8), (5, 8)])
def test_eighths_do_not_swing_where_the_beat_holds_no_pair(meter: tuple[int, int]) -> None:
    score = line([60] * 6, meter=meter)

    assert shape.swing(score) == score
    assert shape.swing(line([60] * 8, step=120, meter=meter), grid="1/16") != line(
        [60] * 8, step=120, meter=meter
    )


def test_a_coarse_score_gets_room_to_swing() -> None:
    score = line([60] * 4).resample(2)

    assert [score.ticks_per_beat, shape.swing(score, strength=0.5).ticks_per_beat] == [2, 480]
    assert onsets(shape.swing(score, strength=0.5)) == [0, 280, 480, 760]


# ---- humanise ----------------------------------------------------------------------------------------------


def deviations(score: Score, *, bpm: int = 120) -> list[float]:
    """Milliseconds from eighths at this tempo."""
    return [1000 * score.seconds(note.onset) - 30_000 / bpm * i for i, note in enumerate(score.notes)]


def quarters(values: Sequence[float]) -> list[float]:
    return statistics.quantiles(values, n=4)


@pytest.mark.parametrize("bpm", [60, 120])
def test_people_stray_as_far_as_was_measured_at_any_tempo(bpm: int) -> None:
    tempo = (TempoChange(0, round(60e6 / bpm)),)
    # Of 20,000 notes some 10 go together, so 2,000 do not. The seed is fixed: no chance is left.
    score = Score(QUARTER, line([60] * 20_000).tracks, tempo)
    late = deviations(shape.humanise(score, seed=5), bpm=bpm)
    louder = [note.velocity - 80 for note in shape.humanise(score, seed=5).notes]

    for found, quantiles in ((late, _performed.LATE_MS), (louder, _performed.LOUDER)):
        # Between two quantiles every value is as likely as another.
        squares = [(a * a + a * b + b * b) / 3 for a, b in pairwise(quantiles)]
        measured = statistics.mean(squares) ** 0.5
        assert statistics.pstdev(found) == pytest.approx(measured, rel=0.05)
        assert abs(statistics.mean(found)) < measured / 10
    assert statistics.pstdev(deviations(shape.humanise(score, seed=5, strength=0.5), bpm=bpm)) == (
        pytest.approx(statistics.pstdev(late) / 2, rel=0.05)
    )


def test_notes_struck_together_stray_alike() -> None:
    rows = [Note(i * 480, 240, pitch, 80) for i in range(4000) for pitch in (60, 67)]
    played = shape.humanise(Score(QUARTER, (Track(Notes.of(rows)),)), seed=1)
    low, high = (
        [n.onset - 480 * i for i, n in enumerate(m for m in played.notes if m.pitch == p)] for p in (60, 67)
    )

    assert statistics.correlation(low, high) == pytest.approx(_performed.LATE_MS_TOGETHER, abs=0.1)
    assert statistics.correlation(low[1:], low[:-1]) == pytest.approx(
        _performed.LATE_MS_TOGETHER * _performed.LATE_MS_CARRIED, abs=0.1
    )


def test_another_seed_is_another_performance_and_another_track_another_player() -> None:
    track = line([60] * 64).tracks[0]
    duet = Score(QUARTER, (track, track))
    one, two = shape.humanise(duet, seed=1).tracks

    assert one.notes != two.notes
    assert shape.humanise(duet, seed=2).tracks[0].notes != one.notes
    assert shape.humanise(Score(QUARTER, (track,)), seed=1).tracks[0].notes == one.notes


def test_fast_notes_never_change_places() -> None:
    score = line(range(30, 90), step=6, duration=3)

    assert pitches(shape.humanise(score, seed=3)) == pitches(score)


def test_what_was_bound_is_still_bound() -> None:
    played = shape.humanise(line([60, 62] * 50), seed=4)
    gaps = [after.onset - note.end for note, after in pairwise(played.notes)]

    # Only what a note strays by itself is between it and the end of the one before.
    assert statistics.pstdev(gaps) < statistics.pstdev(_performed.LATE_MS)


def test_a_seed_gives_the_same_performance_on_every_machine() -> None:
    played = shape.humanise(line([60, 62, 64, 65]), seed=7)

    assert [(n.onset, n.duration, n.velocity) for n in played.notes] == [
        (16, 218, 87),
        (228, 260, 78),
        (484, 243, 73),
        (726, 240, 63),
    ]


# ---- smooth, legato, repair --------------------------------------------------------------------------------


def test_smooth_draws_an_arch_over_a_phrase() -> None:
    velocities = [note.velocity for note in shape.smooth(line([60] * 16)).notes]
    top = velocities.index(max(velocities))

    assert velocities[:top] == sorted(velocities[:top])
    assert velocities[top:] == sorted(velocities[top:], reverse=True)
    assert max(velocities) - min(velocities) == 16
    assert statistics.mean(velocities) == pytest.approx(80, abs=0.5)


def test_a_rest_ends_a_phrase() -> None:
    notes = [Note(t, 240, 60, 80) for t in (*range(0, 1920, 240), *range(2400, 4320, 240))]
    velocities = [n.velocity for n in shape.smooth(Score(QUARTER, (Track(Notes.of(notes)),))).notes]

    assert velocities[:8] == velocities[8:]
    assert velocities[7] < 80 < velocities[3]


def test_smooth_takes_the_jumps_out_and_leaves_chords_balanced() -> None:
    rows = [Note(i * 240, 240, p, v + 40 * (i % 2)) for i in range(32) for p, v in ((48, 50), (72, 70))]
    notes = shape.smooth(Score(QUARTER, (Track(Notes.of(rows)),))).notes
    low, high = ([n.velocity for n in notes if n.pitch == pitch] for pitch in (48, 72))

    assert max(abs(b - a) for a, b in pairwise(low)) <= 12  # were 40
    assert {b - a for a, b in zip(low, high, strict=True)} == {20}


def test_legato_closes_gaps_and_leaves_rests() -> None:
    notes = [Note(0, 100, 60, 80), Note(240, 100, 62, 80), Note(960, 100, 64, 80)]
    score = Score(QUARTER, (Track(Notes.of(notes)),))

    assert [n.duration for n in shape.legato(score).notes] == [240, 100, 100]
    assert [n.duration for n in shape.legato(score, strength=0.5).notes] == [170, 100, 100]


def test_repair_ends_a_note_where_it_is_struck_again_and_joins_doubles() -> None:
    notes = [Note(0, 480, 60, 70), Note(0, 300, 60, 90), Note(240, 240, 60, 80), Note(240, 240, 64, 80)]
    score = Score(QUARTER, (Track(Notes.of(notes)),))

    assert list(shape.repair(score).notes) == [
        Note(0, 240, 60, 90), Note(240, 240, 60, 80), Note(240, 240, 64, 80)
    ]  # fmt: skip
    assert shape.repair(score, strength=0.5).notes[0].duration == 360


def test_repair_gives_a_hanging_note_the_usual_length() -> None:
    notes = [*line([60, 62, 64] * 4).notes, Note(480, 100_000, 90, 80)]
    score = Score(QUARTER, (Track(Notes.of(notes)),))

    assert {n.duration for n in shape.repair(score).notes} == {240}
    assert max(n.duration for n in shape.repair(score, longest=300).notes) == 100_000
    with pytest.raises(ValueError, match="longest must be above 0"):
        shape.repair(score, longest=0)


# ---- snap and fold -----------------------------------------------------------------------------------------


def test_snap_goes_to_the_nearest_pitch_of_the_scale() -> None:
    assert pitches(shape.snap(line([60, 62, 63, 65]), scale="C major pentatonic")) == [60, 62, 64, 64]
    assert pitches(shape.snap(line([61, 62, 63]), scale=[0])) == [60, 60, 60]
    assert pitches(shape.snap(line([127]), scale=[8])) == [116]  # 128 is no pitch


def test_between_two_neighbours_snap_keeps_the_line() -> None:
    # C sharp is as near to C as to D; between C and E it goes up, between D and B it goes down
    assert pitches(shape.snap(line([60, 61, 64]), scale="C major")) == [60, 62, 64]
    assert pitches(shape.snap(line([62, 61, 59]), scale="C major")) == [62, 60, 59]


def test_a_mode_alone_is_taken_where_the_fewest_notes_move() -> None:
    g_major = [67, 66, 69, 71, 72, 74, 76, 78, 79, 65]

    assert pitches(shape.snap(line(g_major), scale="major")) == [67, 66, 69, 71, 72, 74, 76, 78, 79, 64]
    assert shape.snap(line(g_major), scale="Major") == shape.snap(line(g_major), scale="G major")


def test_half_a_snap_moves_the_longer_half() -> None:
    notes = [Note(0, 100, 61, 80), Note(480, 300, 63, 80), Note(960, 200, 66, 80), Note(1440, 50, 68, 80)]
    snapped = shape.snap(Score(QUARTER, (Track(Notes.of(notes)),)), scale="C major", strength=0.5)

    assert [note.pitch % 12 in {0, 2, 4, 5, 7, 9, 11} for note in snapped.notes] == [False, True, True, False]


def test_fold_moves_by_octaves() -> None:
    assert pitches(shape.fold(line([20, 47, 48, 71, 72, 127]), low="C3", high="B4")) == [
        56,
        59,
        48,
        71,
        60,
        67,
    ]
    assert pitches(shape.fold(line([30, 47]), low=48, high=71, strength=0.5)) == [54, 47]


@pytest.mark.parametrize(("low", "high"), [(60, 70), (70, 60), ("C4", "B3")])
def test_a_range_without_room_for_all_notes_is_refused(low: str | int, high: str | int) -> None:
    with pytest.raises(ValueError, match="must hold all twelve notes"):
        shape.fold(Score(), low=low, high=high)


# ---- thin and thicken --------------------------------------------------------------------------------------


def test_thin_takes_the_weakest_places_first() -> None:
    sixteenths = line([60] * 16, step=120)

    assert onsets(shape.thin(sixteenths, strength=8 / 12)) == list(range(0, 1920, 240))
    assert onsets(shape.thin(sixteenths)) == [0, 480, 960, 1440]


def test_compound_beats_are_dotted() -> None:
    assert onsets(shape.thin(line([60] * 12, meter=(6, 8)))) == [0, 720, 1440, 2160]


def test_of_one_weight_the_softest_go_first() -> None:
    notes = [Note(240, 10, 60, 90), Note(720, 10, 60, 30), Note(1200, 10, 60, 60)]
    thinned = shape.thin(Score(QUARTER, (Track(Notes.of(notes)),)), strength=0.34)

    assert onsets(thinned) == [240, 1200]


def test_thicken_strikes_strong_places_first_and_softer() -> None:
    whole = line([60], step=1920)

    assert onsets(shape.thicken(whole)) == list(range(0, 1920, 240))
    assert onsets(shape.thicken(whole, strength=0.15)) == [0, 960]
    assert [n.velocity for n in shape.thicken(whole, strength=0.15).notes] == [80, 64]
    assert [n.end for n in shape.thicken(whole, strength=0.15).notes] == [960, 1920]


def test_thicken_leaves_short_notes_and_drones() -> None:
    for score in (line([60] * 8), line([60], step=17 * QUARTER)):
        assert shape.thicken(score) == score


# ---- tempo curves ------------------------------------------------------------------------------------------


def test_rubato_gives_back_what_it_lends() -> None:
    score = line([60] * 64)
    bent = shape.rubato(score)
    tempos = [change.tempo for change in bent.tempos]

    assert bent.seconds(4 * 1920) == pytest.approx(score.seconds(4 * 1920), abs=1e-4)
    assert bent.seconds(8 * 1920) == pytest.approx(score.seconds(8 * 1920), abs=2e-4)
    assert 1.05 < tempos[0] / 500_000 < 1.11
    assert 0.94 < min(tempos) / 500_000 < 0.96


def test_ritardando_slows_evenly_to_half_and_no_sooner_than_the_last_bars() -> None:
    score = line([60] * 32)
    slower = shape.ritardando(score)

    assert slower.tempos[0] == TempoChange(0, 500_000)
    assert slower.tempos[1].tick == 2 * 1920
    tempos = [change.tempo for change in slower.tempos]
    assert tempos == sorted(tempos)
    assert tempos[-1] == 1_000_000
    assert slower.tempos[-1].tick == score.notes[-1].onset
    assert shape.ritardando(score, strength=0.5).tempos[-1].tempo == 666_667


def test_curves_bend_the_tempo_that_is_there() -> None:
    score = Score(
        QUARTER, line([60] * 32).tracks, (TempoChange(0, 500_000), TempoChange(3 * 1920 + 100, 250_000))
    )

    assert shape.ritardando(score).tempos[-1].tempo == 500_000


@pytest.mark.parametrize("bars", [0, -1, 10**9])
def test_a_curve_needs_bars(bars: int) -> None:
    for function in (shape.rubato, shape.ritardando):
        with pytest.raises(ValueError, match="bars must be between 1 and"):
            function(Score(), bars=bars)


# ---- a closing chord ---------------------------------------------------------------------------------------


def test_close_leads_every_voice_to_the_chord() -> None:
    voices = [[72, 74, 71], [67, 67, 67], [52, 53, 55]]
    tracks = tuple(line(voice, step=QUARTER).tracks[0] for voice in voices)
    closed = shape.close(Score(QUARTER, tracks), key="C major")

    assert [[n.pitch for n in t.notes if n.onset == 1920] for t in closed.tracks] == [[72], [67], [48, 52]]
    assert closed.end == 2 * 1920
    assert {n.duration for n in closed.notes if n.onset == 1920} == {1920}


def test_the_strength_of_a_closing_chord_is_its_loudness() -> None:
    soft, loud = (shape.close(line([60, 62, 67]), strength=strength) for strength in (0.25, 1))

    assert [s.notes[-1].velocity for s in (soft, loud)] == [20, 80]


@pytest.mark.parametrize("pitch", [0, 5, 115, 121, 127])
def test_the_closing_chord_stays_among_the_pitches_of_midi(pitch: int) -> None:
    closed = shape.close(line([pitch]), key="F# major")
    assert all(0 <= note.pitch <= 127 for note in closed.notes)
    assert {note.pitch % 12 for note in closed.notes if note.onset == 1920} == {6, 10, 1}


def test_a_piece_is_closed_in_its_own_key() -> None:
    minor = line([57, 60, 64, 69, 68, 69, 71, 64], step=QUARTER)

    assert {n.pitch % 12 for n in shape.close(minor).notes if n.onset == 3840} == {9, 0, 4}


def test_there_is_nothing_to_close_without_notes_or_with_drums_alone() -> None:
    for score in (Score(), line([36, 38], is_drum=True)):
        assert shape.close(score, key="C major") == score
