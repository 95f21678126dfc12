"""Joins a gap to what comes after it: a part that leaps away over the seam is composed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.controls.options import Options
from linnet.controls.request import Request
from linnet.engine.engine import Engine
from linnet.generation.around import Task, compose
from linnet.generation.ground import Ground
from linnet.tokens.given import KIT, ONSET, PITCH, SLOT
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WIDEST", "joined_up", "leap"]

WIDEST = 7
"""Semitones that a part may leap over a seam: people leap further at one bar line in sixty."""

TRIES = 8


def joined_up(
    engine: Engine, ground: Ground, options: Options, task: Task
) -> tuple[NDArray[np.int32], Request]:
    """As `compose`, of a task with one gap: the first of eight whose parts come within a fifth of how they
    go on, or else the nearest of them.
    """
    after = int(task.spans[0][1])
    found: tuple[NDArray[np.int32], Request] | None = None
    nearest = 1 << 20
    for attempt in range(TRIES):
        fresh, request = compose(engine, ground, options, task, attempt=attempt)
        far = max(
            (
                leap(fresh, task.rows, slot, after)
                for slot in range(len(task.ranges))
                if slot not in task.slots
            ),
            default=0,
        )
        if found is None or far < nearest:
            found, nearest = (fresh, request), far
        if nearest <= WIDEST:
            break
    assert found is not None
    return found


def leap(fresh: NDArray[np.int32], rows: NDArray[np.int32], slot: int, tick: int) -> int:
    """Semitones from the last new note of a slot to the first given one from a tick on, of the top notes; 0
    where there is none, and for drums.
    """
    new, then = fresh[fresh[:, SLOT] == slot], rows[(rows[:, SLOT] == slot) & (rows[:, ONSET] >= tick)]
    if slot == KIT or not len(new) or not len(then):
        return 0
    last = new[new[:, ONSET] == new[:, ONSET].max(), PITCH].max()
    first = then[then[:, ONSET] == then[:, ONSET].min(), PITCH].max()
    return abs(int(first) - int(last))
