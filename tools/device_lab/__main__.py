"""The command; `tools/devices` starts it, and has its help."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from device_lab import audit, installs, machines, steps, table, trials, unpacked, wheels
from device_lab.machines import Machine, Place
from device_lab.table import Cell
from device_lab.wheels import TARGETS, Target
from device_lab.work import ROOT, Result, StepError, Work

HEAD = (
    "platform", "processor", "wheel builds", "size", "audits pass",
    "installs", "generates", "golden hashes equal", "tests", "memory",
)  # fmt: skip
TRIED = HEAD[5:]

_MODEL = ROOT / "runtime/linnet/models/folk.onnx"


def main() -> int:
    """1 when a cell of the table fails."""
    parser = argparse.ArgumentParser(prog="tools/devices")
    parser.add_argument("workdir", type=Path, help="keeps what is done")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table and all figures there")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="machines tried at a time")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD", help="machines with such a word")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth golden piece")
    parser.add_argument("--look", action="store_true", help="do nothing new: the table of what was done")
    parser.add_argument("--steps", action="store_true", help="only steps of linnet's own engine, in C")
    parser.add_argument("--unpacked", action="store_true", help="only golden pieces, nothing installed")
    parser.add_argument("--wheels", action="store_true", help="build and audit, and try none")
    asked = parser.parse_args()
    work = Work(asked.workdir, look_only=asked.look)
    if asked.steps:
        return steps.run(work)
    wanted = [m for m in machines.MACHINES if any(word in m.name for word in asked.only)]
    chosen = [] if asked.wheels else wanted
    targets = [target for target in TARGETS if target.tag in {machine.tag for machine in wanted}]
    if asked.unpacked:
        return unpacked.run(work, wanted, targets, asked.every)
    with ThreadPoolExecutor(asked.jobs) as pool:
        tags = [target.tag for target in targets]
        built = dict(zip(tags, pool.map(partial(_wheel, work), targets), strict=True))
        places = {machine: _attempt(machines.prepare, work, machine) for machine in chosen}
        installed_in = {}  # machines with one system share an installation
        for machine, place in places.items():
            if isinstance(place, Place) and place.env not in installed_in and "path" in built[machine.tag]:
                wheel = built[machine.tag]["path"]
                installed_in[place.env] = pool.submit(_attempt, installs.install, work, place, wheel)
        attempt = partial(_try, work, built, installed_in, asked.every)
        tries = [pool.submit(attempt, machine, places[machine]) for machine in chosen]
        rows = [row.result() for row in tries]
    tried = {machine.tag for machine in chosen}
    rows += [_untried(built[target.tag], target) for target in targets if target.tag not in tried]
    _print(rows)
    whole = {tag: wheel for tag, wheel in built.items() if "parts" in wheel}
    print(f"\n{table.sizes({tag: wheel['parts'] for tag, wheel in whole.items()})}")
    print(f"\n{table.least({tag: wheel['least'] for tag, wheel in whole.items()})}")
    if asked.json:
        asked.json.write_text(json.dumps(_report(rows), indent=1), encoding="utf-8")
    return 0 if all(cell.ok for row in rows for cell in row["cells"].values()) else 1


def _attempt(step: Callable[..., Any], *arguments: object) -> Any:
    """What a step gives, or the StepError that it raised: one that fails does not stop the others."""
    try:
        return step(*arguments)
    except StepError as error:
        return error


def _wheel(work: Work, target: Target) -> dict[str, Any]:
    """Where the wheel is, and the cells about it."""
    path = _attempt(wheels.build, work, target)
    if isinstance(path, StepError):
        none = Cell(False, "no wheel")
        return {"cells": {"wheel builds": Cell(False, str(path)), "size": none, "audits pass": none}}
    found = audit.audit(work, target, path)
    size = found["without_models"]
    cells = {
        "wheel builds": Cell(True, "yes"),
        "size": Cell(size <= audit.LARGEST, f"{size / 1000:.0f} kB + models"),
        "audits pass": Cell(not found["problems"], "; ".join(found["problems"]) or "yes"),
    }
    return {"path": path, "cells": cells, "parts": found["parts"], "least": found["least"]}


def _try(
    work: Work,
    built: dict[str, Any],
    installed_in: dict[Path, Future[Any]],
    every: int,
    machine: Machine,
    place: Place | StepError,
) -> dict[str, Any]:
    """One row of the table, with the figures behind it."""
    wheel = built[machine.tag]
    row: dict[str, Any] = {"machine": machine, "cells": dict(wheel["cells"]), "figures": {}}
    row["processor"] = machine.cpu or machines.this_cpu()
    cells, figures = row["cells"], row["figures"]
    installed: object = place
    if isinstance(place, Place):
        installed = installed_in[place.env].result() if place.env in installed_in else "no wheel"
    if not isinstance(installed, dict) or not isinstance(place, Place):
        cells["installs"] = Cell(False, str(installed))
        cells |= {name: Cell(False, "not installed") for name in TRIED[1:]}
        return row
    path = wheel["path"]
    figures["install"] = installed
    cells["installs"] = Cell(True, f"Python {installed['python']}, {installed['bytes'] / 1e6:.0f} MB")
    for name, step in _steps(machine, every).items():
        figures[name] = _attempt(step, work, place, path)
    cells |= _cells(figures, machine.engines)
    return row


def _steps(machine: Machine, every: int) -> dict[str, Callable[..., Any]]:
    """What is tried; what an engine does has its name behind it."""
    steps: dict[str, Callable[..., Any]] = {}
    for engine in machine.engines:
        steps[f"generate, {engine}"] = partial(trials.generate, engine=engine)
        if machine.cpu in table.CPUS and machine.suite == "bookworm":
            steps[f"instructions, {engine}"] = partial(trials.instructions, engine=engine)
        steps[f"golden, {engine}"] = partial(trials.golden, every=every, engine=engine)
    steps["tests"] = trials.tests
    return steps


def _cells(figures: dict[str, Any], engines: Sequence[str]) -> dict[str, Cell]:
    cells = {}
    for name, look, figure in (
        ("generates", _generates, "generate"),
        ("golden hashes equal", _golden, "golden"),
        ("memory", _memory, "generate"),
    ):
        found = {engine: look(figures[f"{figure}, {engine}"]) for engine in engines}
        text = ", ".join(f"{engine} {cell.text}" for engine, cell in found.items())
        cells[name] = Cell(all(cell.ok for cell in found.values()), text)
    tests = figures["tests"]
    if isinstance(tests, dict):
        text = ", ".join(f"{number} {word}" for word, number in tests.items())
        cells["tests"] = Cell(not tests.get("failed") and not tests.get("error"), text)
    else:
        cells["tests"] = Cell(False, str(tests))
    for failed in (figure for figure in figures.values() if isinstance(figure, StepError)):
        if str(failed) not in " ".join(cell.text for cell in cells.values()):
            cells["memory"] = Cell(False, str(failed))
    return cells


def _generates(made: object) -> Cell:
    return Cell(True, "yes") if isinstance(made, dict) else Cell(False, str(made))


def _memory(made: object) -> Cell:
    if not isinstance(made, dict):
        return Cell(False, str(made))
    return Cell(made["memory"] <= trials.MEMORY, f"{made['memory']:.0f} MB ({made['private']:.0f} its own)")


def _golden(golden: object) -> Cell:
    if not isinstance(golden, dict):
        return Cell(False, str(golden))
    text = f"{golden['equal']} of {golden['pieces']}"
    if golden["pieces"] < golden["all"]:
        text += f" (of {golden['all']})"
    return Cell(golden["equal"] == golden["pieces"], text)


def _untried(wheel: dict[str, Any], target: Target) -> dict[str, Any]:
    """A row of a wheel that was built and audited, and that is all."""
    cells = wheel["cells"] | {name: Cell(True, "not asked for") for name in TRIED}
    return {"machine": Machine(target.tag), "processor": target.machine, "cells": cells, "figures": {}}


def _print(rows: list[dict[str, Any]]) -> None:
    lines = [
        (_platform(row["machine"]), row["processor"], *(row["cells"][name] for name in HEAD[2:]))
        for row in rows
    ]
    print(table.markdown(HEAD, lines))
    measured = {
        (row["machine"].cpu, engine): row["figures"][f"instructions, {engine}"]
        | row["figures"][f"generate, {engine}"]
        for row in rows
        for engine in row["machine"].engines
        if all(
            isinstance(row["figures"].get(f"{name}, {engine}"), dict) for name in ("instructions", "generate")
        )
    }
    if measured:
        print(f"\n{table.boards(measured, _MODEL.stat().st_size)}")


def _platform(machine: Machine) -> str:
    return f"{machine.tag}{f', Debian {machine.suite}' if machine.suite and not machine.musl else ''}"


def _report(rows: list[dict[str, Any]]) -> list[Result]:
    """The table and the figures as JSON has them."""
    return [
        {
            "platform": row["machine"].tag,
            "system": row["machine"].suite or "this one",
            "processor": row["processor"],
            "boards": row["machine"].boards,
            "cells": {name: {"ok": cell.ok, "text": cell.text} for name, cell in row["cells"].items()},
            "figures": {
                name: str(value) if isinstance(value, StepError) else value
                for name, value in row["figures"].items()
            },
        }
        for row in rows
    ]


if __name__ == "__main__":
    sys.exit(main())
