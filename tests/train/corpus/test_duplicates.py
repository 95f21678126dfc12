"""Near-duplicates are found in any key, and unrelated pieces are not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from linnet import midi
from linnet.music.score import Note, Notes, Score, Track
from linnet_train.corpus import duplicates
from linnet_train.corpus.duplicates import fingerprint, groups, near_pairs
from tests.train.tunes import DATA, melody, tune


def is_near(a: Score, b: Score) -> bool:
    return len(near_pairs([fingerprint(a), fingerprint(b)])) == 1


def test_a_transposed_piece_has_the_same_fingerprint() -> None:
    assert np.array_equal(fingerprint(tune()), fingerprint(tune().transpose(-7)))


def test_rhythm_meter_and_velocity_do_not_matter() -> None:
    notes = tune().notes
    slower = Notes(
        notes.onset * 2 + np.arange(len(notes)) % 3, notes.duration, notes.pitch, np.full(len(notes), 64)
    )
    assert np.array_equal(fingerprint(tune()), fingerprint(replace(tune(), tracks=(Track(slower),))))


def test_an_accompaniment_below_the_melody_does_not_matter() -> None:
    bass = Track(Notes.of(Note(bar * 1920, 1920, 38, 70) for bar in range(16)))
    assert is_near(tune(), replace(tune(), tracks=(*tune().tracks, bass)))


def test_a_piece_that_shares_half_is_near_and_one_that_shares_a_tenth_is_not() -> None:
    own, other = melody(1, 128), melody(2, 128)
    assert is_near(tune(pitches=own), tune(pitches=own[:64] + other[64:]))
    assert not is_near(tune(pitches=own), tune(pitches=own[:22] + other[22:]))


def test_an_excerpt_is_near_the_whole() -> None:
    assert is_near(tune(), tune().slice_bars(4, 8))


def test_unrelated_pieces_are_not_near() -> None:
    assert len(near_pairs([fingerprint(tune(seed)) for seed in range(40)])) == 0


def test_pieces_of_a_few_notes_have_no_fingerprint_and_no_twin() -> None:
    short = tune(bars=(8,))
    assert len(fingerprint(short)) == 0
    assert not is_near(short, short)


def test_drum_patterns_are_compared_by_drum_and_time() -> None:
    def groove(pattern: list[int], gap: int) -> Score:
        notes = Notes.of(Note(i * gap, 60, pattern[i % len(pattern)], 90) for i in range(64))
        return Score(480, (Track(notes, is_drum=True),))

    assert is_near(groove([36, 42, 38, 42], 240), groove([36, 42, 38, 42], 243))
    assert not is_near(groove([36, 42, 38, 42], 240), groove([36, 42, 38, 42], 120))
    assert not is_near(groove([36, 42, 38, 42], 240), groove([37, 43, 39, 43], 240))


def test_the_index_finds_the_same_pairs_as_comparing_all_with_all() -> None:
    draw = np.random.default_rng(5)
    stock = draw.integers(0, 2**32, 300, dtype=np.uint32)
    pieces = [np.unique(draw.choice(stock, draw.integers(1, 60))) for _ in range(40)]
    expected = {
        (i, j)
        for i in range(40)
        for j in range(i + 1, 40)
        if len(np.intersect1d(pieces[i], pieces[j]))
        >= duplicates.CONTAINMENT * min(len(pieces[i]), len(pieces[j]))
    }
    assert 20 < len(expected) < 700
    assert set(map(tuple, near_pairs(pieces).tolist())) == expected


def test_more_copies_than_a_common_run_allows_are_still_one_group() -> None:
    copies = [fingerprint(tune().transpose(i % 12)) for i in range(2 * duplicates.COMMON + 5)]
    others = [fingerprint(tune(seed)) for seed in range(10, 20)]
    found = groups(len(copies) + 10, near_pairs(copies + others))
    assert set(found[: len(copies)].tolist()) == {0}
    assert len(set(found.tolist())) == 11


def test_twins_are_found_when_runs_are_thinned_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [fingerprint(tune(seed, bars=(8,) * 64)) for seed in [*range(10), *range(10)]]
    # A tenth of 502 runs each: that a twin is missed would take all of its 50 or so runs to be thinned out.
    monkeypatch.setattr(duplicates, "MOST_RUNS", sum(map(len, pieces)) // 10)
    assert near_pairs(pieces).tolist() == [[i, i + 10] for i in range(10)]


def test_groups_reach_through_others() -> None:
    assert groups(6, np.array([[4, 5], [1, 4], [2, 3]])).tolist() == [0, 1, 2, 2, 1, 1]
    assert groups(2, np.zeros((0, 2), np.int64)).tolist() == [0, 1]
    assert near_pairs([]).shape == (0, 2)


@pytest.mark.skipif(not (DATA / "train").is_dir(), reason="no training music at LINNET_DATA")
def test_listed_near_duplicates_are_found() -> None:
    listed = json.loads((DATA / "train" / "near_duplicates.json").read_text())
    pairs = [(DATA / a, DATA / b) for a, b, _ in listed if (DATA / a).is_file() and (DATA / b).is_file()][
        ::10
    ]
    files = sorted({file for pair in pairs for file in pair})
    found = groups(len(files), near_pairs([fingerprint(midi.read(file)) for file in files]))
    group_of = dict(zip(files, found.tolist(), strict=True))
    assert len(pairs) > 50
    assert all(group_of[a] == group_of[b] for a, b in pairs)
