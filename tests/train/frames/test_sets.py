"""Files of frames: what is read, and what is said about a file that is not one."""

from pathlib import Path

import numpy as np
import pytest

from linnet_train.errors import TrainError
from linnet_train.frames import sets
from linnet_train.frames.baselines import marginal, markov
from linnet_train.frames.sets import Rolls
from tests.train.frame_toys import toy_set, write_toy
from tests.train.tunes import DATA


def arrays(folder: Path) -> dict[str, np.ndarray]:
    with np.load(write_toy(folder / "good.npz")) as file:
        return dict(file)


def test_rolls_are_read_as_they_were_packed(tmp_path: Path) -> None:
    read, made = sets.read(write_toy(tmp_path / "toy.npz")), toy_set(pitches=88)
    for name in sets.SPLITS:
        rolls, expected = getattr(read, name), getattr(made, name)
        np.testing.assert_array_equal(rolls.roll, expected.roll)
        np.testing.assert_array_equal(rolls.offsets, expected.offsets)


def test_a_file_that_is_no_set_is_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    for content, message in (
        (b"", "not an .npz file"),
        (b"MThd\0\0\0\6", "not an .npz file"),
        (b"PK\x03\x04 cut short", "not an .npz file"),
    ):
        path.write_bytes(content)
        with pytest.raises(TrainError, match=message) as caught:
            sets.read(path)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(TrainError, match="a single array"):
        sets.read(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_roll": None}, "no array 'test_roll'"),
        ({"valid_offsets": None}, "no array 'valid_offsets'"),
        ({"train_roll": np.zeros((4, 88), np.uint8)}, r"'train_roll' must be uint8 \(frames, 11\)"),
        ({"train_roll": np.zeros((4, 11))}, "found float64"),
        ({"train_roll": np.array([["a"]], dtype=object)}, "'train_roll' is damaged"),
        ({"test_offsets": np.array([0])}, "two or more integers"),
        ({"test_offsets": np.array([0.0, 48.0])}, "two or more integers"),
        ({"test_offsets": np.array([0, 7])}, "must rise from 0 to the 49 frames"),
        ({"test_offsets": np.array([0, 30, 20, 49])}, "must rise from 0"),
        (
            {"test_roll": np.zeros((0, 11), np.uint8), "test_offsets": np.array([0, 0])},
            "no piece of two frames",
        ),
        (
            {"test_roll": np.zeros((1, 11), np.uint8), "test_offsets": np.array([0, 1])},
            "no piece of two frames",
        ),
    ],
)
def test_what_is_wrong_with_an_array_is_said_in_one_line(
    tmp_path: Path, changes: dict[str, np.ndarray | None], message: str
) -> None:
    changed = {name: array for name, array in {**arrays(tmp_path), **changes}.items() if array is not None}
    path = tmp_path / "bad.npz"
    np.savez(path, **changed)
    with pytest.raises(TrainError, match=message) as caught:
        sets.read(path)
    assert "\n" not in str(caught.value)


def test_counting_by_hand() -> None:
    train = Rolls(np.array([[1], [1], [0], [1]], dtype=bool), np.array([0, 4]))
    scored = Rolls(np.array([[1], [0], [1]], dtype=bool), np.array([0, 2, 3]))
    p = 3.5 / 5
    np.testing.assert_allclose(marginal(train, scored), -np.log([p, 1 - p, p]))
    # of two frames after a sounding one, one sounds; the second piece's first frame is not scored
    np.testing.assert_allclose(markov(train, scored), [0, -np.log(1 - 1.2 / 2.4), 0])


@pytest.mark.skipif(not (DATA / "poly").is_dir(), reason="needs the sets of the benchmark")
@pytest.mark.parametrize(
    ("name", "alone", "after_itself"), [("JSB_Chorales", 11.09, 10.49), ("Nottingham", 10.26, 5.15)]
)
def test_count_models_score_what_is_known_of_the_benchmark(
    name: str, alone: float, after_itself: float
) -> None:
    music = sets.read(DATA / "poly" / f"{name}.npz")
    later = music.test.place > 0
    assert marginal(music.train, music.test)[later].mean() == pytest.approx(alone, abs=0.005)
    assert markov(music.train, music.test)[later].mean() == pytest.approx(after_itself, abs=0.005)
