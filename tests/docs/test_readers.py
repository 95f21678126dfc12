"""The readers of a bank for Godot and Unity in docs/guides/bank.md are programs of their languages."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/guides/bank.md"
UNITY = Path(__file__).with_name("unity.cs")


def reader(section: str) -> str:
    """The program under a heading."""
    found = re.search(
        rf"^## {section}$.*?^```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found is not None
    return found[1]


def test_the_reader_for_godot_is_gdscript() -> None:
    if importlib.util.find_spec("gdtoolkit") is None:
        pytest.skip("gdtoolkit is not installed")
    parser = importlib.import_module("gdtoolkit.parser").parser
    parser.parse(reader("Godot"), gather_metadata=True)
    with pytest.raises(Exception, match="Unexpected token"):
        parser.parse(reader("Godot").replace("func go_to(", "func go_to"))


def test_the_reader_for_unity_compiles(tmp_path: Path) -> None:
    compiler = shutil.which("mcs")
    if compiler is None:
        pytest.skip("no compiler of C# (Debian: mono-mcs)")
    (tmp_path / "Music.cs").write_text(reader("Unity"), encoding="utf-8")
    command = [
        compiler,
        "-target:library",
        f"-out:{tmp_path / 'Music.dll'}",
        str(tmp_path / "Music.cs"),
        str(UNITY),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
