"""The workers of all requests: as many as there are processors, and a bounded queue before them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from linnet.errors import LinnetError

__all__ = ["BusyError", "Pool"]

MOST_WAITING = 64
"""Requests that wait for a worker."""

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class BusyError(LinnetError):
    """There is more to do than can be done."""


class Pool:
    """Does work in threads; the loop in C lets others run."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(max(os.cpu_count() or 1, 2), thread_name_prefix="studio")
        self._waiting = 0
        self.listening = self.live = 0
        """Pieces and streams that are heard."""

    async def run(self, work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Does it in a worker; BusyError where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise BusyError("the studio is busy: try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, work, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Ends the workers when they are through."""
        self._workers.shutdown(wait=False, cancel_futures=True)
