"""Looks at a finished wheel: what it says it is, what it needs, and what it should not hold."""

from __future__ import annotations

import ast
import io
import json
import lzma
import re
import socket
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import ARMAttributesSection
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from device_lab import machines, musl
from device_lab.wheels import GLIBC, Target
from device_lab.work import ROOT, Result, StepError, Words, Work

LARGEST = 830_000
"""Bytes of a wheel, its models not counted: what it has, so that whoever adds to it notices. The goal was 400
kB; docs/decisions/build.md says why it is not reached."""

_EXECUTABLE, _WRITABLE = 1, 2  # p_flags
_MACHINES = {"x86_64": ("EM_X86_64", 64), "aarch64": ("EM_AARCH64", 64), "armv7l": ("EM_ARM", 32)}
_HARD_FLOAT = 0x400  # EF_ARM_ABI_FLOAT_HARD
_LIBRARIES = re.compile(r"lib(c|dl|m|pthread)\.so\.6?[0-9]?|libc\.musl-\w+\.so\.1|ld-linux[\w.-]*\.so\.\d")


def audit(work: Work, target: Target, wheel: Path) -> Result:
    """Sizes, and what is wrong: `problems`, which should be empty."""
    inputs = [target, wheel, Path(__file__)]
    return work.once(f"audit-{target.tag}", inputs, lambda: _audit(work, target, wheel))


def _audit(work: Work, target: Target, wheel: Path) -> Result:
    here = (work.folder, ROOT, sys.prefix, sys.base_prefix, Path.home(), socket.gethostname())
    # A short name, such as "vm", is a part of other words.
    problems = list(problems_of(wheel, target, sorted(word for word in map(str, here) if len(word) > 4)))
    problems += _as_others_see_it(work, target, wheel)
    if target.musl:
        problems += _as_musl_sees_it(work, target, wheel)
    size, parts = wheel.stat().st_size, _parts(wheel)
    sizes = {"bytes": size, "without_models": size - parts.get("models", 0), "parts": parts}
    return sizes | {"least": least(wheel), "wheel": wheel.name, "problems": problems}


def _parts(wheel: Path) -> dict[str, int]:
    """Bytes of the wheel by what they are for."""
    parts: dict[str, int] = {}
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            name = Path(item.filename)
            if name.suffix == ".so":
                part = "library"
            elif name.suffix == ".onnx":
                part = "models"
            elif name.parts[0].endswith(".dist-info"):
                part = "metadata, licence, README"
            else:
                part = f"Python: {name.parts[1] if len(name.parts) > 2 else 'linnet itself'}"
            parts[part] = parts.get(part, 0) + item.compress_size
    parts["names and places of files"] = wheel.stat().st_size - sum(parts.values())
    return parts


def least(wheel: Path) -> dict[str, int]:
    """Bytes that the Python of a wheel would take if it were kept in other ways; none of them is done."""
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".py"))
        files = [archive.read(name).decode() for name in names]
    bare = [without_words(text) for text in files]
    return {
        "Python, as it is": sum(map(_deflated, files)),
        "Python without docstrings and comments": sum(map(_deflated, bare)),
        "Python in one xz stream": len(lzma.compress("".join(files).encode(), preset=9)),
        "both": len(lzma.compress("".join(bare).encode(), preset=9)),
    }


def without_words(text: str) -> str:
    """A module that does the same, without its docstrings and comments."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            told = [line for line in body if not _is_text(line)]
            node.body = told or [ast.Pass()]  # type: ignore[attr-defined]  # whatever has a body
    return ast.unparse(tree)


def _is_text(line: ast.stmt) -> bool:
    if not isinstance(line, ast.Expr) or not isinstance(line.value, ast.Constant):
        return False
    return isinstance(line.value.value, str)


def _deflated(text: str) -> int:
    return len(zlib.compress(text.encode(), 9))


def problems_of(wheel: Path, target: Target, private: Sequence[str]) -> Iterator[str]:
    """What is wrong about tags, requirements and files; `private` words must not occur in any of them."""
    _, _, _, tags = parse_wheel_filename(wheel.name)
    for tag in tags:
        if (tag.interpreter, tag.abi) != ("cp311", "abi3"):
            yield f"it is for {tag.interpreter}-{tag.abi}"
    if target.tag not in {tag.platform for tag in tags}:
        yield f"its tag is not {target.tag}"
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    libraries = {name: data for name, data in files.items() if data.startswith(b"\x7fELF")}
    if list(libraries) != ["linnet/_core.abi3.so"]:
        yield f"its libraries are {sorted(libraries)}"
    for name, data in libraries.items():
        yield from (f"{name} {problem}" for problem in elf_problems(data, target))
    for name, data in files.items():
        yield from (f"{name} holds {word}" for word in private if _holds(data, word))
        if name.endswith(".dist-info/METADATA"):
            yield from _requirement_problems(data, target)


def _holds(data: bytes, word: str) -> bool:
    """Whether a path or name occurs as such: the end of an XML element, </rootfile>, is not /root."""
    return re.search(rb"(?<!<)" + re.escape(word.encode()) + rb"(?!\w)", data) is not None


def _arm_attributes(elf: ELFFile) -> set[str]:
    """What a library for 32-bit ARM says it needs."""
    return {
        attribute.tag
        for section in elf.iter_sections()
        if isinstance(section, ARMAttributesSection)
        for vendor in section.iter_subsections()
        for part in vendor.iter_subsubsections()
        for attribute in part.iter_attributes()
    }


def elf_problems(data: bytes, target: Target) -> Iterator[str]:
    """What is wrong about a shared library."""
    elf = ELFFile(io.BytesIO(data))
    if (elf["e_machine"], elf.elfclass) != _MACHINES[target.machine] or not elf.little_endian:
        yield f"is for {elf['e_machine']}, {elf.elfclass} bit"
    if target.machine == "armv7l" and not elf["e_flags"] & _HARD_FLOAT:
        yield "passes floating-point numbers the soft way"
    if target.machine == "armv7l" and "TAG_ADVANCED_SIMD_ARCH" in _arm_attributes(elf):
        yield "needs NEON"
    stacks = [segment for segment in elf.iter_segments() if segment["p_type"] == "PT_GNU_STACK"]
    if not stacks or any(stack["p_flags"] & _EXECUTABLE for stack in stacks):
        yield "asks for an executable stack"
    for segment in elf.iter_segments("PT_LOAD"):
        if segment["p_flags"] & _WRITABLE and segment["p_flags"] & _EXECUTABLE:
            yield "has memory that is both written and executed"
    for section in elf.iter_sections():
        if isinstance(section, DynamicSection):
            for entry in section.iter_tags():
                if entry.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
                    yield f"has a {entry.entry.d_tag}"
                needed = getattr(entry, "needed", "")  # pyelftools gives it to DT_NEEDED alone
                if entry.entry.d_tag == "DT_NEEDED" and not _LIBRARIES.fullmatch(needed):
                    yield f"needs {needed}"
        if isinstance(section, GNUVerNeedSection):
            for _, versions in section.iter_versions():
                for version in versions:
                    name = version.name
                    if not name.startswith("GLIBC_") or _numbers(name[6:]) > _numbers(GLIBC):
                        yield f"needs {name}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _requirement_problems(metadata: bytes, target: Target) -> Iterator[str]:
    """The engine that is asked for is the one that exists for the platform."""
    asked = [Requirement(line) for line in message_from_bytes(metadata).get_all("Requires-Dist", [])]
    engines = {r.name for r in asked if "onnx" in r.name and _applies(r, target)}
    nobody = target.musl or target.machine == "armv7l"
    if engines != (set() if nobody else {"onnxruntime"}):
        yield f"asks for {sorted(engines)} to run models"


def _applies(requirement: Requirement, target: Target) -> bool:
    here = {
        "platform_machine": target.machine,
        "sys_platform": "linux",
        "python_version": "3.11",
        "extra": "",
    }
    return requirement.marker is None or requirement.marker.evaluate(here)


def _as_others_see_it(work: Work, target: Target, wheel: Path) -> Iterator[str]:
    """auditwheel: the tag is one that the library keeps. abi3audit: only what the stable ABI has."""
    # Without --ldpaths auditwheel opens this machine's own C library, which may be a text file.
    show: Words = [sys.executable, "-m", "auditwheel", "show", "--ldpaths", "/nonexistent", wheel]
    try:
        shown = " ".join(work.run(f"auditwheel-{target.tag}", show).split())
        if f'platform tag: "{target.tag}"' not in shown:
            yield f"auditwheel: {shown}"
    except StepError as error:
        yield f"auditwheel: {error}"
    try:
        command: Words = [sys.executable, "-m", "abi3audit", "--strict", "--report", wheel]
        report = json.loads(work.run(f"abi3audit-{target.tag}", command))
        for spec in report["specs"].values():
            for library in spec["wheel"]:
                if not library["result"]["is_abi3"] or library["result"]["non_abi3_symbols"]:
                    yield f"abi3audit: {library['name']} is not of the stable ABI"
    except StepError as error:
        yield f"abi3audit: {error}"


def _as_musl_sees_it(work: Work, target: Target, wheel: Path) -> Iterator[str]:
    """The loader of musl itself, from Debian's package, opens the library and misses nothing but Python."""
    loader = musl.loader(work, target.machine)
    folder = work / "build" / target.tag / "loaded"
    with zipfile.ZipFile(wheel) as archive:
        library = archive.extract("linnet/_core.abi3.so", folder)
    command: Words = [loader, "--list", library]
    if target.machine == "aarch64":
        command = [*machines.emulator(work, "aarch64"), "-cpu", "cortex-a72", *command]
    work.run(f"musl-{target.tag}", command, status=[127])  # what it says of a library without its program
    said = (work / "logs" / f"musl-{target.tag}.log").read_text(encoding="utf-8")
    missing = re.findall(r"^Error relocating \S+: (\S+): symbol not found$", said, re.MULTILINE)
    if not missing or "libc.musl" not in said:
        yield f"musl does not open it, see logs/musl-{target.tag}.log"
    if foreign := [name for name in missing if not name.startswith(("Py", "_Py"))]:
        yield f"musl lacks {', '.join(foreign)}"
