"""Figures of music: known values on pieces made by hand, and music that is spoilt must look spoilt."""

import random
from dataclasses import replace

import numpy as np
import pytest

from linnet.score import Note, Notes, Score, TimeSignature, Track
from linnet_train import compare, musical, structure
from linnet_train.copies import Copies

QUARTER = 24
C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)


def piece(*notes: tuple[float, float, int], bars: int, meter: tuple[int, int] = (4, 4)) -> Score:
    """Notes as (onset, duration, pitch) in quarters."""
    made = [Note(round(on * QUARTER), round(long * QUARTER), pitch, 80) for on, long, pitch in notes]
    end = bars * meter[0] * 4 * QUARTER // meter[1]
    return Score(QUARTER, (Track(Notes.of(made)),), time_signatures=(TimeSignature(0, *meter),), end=end)


def line(pitches: list[int], *, step: float = 1, bars: int | None = None) -> Score:
    """A melody in equal notes."""
    length = bars or -(-len(pitches) * step // 4)
    return piece(*((i * step, step, pitch) for i, pitch in enumerate(pitches)), bars=int(length))


def walk(seed: int, length: int) -> list[int]:
    draw, place = random.Random(seed), 7
    scale = [pitch + 12 * octave for octave in range(2) for pitch in C_MAJOR[:7]]
    pitches = []
    for _ in range(length):
        place = min(max(place + draw.choice((-2, -1, 1, 2)), 0), len(scale) - 1)
        pitches.append(scale[place])
    return pitches


def tune(seed: int) -> Score:
    """AABB: each part four bars of eighths with a cadence in C."""
    parts = [[*walk(seed * 2 + part, 30), 60, 60] for part in range(2)]
    return line(parts[0] * 2 + parts[1] * 2, step=0.5)


def test_one_pitch_has_no_entropy_and_twelve_have_the_most() -> None:
    assert musical.pitch_class_entropy(line([60, 72, 48, 60])) == 0
    assert musical.pitch_class_entropy(line(list(range(60, 72)))) == pytest.approx(np.log2(12))


def test_pitch_class_entropy_counts_notes_and_not_their_length() -> None:
    assert musical.pitch_class_entropy(piece((0, 3, 60), (3, 1, 67), bars=1)) == 1


def test_a_scale_is_consistent_and_the_chromatic_one_is_seven_twelfths() -> None:
    assert musical.scale_consistency(line(list(C_MAJOR))) == 1
    assert musical.scale_consistency(line([pitch + 3 for pitch in C_MAJOR])) == 1
    assert musical.scale_consistency(line(list(range(60, 72)))) == pytest.approx(7 / 12)


def test_drums_have_no_pitch() -> None:
    score = line(list(C_MAJOR))
    drums = Track(Notes.of([Note(0, 10, 42, 80), Note(24, 10, 37, 80)]), is_drum=True)
    both = replace(score, tracks=(*score.tracks, drums))
    for figure in (musical.scale_consistency, musical.pitch_class_entropy, musical.polyphony):
        assert figure(both) == figure(score)


def test_music_that_leaves_for_a_distant_key_is_less_near_its_own() -> None:
    home = [60, 64, 67, 72, 71, 67, 65, 62] * 4
    away = [pitch + 6 for pitch in home]
    assert musical.key_nearness(line(home * 3)) == 1
    # windows of eight bars at bars 0, 4, 8, 12 and 16; those from bar 12 on are mostly a tritone away
    assert musical.key_nearness(line(home * 2 + away)) < 1
    assert np.isnan(musical.key_nearness(line(home[:28])))


def test_the_fifth_and_the_relative_are_near() -> None:
    c_major = 0
    assert musical._neighbours(c_major) == {0, 9 + 12, 0 + 12, 7, 5}
    assert musical._neighbours(9 + 12) == {9 + 12, 0, 9, 4 + 12, 2 + 12}


def test_density_polyphony_and_silence() -> None:
    score = piece((0, 2, 60), (0, 1, 64), (2, 1, 67), bars=2)
    assert musical.notes_per_beat(score) == 3 / 8
    assert musical.polyphony(score) == pytest.approx(4 / 3)  # four quarters of sound in three
    assert musical.silence(score) == pytest.approx(5 / 8)
    assert musical.longest_gap(score) == 5


def test_the_rest_before_an_upbeat_is_no_silence() -> None:
    assert musical.silence(piece((3, 5, 60), bars=2)) == 0
    assert musical.silence(piece((8, 4, 60), bars=3)) == 0.5  # but an empty second bar is


def test_entropies_of_rhythm() -> None:
    even = line(list(C_MAJOR))
    assert (musical.onset_entropy(even), musical.duration_entropy(even)) == (0, 0)
    dotted = piece((0, 1.5, 60), (1.5, 0.5, 62), (2, 1.5, 64), (3.5, 0.5, 65), (4, 4, 60), bars=2)
    assert musical.onset_entropy(dotted) == 1
    assert musical.duration_entropy(dotted) == pytest.approx(0.8 * np.log2(5 / 2) + 0.2 * np.log2(5))


def test_chords_do_not_change_the_entropy_of_onsets() -> None:
    assert musical.onset_entropy(piece((0, 1, 60), (0, 1, 64), (1, 1, 60), (2, 1, 60), bars=1)) == 0


def test_groove_counts_sixteenths_that_differ() -> None:
    assert musical.groove_consistency(line([60] * 8)) == 1
    score = piece((0, 1, 60), (2, 1, 60), (4, 1, 60), (7, 1, 60), bars=2)  # beats 1 3, then 1 4
    assert musical.groove_consistency(score) == 1 - 2 / 16
    jig = piece((0, 0.5, 60), (3, 0.5, 60), (3.5, 0.5, 60), bars=2, meter=(6, 8))
    assert musical.groove_consistency(jig) == 1 - 1 / 12


def test_self_similarity_finds_the_bars_that_return() -> None:
    bars = [list(C_MAJOR[i : i + 4]) for i in (0, 1, 2, 3)]
    score = line([pitch for bar in bars * 2 for pitch in bar])
    assert structure.self_similarity(score, 1, 4) == 1  # at four bars
    assert structure.self_similarity(score, 5, 8) < 0.2
    assert structure.self_similarity(line(bars[0] + [50, 51, 52, 53] + bars[1]), 1, 1) == 0


def test_empty_bars_are_not_alike() -> None:
    assert np.isnan(structure.self_similarity(piece(bars=8), 1, 4))


def test_bars_that_return_and_bars_that_follow_themselves() -> None:
    a, b = [60, 62, 64, 65], [67, 65, 64, 62]
    assert structure.bar_repeat(line(a + b + a + b)) == 0.5
    assert structure.longest_same_bar_run(line(a + b + a + b)) == 1
    assert structure.longest_same_bar_run(line(a + b + b + b)) == 3
    assert structure.bar_repeat(line(a + b)) == 0


def test_distinct_runs() -> None:
    assert structure.distinct(line(list(C_MAJOR)), 4) == 1
    assert structure.distinct(line([60] * 8), 4) == pytest.approx(
        2 / 5
    )  # the first note has no step before it


@pytest.mark.parametrize(
    ("pitches", "share"),
    [
        (walk(1, 40), 0),
        ([60, 62, 64] * 3, 0),  # three times is no loop
        ([60, 62, 64] * 8, 23 / 24),  # the first note begins nothing: it has no step before it
        (walk(5, 24) + [60, 61, 66] * 8, 24 / 48),
    ],
)
def test_loops_are_stretches_that_return_four_times(pitches: list[int], share: float) -> None:
    assert structure.loop_share(line(pitches)) == pytest.approx(share, abs=1 / len(pitches))


def test_endings() -> None:
    ends = line([60, 64, 67, 65, 64, 62, 71, 60])
    assert musical.ends_on_tonic(ends) == 1
    assert musical.ends_on_tonic(line([60, 64, 67, 60, 64, 62, 71, 67])) == 0
    assert musical.ends_long(ends) == 1
    assert musical.ends_long(piece((0, 1, 60), (1, 1, 62), (2, 0.5, 60), bars=1)) == 0


def test_a_chord_ends_on_its_lowest_note() -> None:
    score = piece((0, 1, 67), (1, 1, 60), (2, 1, 60), (2, 1, 64), (2, 1, 67), bars=1)
    assert musical.ends_on_tonic(score) == 1


def test_an_opening_ends_with_its_last_bar() -> None:
    score = musical.opening(piece((0, 1, 60), (3, 9, 62), (8, 1, 64), bars=3), 2)
    assert (score.bars, score.notes.end.tolist()) == (2, [24, 192])
    assert musical.opening(score, 99) == score


def test_a_tune_is_sound_and_silence_and_loops_are_degenerate() -> None:
    assert musical.measure(tune(1))["degenerate"] == 0
    assert musical.measure(line(walk(3, 8) * 8))["degenerate"] == 1
    assert musical.measure(piece((0, 1, 60), (24, 1, 64), bars=7))["degenerate"] == 1


def _with_notes(score: Score, onset: list[int], pitch: list[int]) -> Score:
    notes = score.notes
    return replace(score, tracks=(Track(Notes(onset, notes.duration, pitch, notes.velocity)),))


def wrong_notes(score: Score, seed: int) -> Score:
    draw = random.Random(seed)
    pitch = [p + (draw.choice((-1, 1)) if draw.random() < 0.15 else 0) for p in score.notes.pitch.tolist()]
    return _with_notes(score, score.notes.onset.tolist(), pitch)


def shuffled(score: Score, seed: int) -> Score:
    pitch = score.notes.pitch.tolist()
    random.Random(seed).shuffle(pitch)
    return _with_notes(score, score.notes.onset.tolist(), pitch)


def late(score: Score, seed: int) -> Score:
    draw = random.Random(seed)
    onset = [tick + draw.choice((0, 0, 6)) for tick in score.notes.onset.tolist()]
    return _with_notes(score, onset, score.notes.pitch.tolist())


@pytest.mark.parametrize(
    ("spoil", "lower", "higher"),
    [
        (wrong_notes, ["scale consistency", "bar repeat"], ["pitch-class entropy", "distinct 4"]),
        (shuffled, ["self-similarity 1-4", "bar repeat"], ["distinct 4"]),
        (late, ["groove consistency", "bar repeat"], ["onset entropy", "distinct 4"]),
    ],
)
def test_spoilt_tunes_show_it(spoil, lower: list[str], higher: list[str]) -> None:
    for seed in range(5):
        before, after = musical.measure(tune(seed)), musical.measure(spoil(tune(seed), seed))
        assert all(after[name] < before[name] for name in lower)
        assert all(after[name] > before[name] for name in higher)


@pytest.mark.parametrize("spoil", [wrong_notes, shuffled, late])
def test_spoilt_tunes_are_farther_from_tunes_than_other_tunes_are(spoil) -> None:
    human = [musical.measure(tune(seed)) for seed in range(24)]
    others = [musical.measure(tune(seed)) for seed in range(100, 112)]
    spoilt = [musical.measure(spoil(tune(seed), seed)) for seed in range(100, 112)]
    assert compare.mean_ks(spoilt, human) > compare.mean_ks(others, human) + 0.1
    assert compare.range_hit(spoilt, human) < compare.range_hit(others, human) - 0.05


def test_a_sample_is_at_no_distance_from_itself() -> None:
    human = [musical.measure(tune(seed)) for seed in range(20)]
    assert compare.mean_ks(human, human) == 0
    assert compare.range_hit(human, human) >= 0.85
    assert 0 < compare.among_people(human, 10, compare.mean_ks) < 0.5


def test_copies_are_found_in_any_key_but_not_in_another_rhythm() -> None:
    known = [tune(seed) for seed in range(5)]
    copies = Copies(known)
    assert copies.share(known[3].transpose(-5)) == 1
    assert copies.longest(known[3].transpose(-5)) == len(known[3].notes)
    slower = replace(known[3].resample(48), ticks_per_beat=24, time_signatures=(), end=-1)
    assert copies.longest(slower) == 0
    assert Copies([]).longest(known[0]) == 0


def test_the_copied_part_is_measured_in_notes() -> None:
    known, new = walk(1, 40), walk(2, 40)
    copies = Copies([line(known)])
    mixed = line([*new[:20], *[pitch + 1 for pitch in known[10:25]], *new[20:]])
    assert copies.longest(mixed) in (15, 16)  # the note before or after may fit by chance
    assert copies.share(mixed) == pytest.approx(15 / 55, abs=2 / 55)
    assert copies.share(mixed, 20) == 0


def test_a_copy_does_not_run_on_into_the_next_piece() -> None:
    known = walk(1, 40)
    copies = Copies([line(known[:20]), line(known[20:])])
    assert copies.longest(line(known)) == 20


def test_copies_agree_with_a_slow_search() -> None:
    draw = random.Random(4)
    known = [[draw.choice((60, 62, 64)) for _ in range(60)] for _ in range(8)]
    copies = Copies([line(pitches) for pitches in known])
    for _ in range(5):
        asked = [draw.choice((60, 62, 64)) for _ in range(30)]
        steps = np.diff(asked).tolist()
        held = {tuple(np.diff(k[a : a + n]).tolist()) for k in known for a in range(60) for n in range(2, 31)}
        slow = max(
            (n + 1 for i in range(29) for n in range(1, 30 - i) if tuple(steps[i : i + n]) in held), default=0
        )
        assert copies.longest(line(asked)) == (slow if slow >= 8 else 0)
