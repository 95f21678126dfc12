"""Some of the plans of a run, kept beside its weights: to learn how to round them, and what that costs."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linnet.controls.plan_layout import TOLD_AHEAD
from linnet_train.errors import TrainError
from linnet_train.plans.spelling import Spelled
from linnet_train.storage import store

MOST = 12_000
"""Questions."""

TOLD_EVERY = 3
"""Of so many plans, one is kept with its chords to come."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Plans one after the other."""

    ids: NDArray[np.int64]  # (n, WIDTH)
    answers: NDArray[np.int64]  # (n,)
    possible: NDArray[np.uint8]  # (n, bytes)
    lengths: NDArray[np.int64]  # (plans,)

    def plans(self) -> Iterator[NDArray[np.int64]]:
        """The rows of each plan."""
        return iter(np.split(self.ids, np.cumsum(self.lengths)[:-1]))


def write_sample(folder: Path, name: Literal["train", "valid"], plans: Sequence[Spelled]) -> None:
    """Keeps plans from all over, about MOST questions."""
    chosen, count = list[Spelled](), 0
    for place in np.random.default_rng(1).permutation(len(plans)).tolist():
        chosen.append(plans[place])
        count += len(plans[place].answers)
        if count >= MOST:
            break
    rows = []
    for number, plan in enumerate(chosen):
        ids = plan.ids.astype(np.int16)
        if number % TOLD_EVERY:
            ids[:, TOLD_AHEAD:] = 0
        rows.append(ids)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        ids=np.concatenate(rows),
        answers=np.concatenate([plan.answers for plan in chosen]),
        possible=np.concatenate([plan.possible for plan in chosen]),
        lengths=np.array([len(plan.answers) for plan in chosen]),
    )
    store(folder / f"{name}.npz", buffer.getvalue())


def read_sample(folder: Path, name: Literal["train", "valid"]) -> Sample:
    """What `write_sample` kept; TrainError where there is nothing."""
    try:
        with np.load(folder / f"{name}.npz") as file:
            ids, answers, lengths = (file[key].astype(np.int64) for key in ("ids", "answers", "lengths"))
            return Sample(ids, answers, file["possible"], lengths)
    except (OSError, ValueError, KeyError) as error:
        raise TrainError(f"{folder}: {name}.npz is missing or damaged; train the plan model again") from error
