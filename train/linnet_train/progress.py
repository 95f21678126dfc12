"""A progress bar over the stages of a long command."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from tqdm import tqdm

Progress = Callable[[float], object]
"""Called with the share that is done, 0 to 1."""


class Stages:
    """Goes from 0 to 100 on stderr, when that is a terminal."""

    def __init__(self, name: str) -> None:
        form = "{desc:<32}{percentage:3.0f}%|{bar}| {elapsed}"
        self._bar = tqdm(total=100.0, desc=name, bar_format=form, dynamic_ncols=True, disable=None)
        self._begun, self._weight = 0.0, 0.0

    def next(self, name: str, weight: float) -> Progress:
        """Begins a stage that takes so much of the hundred; call what comes back with the share done."""
        begun = self._begun = self._begun + self._weight
        self._weight = weight
        self._bar.set_description_str(name, refresh=False)
        self._to(begun)

        def report(done: float) -> None:
            self._to(begun + weight * done)

        return report

    def _to(self, place: float) -> None:
        self._bar.n = min(place, 100.0)
        self._bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
