"""Given music in training: what is given is known ahead and not learnt, the rest is."""

from dataclasses import replace

import numpy as np
import pytest

from linnet.music.score import Note, Notes, Score, Track
from linnet.tokens import codec, features, given
from linnet.tokens.given import KIT, NO_END
from linnet.tokens.vocabulary import FAMILIES, describe
from linnet_train.data import examples
from linnet_train.data.given import chosen, forced_by, gaps, lines_of, outer, with_onsets, with_parts
from tests.train.corpora import TINY, piece
from tests.train.data.test_examples import STILL

PAD = FAMILIES["pad"].first


def three_parts(bars: int = 8) -> Score:
    """A melody in quarters over halves, over a bass and a kit in whole bars."""
    melody = [Note(24 * i, 24, 72 + i % 5, 90) for i in range(4 * bars)]
    chords = [Note(48 * i, 48, pitch, 70) for i in range(2 * bars) for pitch in (60, 64)]
    bass = [Note(96 * i, 96, 36 + i % 3, 80) for i in range(bars)]
    kit = [Note(96 * i, 6, 36, 100) for i in range(bars)]
    tracks = [Track(Notes.of(notes), program=n) for n, notes in enumerate((melody, chords, bass))]
    return codec.quantise(Score(24, (*tracks, Track(Notes.of(kit), is_drum=True))))


TOKENS = codec.encode(three_parts())
READING = given.read(TOKENS)
COLUMNS = slice(
    *(f.first_column for f in features.FAMILIES if f.name in ("given_slot", "rare_time_signature"))
)


def words(forced: np.ndarray) -> list[str]:  # type: ignore[type-arg]  # bool
    return [describe(int(token)) for token in TOKENS[forced]]


def test_of_a_given_part_all_but_the_choice_that_nobody_else_plays_first_follows() -> None:
    told = with_parts(READING, [1], [])

    assert words(told.forced)[:5] == [
        "velocity 70",
        "note 64",
        "duration_fine 48",
        "note 60",
        "duration_fine 48",
    ]
    assert not any(word.startswith(("slot", "bar", "shift", "drum")) for word in words(told.forced))
    assert words(told.forced).count("note 60") == 16


def test_outside_of_a_gap_everything_follows() -> None:
    lines = lines_of(TOKENS, READING)
    told = with_parts(READING, [], [(lines[2], lines[4])])
    free = [describe(int(token)) for token in TOKENS[~told.forced]]

    assert free.count("bar") == 2  # that between, and the one that ends the gap
    assert sum(word.startswith("note") for word in free) == 2 * (4 + 2 * 2 + 1)
    assert not any(word.startswith(("program", "time_signature")) for word in free)


def test_where_only_onsets_are_given_everything_is_learnt() -> None:
    told = with_onsets(READING, [0, KIT])
    assert not told.forced.any()
    rows = features.compute(TOKENS, "grid", given=told.given)
    times = rows[:, COLUMNS][:, 1:3]
    assert times.any(axis=0).all()
    assert not rows[:, COLUMNS][:, 3:6].any()  # no pitches, and no drum


def test_the_network_sees_a_given_part_before_it_sounds() -> None:
    told = with_parts(READING, [2], [])
    rows = features.compute(TOKENS, "grid", given=told.given)
    low = next(f for f in features.FAMILIES if f.name == "given_next")
    at_line = np.flatnonzero(FAMILIES["bar"].first == TOKENS)
    assert (rows[at_line, low.first_column] - low.first_id).tolist() == [36 + i % 3 for i in range(8)]


def test_what_follows_is_not_learnt_and_what_is_learnt_is_the_piece() -> None:
    stored = piece(three_parts())
    run, model = replace(STILL, given_share=1.0), replace(TINY, home=False)
    seen = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        read = examples.training_example(stored.tokens, stored.wishes, "grid", rng, run, model)
        learnt = read.targets != PAD
        assert (read.targets[learnt] == stored.tokens[1:][learnt]).all()
        assert learnt.any()
        assert read.feature_ids[:, COLUMNS].any()
        seen += not learnt.all()
    assert seen > 5


@pytest.mark.parametrize(("share", "told"), [(0.0, True), (1.0, False)])
def test_nothing_is_given_where_the_share_is_nothing_or_the_network_is_not_told(
    share: float, told: bool
) -> None:
    stored = piece(three_parts())
    run, model = replace(STILL, given_share=share), replace(TINY, given=told)
    read = examples.training_example(
        stored.tokens, stored.wishes, "grid", np.random.default_rng(1), run, model
    )

    assert not read.feature_ids[:, COLUMNS].any()
    assert (read.targets != PAD).all()


def test_all_kinds_are_drawn() -> None:
    forced = [chosen(TOKENS, np.random.default_rng(seed)) for seed in range(40)]
    shares = [float(told.forced.mean()) for told in forced if told]

    assert len(shares) == 40
    assert min(shares) == 0  # onsets
    assert max(shares) > 0.5
    assert len(set(shares)) > 10


def test_music_without_notes_gives_nothing() -> None:
    assert chosen(codec.encode(Score(24, (), end=96)), np.random.default_rng(0)) is None


def test_gaps_lie_apart_between_bar_lines() -> None:
    lines = list(range(0, 96 * 40, 96))
    for seed in range(20):
        spans = gaps(lines, np.random.default_rng(seed))
        ticks = [tick for span in spans for tick in span]
        assert ticks == sorted(set(ticks))
        assert set(ticks) <= {*lines, NO_END}


def test_outer_parts_are_found_by_pitch_and_the_kit_where_it_is_alone() -> None:
    assert outer(READING, [0, 1, 2, KIT]) == (2, 0)
    assert outer(READING, [KIT]) == (KIT, KIT)


def test_everything_given_is_all_forced() -> None:
    assert forced_by(READING, np.ones(len(READING.notes), np.bool_), [(10**6, NO_END)]).all()
