"""The rules of the house: imports in one direction, private means private, short files, a true tree."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "linnet": ROOT / "runtime" / "linnet",
    "linnet_train": ROOT / "train" / "linnet_train",
    "linnet_export": ROOT / "export" / "linnet_export",
}
LONGEST_FILE = 400


# ---- who imports whom --------------------------------------------------------------------------------------


class Import(NamedTuple):
    """One name that one module takes from another."""

    source: str
    """The module that imports."""
    line: int
    module: str
    """The module it imports from, or imports as a whole."""
    name: str | None
    """What it takes from it; None for the module as a whole."""


def modules(folder: Path, package: str) -> dict[str, Path]:
    """Every module of a package, by its full name; stubs stand for what is compiled."""
    found = {}
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.pyi")]):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_in(name: str, text: str, known: set[str], *, is_package: bool = False) -> Iterator[Import]:
    """What a module imports from the known ones, wherever in the file, and whatever for."""
    package = name if is_package else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                module = alias.name
                while module and module not in known:
                    module = module.rpartition(".")[0]
                if module:
                    yield Import(name, node.lineno, module, None)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            parents = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*parents, *filter(None, [node.module])])
            for alias in node.names:
                if f"{module}.{alias.name}" in known:
                    yield Import(name, node.lineno, f"{module}.{alias.name}", None)
                elif module in known:
                    yield Import(name, node.lineno, module, alias.name)


@cache
def all_modules() -> dict[str, Path]:
    return {name: path for package in PACKAGES for name, path in modules(PACKAGES[package], package).items()}


@cache
def all_imports() -> list[Import]:
    paths = all_modules()
    return [
        found
        for name, path in paths.items()
        for found in imports_in(
            name, path.read_text(encoding="utf-8"), set(paths), is_package=path.stem == "__init__"
        )
    ]


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches all others of its group, and itself."""

    @cache
    def reached(start: str) -> frozenset[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            fresh = arrows.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        return frozenset(seen)

    groups = {
        tuple(sorted(other for other in reached(name) if name in reached(other)))
        for name in arrows
        if name in reached(name)
    }
    return sorted(map(list, groups))


@pytest.mark.parametrize(
    "text",
    [
        "import a.b",
        "from a import b",
        "from a.b import thing",
        "from . import b",
        "from .b import thing",
        "import a.b as other",
        "def f():\n    from a.b import thing",
        "if TYPE_CHECKING:\n    from a.b import Thing",
    ],
)
def test_every_form_of_import_is_seen(text: str) -> None:
    assert {found.module for found in imports_in("a.c", text, {"a", "a.b", "a.c"})} == {"a.b"}


def test_circles_are_found() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"e"}}

    assert circles(arrows) == [["b", "c"], ["e"]]


def test_no_imports_go_in_a_circle() -> None:
    """Neither where they run, nor inside a function, nor for types alone."""
    arrows: dict[str, set[str]] = {}
    for found in all_imports():
        arrows.setdefault(found.source, set()).add(found.module)

    assert len(arrows) > 100
    assert circles(arrows) == []


# ---- private rooms -----------------------------------------------------------------------------------------


def is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def enters(found: Import) -> str | None:
    """What an import takes that is private to a package it does not stand in; None if nothing is."""
    taken = found.module.split(".") + ([found.name] if found.name else [])
    for i, part in enumerate(taken):
        owner = taken[:i]
        if is_private(part) and found.source.split(".")[: len(owner)] != owner:
            return ".".join(taken)
    return None


@pytest.mark.parametrize(
    ("module", "name", "private"),
    [
        ("linnet._core", "Rng", False),
        ("linnet.shape._parts", "melody", True),
        ("linnet.shape", "_melody", True),
        ("linnet.stream._clock", None, False),
        ("linnet.music", "Score", False),
        ("linnet.__main__", None, False),
    ],
)
def test_a_private_module_belongs_to_its_package(module: str, name: str | None, private: bool) -> None:
    assert bool(enters(Import("linnet.stream.player", 1, module, name))) == private


def test_no_package_takes_what_is_private_to_another() -> None:
    strangers = [f"{found.source}:{found.line}: {name}" for found in all_imports() if (name := enters(found))]

    assert strangers == []


def defined_in(tree: ast.AST) -> set[str]:
    """Every name that a module gives to something: functions, classes, variables, attributes."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return names


def test_private_attributes_are_used_where_they_are_defined() -> None:
    """Not as `model._engine` in another file: what others need has a name that says so."""
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in all_modules().items()}
    own = {name: defined_in(tree) for name, tree in trees.items()}
    ours = set().union(*own.values())
    strangers = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and node.attr in ours - own[name]
        and ast.unparse(node.value) not in {"self", "super()"}  # a base class's own
    ]

    assert strangers == []


# ---- files and folders -------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """The files of this checkout, new ones included; the test is left out in a copy that is none."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, check=True).stdout.decode().split("\0")
    return [Path(name) for name in names if name and (ROOT / name).is_file()]


def test_no_file_of_source_is_too_long_to_read() -> None:
    source = [
        path for path in tracked() if path.suffix in {".py", ".pyi", ".pyx", ".pxi", ".pxd", ".c", ".h"}
    ]
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in source}

    assert len(lengths) > 300
    assert [f"{path}: {length}" for path, length in lengths.items() if length > LONGEST_FILE] == []


def tree_in(text: str) -> dict[str, str]:
    """Path and remark for each entry of README's tree; what is indented stands in the folder above it."""
    (block,) = re.findall(r"^```text\n(csrc/.*?)^```$", text, re.MULTILINE | re.DOTALL)
    entries = {}
    above: list[tuple[int, str]] = []
    for line in block.splitlines():
        indent = len(line) - len(line.lstrip())
        names, _, remark = line.strip().partition("  ")
        above = [(width, folder) for width, folder in above if width < indent]
        for name in names.split(", "):
            path = "".join(folder for _, folder in above) + name
            entries[path] = remark.strip()
        if names.endswith("/"):
            above.append((indent, names))
    return entries


def test_the_tree_in_the_readme_is_read_with_its_folders() -> None:
    text = "```text\ncsrc/        the core\n  binding/   its door\nruntime/a/   b\n  x.py, y/   two\n```\n"

    assert tree_in(text) == {
        "csrc/": "the core",
        "csrc/binding/": "its door",
        "runtime/a/": "b",
        "runtime/a/x.py": "two",
        "runtime/a/y/": "two",
    }


def test_the_tree_in_the_readme_is_the_true_tree() -> None:
    """Every room, every module that stands beside the rooms, a few words on each, and nothing else."""
    entries = tree_in((ROOT / "README.md").read_text(encoding="utf-8"))
    files = tracked()
    rooms = {
        f"{folder.as_posix()}/" for path in files for folder in path.parents if not str(path).startswith(".")
    }
    wanted = {
        f"{room}/" for room in ("csrc", "tests", "docs", "benchmarks", "examples", "tools", "train/recipes")
    }
    for folder in ("csrc", "runtime/linnet", "train/linnet_train", "export/linnet_export", "benchmarks"):
        wanted |= {room for room in rooms if re.fullmatch(rf"{folder}/([a-z][^/]*/)?", room)}
    wanted |= {
        str(path) for path in files if re.fullmatch(r"runtime/linnet/[a-z][a-z_]*\.py", path.as_posix())
    }

    assert wanted - set(entries) == set()
    assert [path for path in entries if not (ROOT / path).exists()] == []
    assert [path for path, remark in entries.items() if not remark] == []


def test_contributing_says_where_the_tests_of_every_room_are() -> None:
    table = [
        line
        for line in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and "`tests/" in line
    ]
    patterns = re.findall(r"`(tests/[\w/*]+\.py)`", "\n".join(table))
    named = set(re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in table)))
    package = PACKAGES["linnet"]
    rooms = {path.parent.name for path in package.glob("[a-z]*/__init__.py")} - {"tools"}

    assert [pattern for pattern in patterns if not list(ROOT.glob(pattern))] == []
    assert rooms - named == set()
