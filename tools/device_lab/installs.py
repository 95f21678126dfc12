"""Installs a wheel on a machine, as its users do."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

from device_lab import musl
from device_lab.machines import Place
from device_lab.work import Result, Words, Work


def install(work: Work, place: Place, wheel: Path) -> Result:
    """`pip install linnet` in a new virtual environment, by the machine's own Python and from the index."""
    name = f"install-{place.env.name}"
    if not (place.env / "bin" / "python").exists():
        (work / "results" / f"{name}.json").unlink(missing_ok=True)
    how = _install_musl if place.machine.musl else _install
    inputs = [wheel, str(place.python), inspect.getsource(how)]
    return work.once(name, inputs, lambda: _update(work, place, wheel) or how(work, place, wheel))


def _update(work: Work, place: Place, wheel: Path) -> Result | None:
    """Replaces linnet alone where all that it asks for was installed for an earlier wheel."""
    stamp = _stamp(place)
    if not stamp.exists() or (kept := json.loads(stamp.read_text()))["asked"] != _asked(place, wheel):
        return None
    (packages,) = place.env.glob("lib/python3*/site-packages")
    for old in packages.glob("linnet*"):
        shutil.rmtree(old)
    command: Words = ["install", "--no-deps", "--ignore-installed", wheel]
    if place.machine.musl:
        command = [*_pip_for_musl(place), "--no-deps", wheel]
    else:
        command = place.command(_pip(work), *command)
    work.run(f"install-{place.env.name}", command, env=_quiet(work), timeout=1800)
    return _installed(work, place) | {"bytes": kept["others"] + _bytes(packages / "linnet")}


def _stamp(place: Place) -> Path:
    return place.env / "asked.json"


def _asked(place: Place, wheel: Path) -> list[str]:
    """What the wheel asks for, and who is asked."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    return [str(place.python), *re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)]


def _install(work: Work, place: Place, wheel: Path) -> Result:
    name = f"install-{place.env.name}"
    pip = _pip(work)
    shutil.rmtree(place.env, ignore_errors=True)
    make: Words = ["-m", "venv", "--without-pip", place.env]
    if place.machine.numpy_of_debian:
        make.append("--system-site-packages")
    work.run(f"{name}-venv", [*place.prefix, place.python, *make])
    quiet = _quiet(work)
    work.run(name, place.command(pip, "install", wheel), env=quiet, timeout=1800)
    found = _installed(work, place)
    more = place.command(pip, "install", "pytest", "hypothesis", *place.machine.extra)
    work.run(f"{name}-tests", more, env=quiet, timeout=1800)
    return _stamped(place, wheel, found)


def _install_musl(work: Work, place: Place, wheel: Path) -> Result:
    """By this machine's pip, told what it installs for: Python has no TLS there, and pip starts programs."""
    name = f"install-{place.env.name}"
    shutil.rmtree(place.env, ignore_errors=True)
    shutil.copytree(place.python.parents[1], place.env, symlinks=True)
    (place.env / "bin" / "python").symlink_to(place.python.name)
    pip = _pip_for_musl(place)
    work.run(name, [*pip, wheel], env=_quiet(work), timeout=1800)
    found = _installed(work, place)
    work.run(f"{name}-tests", [*pip, "pytest", "hypothesis"], env=_quiet(work), timeout=1800)
    for library in place.env.rglob("*-linux-musl.so"):  # this Python looks for -linux-gnu.so
        library.rename(library.with_name(f"{library.name.partition('.')[0]}.so"))
    return _stamped(place, wheel, found)


def _pip_for_musl(place: Place) -> Words:
    (packages,) = place.env.glob("lib/python3*/site-packages")
    pip: Words = [sys.executable, "-m", "pip", "install", "--target", packages, "--only-binary=:all:"]
    return [*pip, "--platform", place.machine.tag, "--python-version", musl.VERSION]


def _stamped(place: Place, wheel: Path, found: Result) -> Result:
    (packages,) = place.env.glob("lib/python3*/site-packages")
    kept = {"asked": _asked(place, wheel), "others": found["bytes"] - _bytes(packages / "linnet")}
    _stamp(place).write_text(json.dumps(kept))
    return found


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _quiet(work: Work) -> dict[str, str]:
    return {"PIP_CACHE_DIR": str(work / "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1"}


def _installed(work: Work, place: Place) -> Result:
    """What there is now, as the Python there sees it."""
    (packages,) = place.env.glob("lib/python3*/site-packages")
    look = (
        "import importlib.metadata as m, json, platform\n"
        "print(json.dumps({'python': platform.python_version(),"
        " 'packages': {d.name: d.version for d in m.distributions()}}))"
    )
    seen = json.loads(work.run(f"installed-{place.env.name}", place.command("-c", look)))
    names = ("linnet", "numpy", "onnxruntime", "sherpa-onnx-core", "mido")
    packages_of_ours = {name: version for name, version in seen["packages"].items() if name in names}
    return {"bytes": _bytes(packages), "packages": packages_of_ours, "python": seen["python"]}


def _pip(work: Work) -> Path:
    """A pip in one file that any Python runs."""
    folder = work / "downloads"
    if not list(folder.glob("pip-*.whl")):
        command: Words = [
            work / "tools/bin/python",
            "-m",
            "pip",
            "download",
            "--no-deps",
            "-d",
            folder,
            "pip",
        ]
        work.run("download-pip", command)
    return max(folder.glob("pip-*.whl")) / "pip"
