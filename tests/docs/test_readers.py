"""The readers of a bank for Godot and Unity in docs/guides/bank.md, beside a bank."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from linnet.cli import main

PAGE = Path(__file__).parents[2] / "docs/guides/bank.md"
GODOT, UNITY = (Path(__file__).with_name(name) for name in ("godot.gd", "unity.cs"))
CUES = """
model = "folk"
key = "D minor"
time_signature = "4/4"
seed = 7
[loop.explore]
bars = 2
bpm = 150
[loop.fight]
bars = 2
bpm = 190
[sting.found]
[transition.to-fight]
bars = 1
from = "explore"
to = "fight"
"""


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


def write_bank(folder: Path, form: str) -> None:
    list_of_cues = folder.with_name("cues.toml")
    list_of_cues.write_text(CUES)
    assert main(["bank", str(list_of_cues), "--format", form, "-o", str(folder)]) == 0


def in_godot_3(program: str) -> str:
    """What is said otherwise there: Debian has no Godot 4."""
    awaited = r'yield(\1, "timeout")'
    program = re.sub(r"await (get_tree\(\)\.create_timer\(.*\))\.timeout", awaited, program)
    for there, here in (
        ("JSON.parse_string(FileAccess.get_file_as_string(", "JSON.parse(_text("),
        ('"cues.json"))["cues"]', '"cues.json")).result["cues"]'),
        ("AudioStreamOggVorbis", "AudioStreamOGGVorbis"),
        ('    found.bpm = cue["bpm"]\n', ""),
        ("over.finished.connect(over.queue_free)", 'over.connect("finished", over, "queue_free")'),
    ):
        assert there in program
        program = program.replace(there, here)
    return program + (
        "\nfunc _text(path: String) -> String:\n    var file := File.new()\n"
        "    file.open(path, File.READ)\n    return file.get_as_text()\n"
    )


def test_the_reader_for_godot_plays_a_bank_in_godot_3(tmp_path: Path) -> None:
    """In its order; without a loudspeaker Godot's sound keeps no time on a busy machine."""
    if (godot := shutil.which("godot3-server")) is None or not importlib.util.find_spec("soundfile"):
        pytest.skip("no Godot without a window (Debian: godot3-server), or no soundfile")
    write_bank(tmp_path / "assets", "ogg")
    (tmp_path / "Music.gd").write_text(in_godot_3(reader("Godot")), encoding="utf-8")
    shutil.copy(GODOT, tmp_path / "Game.gd")
    (tmp_path / "Game.tscn").write_text(
        '[gd_scene load_steps=2 format=2]\n[ext_resource path="res://Game.gd" type="Script" id=1]\n'
        '[node name="Game" type="Node"]\nscript = ExtResource( 1 )\n'
    )
    (tmp_path / "project.godot").write_text(
        'config_version=4\n[application]\nrun/main_scene="res://Game.tscn"\n'
        '[autoload]\nMusic="*res://Music.gd"\n'
    )
    command = [godot, "--path", str(tmp_path)]
    home = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    subprocess.run([*command, "--editor", "--quit"], env=home, capture_output=True, timeout=120, check=False)
    done = subprocess.run(command, env=home, capture_output=True, text=True, timeout=120, check=False)
    said = [line for line in done.stdout.splitlines() if line.endswith(("looped", "once", "over it"))]
    assert said == [
        "explore.ogg looped",
        "to-fight.ogg once",
        "fight.ogg looped",
        "1 over it",
        "explore.ogg looped",
        "0 over it",
    ], done.stdout + done.stderr


def heard(folder: Path) -> list[tuple[float, str]]:
    """What a game that goes to the fight after a second and back after thirty has to play, and when."""
    cues = json.loads((folder / "Music/cues.json").read_text(encoding="utf-8"))["cues"]
    leaves = next(seam for seam in cues["explore"]["seams"] if seam > 1)
    fights = leaves + cues["to-fight"]["seconds"]
    fight = cues["fight"]
    into = (31 - fights) % fight["seconds"]
    ends = 31 - into + next(seam for seam in [*fight["seams"], fight["seconds"]] if seam > into)
    return [
        (0, "explore looped"),
        (leaves, "to-fight once"),
        (fights, "fight looped"),
        (31, "found over it"),
        (ends, "explore looped"),
    ]


def test_the_reader_for_unity_plays_a_bank_at_its_seams(tmp_path: Path) -> None:
    compiler, mono = shutil.which("mcs"), shutil.which("mono")
    json_net = next(Path("/usr/lib/cli").glob("Newtonsoft.Json-*/Newtonsoft.Json.dll"), None)
    if compiler is None or mono is None or json_net is None:
        pytest.skip("no C# (Debian: mono-mcs, mono-runtime, libnewtonsoft-json5.0-cil)")
    write_bank(tmp_path / "Music", "wav")
    (tmp_path / "Music.cs").write_text(reader("Unity"), encoding="utf-8")
    shutil.copy(json_net, tmp_path)
    game = tmp_path / "game.exe"
    command = [compiler, f"-r:{json_net}", f"-out:{game}", str(tmp_path / "Music.cs"), str(UNITY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([mono, str(game), str(tmp_path), "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    assert [what for _, what in lines] == [what for _, what in heard(tmp_path)]
    assert [float(at) for at, _ in lines] == pytest.approx([at for at, _ in heard(tmp_path)], abs=0.002)
