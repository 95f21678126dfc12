"""A folder that keeps what is done, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that is tried."""

Result = dict[str, Any]
Words = list[str | Path]


class StepError(Exception):
    """A step that failed; the message is one line."""


class Work:
    """WORKDIR: logs/, results/, and a folder for each kind of thing that is made."""

    def __init__(self, folder: Path, *, look_only: bool = False) -> None:
        """Opens the folder, and makes it where it is not there yet. To look only is to do nothing new."""
        self._look_only = look_only
        self.folder = folder.resolve()
        self._start = time.monotonic()
        self._talking = threading.Lock()
        self._met: set[str] = set()
        for name in ("logs", "results"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def say(self, text: str) -> None:
        """A line of progress."""
        with self._talking:
            print(f"{time.monotonic() - self._start:6.0f} s  {text}", file=sys.stderr, flush=True)

    def once(self, name: str, inputs: Sequence[object], make: Callable[[], Result]) -> Result:
        """What `make` returns, or what it returned when it was last run with the same inputs.

        Paths among the inputs stand for what is in them. Failures are not kept.
        """
        file = self / "results" / f"{name}.json"
        digest = fingerprint(*inputs)
        if file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            if kept["inputs"] == digest:
                if name not in self._met:
                    self.say(f"{name}: done before")
                self._met.add(name)
                return dict(kept["result"])
        if self._look_only:
            raise StepError("not done yet")
        self.say(f"{name} ...")
        start = time.monotonic()
        result = make()
        file.write_text(json.dumps({"inputs": digest, "result": result}), encoding="utf-8")
        self.say(f"{name}: {time.monotonic() - start:.0f} s")
        return result

    def run(
        self,
        name: str,
        command: Words,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 3600,
        status: Sequence[int] = (0,),
    ) -> str:
        """Standard output of a command; all of its talk goes to logs/name. StepError when it fails."""
        log = self / "logs" / f"{name}.log"
        with log.open("w", encoding="utf-8") as file:
            file.write(f"$ {' '.join(map(str, command))}\n")
            file.flush()
            try:
                done = subprocess.run(
                    [str(part) for part in command],
                    env={**os.environ, **(env or {})},
                    cwd=cwd or self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=file,
                    text=True,
                    timeout=timeout,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise StepError(f"{name}: not done after {timeout:.0f} s, see {log}") from error
            except OSError as error:
                raise StepError(f"{name}: {error}") from error
            file.write(done.stdout)
        if done.returncode not in status:
            said = log.read_text(encoding="utf-8").split("\n", 1)[1].strip().splitlines()
            raise StepError(f"{name}: {said[-1] if said else f'status {done.returncode}'} (see {log})")
        return done.stdout


def fingerprint(*inputs: object) -> str:
    """A hash of values, and of what is in the files and folders that paths name."""
    digest = hashlib.sha256()
    for given in inputs:
        if not isinstance(given, Path):
            digest.update(repr(given).encode())
            continue
        for path in [given] if given.is_file() else sorted(given.rglob("*")):
            if path.is_file() and path.suffix not in (".so", ".pyc"):
                digest.update(str(path.relative_to(given)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
