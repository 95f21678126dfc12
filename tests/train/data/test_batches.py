"""Lanes deliver every token once, in order, and know where they are."""

from collections.abc import Callable

import numpy as np
import pytest

from linnet_train.data.batches import Lanes, Loaded, Shuffle, chunks


def loader(lengths: list[int]) -> Callable[[int], Loaded]:
    """Piece `draw` holds the numbers draw * 1000 + 1, + 2... as feature_ids and as targets."""

    def load(draw: int) -> Loaded:
        numbers = draw * 1000 + 1 + np.arange(lengths[draw % len(lengths)])
        return Loaded(np.stack([numbers, -numbers], axis=1).astype(np.int32), numbers.astype(np.uint16))

    return load


@pytest.mark.parametrize("batch_size", [1, 3, 20])
@pytest.mark.parametrize("chunk", [1, 4, 64])
def test_every_token_of_every_piece_comes_once_and_in_order(batch_size: int, chunk: int) -> None:
    lengths = [5, 1, 12, 8, 0, 7, 30, 4]
    lanes = Lanes(loader(lengths), batch_size=batch_size, chunk=chunk, draws=len(lengths))
    heard: list[list[int]] = []
    running: dict[int, list[int]] = {}
    for batch in lanes:
        assert batch.targets.shape[1] == chunk
        np.testing.assert_array_equal(batch.feature_ids[..., 0], batch.targets)  # a bag stays with its target
        np.testing.assert_array_equal(batch.feature_ids[..., 1], -batch.targets)
        for lane, (row, starts) in enumerate(zip(batch.targets, batch.starts, strict=True)):
            if starts:
                running[lane] = []
                heard.append(running[lane])
            held = row[row > 0]
            assert not row[len(held) :].any(), "padding stands at the end"
            running.setdefault(lane, []).extend(held.tolist())
    expected = [list(range(d * 1000 + 1, d * 1000 + 1 + n)) for d, n in enumerate(lengths) if n]
    assert sorted(heard) == expected


def test_a_stream_goes_on_from_any_position() -> None:
    load = loader([5, 1, 12, 8, 7])
    for steps in range(12):
        straight, resumed = (Lanes(load, batch_size=3, chunk=4) for _ in range(2))
        for _ in range(steps):
            next(straight)
        resumed.seek(straight.position)
        for _ in range(5):
            a, b = next(straight), next(resumed)
            np.testing.assert_array_equal(a.feature_ids, b.feature_ids)
            np.testing.assert_array_equal(a.targets, b.targets)
            np.testing.assert_array_equal(a.starts, b.starts)


def test_a_finite_stream_resumes_with_idle_lanes() -> None:
    load = loader([2, 9])
    straight, resumed = (Lanes(load, batch_size=2, chunk=2, draws=2) for _ in range(2))
    next(straight), next(straight)
    resumed.seek(straight.position)
    assert [b.targets.tolist() for b in straight] == [b.targets.tolist() for b in resumed] != []


def test_an_epoch_visits_each_piece_once_and_the_next_in_another_order() -> None:
    shuffle = Shuffle(50, seed=3)
    orders = [[shuffle[epoch * 50 + i][0] for i in range(50)] for epoch in range(3)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert orders[0] != orders[1] != orders[2]  # equal by chance: 1 in 50!


def test_what_is_drawn_about_a_piece_depends_on_seed_and_draw_alone() -> None:
    forwards, backwards = Shuffle(7, seed=1), Shuffle(7, seed=1)
    a = [(i, rng.random()) for i, rng in (forwards[d] for d in range(30))]
    b = [(i, rng.random()) for i, rng in (backwards[d] for d in reversed(range(30)))]
    assert a == b[::-1]
    assert len({number for _, number in a}) == 30
    assert [Shuffle(7, seed=2)[d][0] for d in range(30)] != [i for i, _ in a]


def test_chunks_counts_the_steps_of_a_lane() -> None:
    assert chunks([1, 4, 5, 8], 4) == 1 + 1 + 2 + 2
