"""Every example of every page runs: Python as it stands, commands with less work to do."""

import argparse
import importlib.util
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import mido
import pytest

import linnet
import linnet.cli
from tests.docs.pages import NAMES, PAGES, ROOT, Block, blocks, commands, outside_blocks

SHAPE = ["--hidden-size", "16", "--num-layers", "1", "--embedding-dim", "16"]
"""Of a network that does not begin with another."""

SMALLER: dict[str, list[str]] = {
    "linnet doctor": ["folk"],
    "linnet jam": ["--seconds", "1", "--engine", "native"],
    "linnet play --stream": ["--seconds", "1", "--bpm", "240", "--engine", "native"],
    "linnet-train fit": [
        *("--steps", "2", "--batch-size", "4", "--chunk", "32", "--practice-every", "0"),
        *SHAPE,
    ],
    "linnet-train personal": [
        *("--from", str(ROOT / "tests" / "data" / "tiny.onnx"), "--steps", "1", "--pieces", "2"),
    ],
    "linnet-export": ["--parity-tokens", "200", "--forms", "8"],
}
"""What a command gets on top of what the page says, so that it takes seconds and not an hour."""

GIVEN: dict[str, Callable[..., object]] = {"play": lambda *note: None, "input": lambda *words: None}
"""What a page may take for granted in its Python examples: something that plays a note, and Return."""

MOST_NOT_RUN = 24
"""So many examples may ask not to be run: they install, open windows, need MIDI ports or train for hours."""


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("files")
    model = linnet.load("folk")
    for i, name in enumerate(("tune", "mine", "in", "a", "b", "calm", "danger")):
        model.generate(bars=4, seed=i, time_signature="4/4").save(folder / f"{name}.mid")
    (folder / "my-midi").mkdir()
    for score in model.generate(count=24, bars=8, seed=1):
        notes, seed = score.notes, len(list((folder / "my-midi").iterdir()))
        assert notes
        score.save(folder / "my-midi" / f"{seed}.mid")
    return folder


@pytest.fixture
def workplace(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder with these files, to stand in while a page's examples run."""
    for path in files.rglob("*.mid"):
        target = tmp_path / path.relative_to(files)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    (tmp_path / "cues.toml").write_text("[loop.explore]\nbars = 2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")  # a loudspeaker that nobody hears
    return tmp_path


README_INSTALLS = [block for block in blocks(PAGES[0].read_text("utf-8")) if block.text.startswith("pip ")]
"""The two commands of README.md, which `.ci/run` runs in fresh environments."""


def page_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# ---- the reader of pages -----------------------------------------------------------------------------------


def test_blocks_are_found_with_their_reasons() -> None:
    page = "a\n\n```python\nx = 1\n```\n\n<!-- not run: takes a day -->\n```sh\nwait\n```\n"

    assert blocks(page) == [
        Block("python", "x = 1\n", 4, None, None),
        Block("sh", "wait\n", 9, "not run", "takes a day"),
    ]
    assert outside_blocks(page).split() == ["a"]


def test_blocks_in_lists_are_found_too() -> None:
    page = "1. a\n\n   <!-- not run: takes a day -->\n   ```sh\n   wait\n   ```\n"

    assert blocks(page) == [Block("sh", "wait\n", 5, "not run", "takes a day")]


def test_a_command_may_go_on_in_the_next_line() -> None:
    assert commands("linnet info \\\n    folk\n\nlinnet doctor\n") == [
        "linnet info      folk",
        "linnet doctor",
    ]


# ---- the pages ---------------------------------------------------------------------------------------------


def program(arguments: Sequence[str]) -> Callable[[Sequence[str]], int]:
    """The function behind a command; torch is imported only where it is needed."""
    if arguments[0] == "linnet":
        return linnet.cli.main
    if arguments[0] == "linnet-train":
        from linnet_train.commands import main

        return main
    if arguments[0] == "linnet-export":
        from linnet_export.cli import main as export

        return export
    raise AssertionError(f"no test can run {arguments[0]!r}: mark the block with <!-- not run: why -->")


def smaller(arguments: Sequence[str]) -> list[str]:
    """A command with what makes it quick."""
    for start, options in SMALLER.items():
        words = start.split()
        if list(arguments[: len(words)]) == words and options[0] not in arguments:
            return [*arguments, *(options[: -len(SHAPE)] if "--from" in arguments else options)]
    return list(arguments)


def run_shell(block: Block) -> None:
    for command in commands(block.text):
        arguments = smaller(shlex.split(command, comments=True))
        if arguments:
            assert program(arguments)(arguments[1:]) == 0, command


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_the_examples_of_a_page_run(path: Path, workplace: Path) -> None:
    """In the order of the page and in one folder, as a reader would try them."""
    names: dict[str, object] = {"__name__": "example", "dt": 1 / 60, **GIVEN}
    for block in blocks(page_text(path)):
        if block.mark or block in README_INSTALLS:
            continue
        if block.language == "python":
            lines = "\n" * (block.line - 1)  # so that a traceback names the page's own line
            exec(compile(lines + block.text, path, "exec"), names)
        elif block.language == "sh":
            run_shell(block)


class StagePort:
    """A MIDI port on which the music is over after so many messages."""

    def __init__(self, messages: int) -> None:
        self.left = messages
        self.sent: list[bytes] = []

    def __enter__(self) -> "StagePort":
        return self

    def __exit__(self, *_: object) -> None: ...

    def send(self, message: mido.Message) -> None:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.sent.append(bytes(message.bytes()))


def test_the_loop_of_the_live_guide_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs a MIDI port and goes on until it is stopped, so the test above leaves it out."""
    port = StagePort(20)
    monkeypatch.setattr(mido, "open_output", lambda **how: port)
    (loop,) = (
        block.text
        for block in blocks(page_text(ROOT / "docs" / "guides" / "live.md"))
        if block.language == "python" and block.mark
    )
    with pytest.raises(KeyboardInterrupt):
        exec(loop, {"__name__": "example"})

    assert {message[0] >> 4 for message in port.sent} == {8, 9}  # some notes begin, and some end


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_commands_stand_in_fenced_blocks(path: Path) -> None:
    """Where the test above sees them; and whatever is fenced says what it is."""
    text = page_text(path)
    program = r"^    (?:linnet|linnet-train|linnet-export|python|pip)\b.*"
    loose = re.findall(program, outside_blocks(text), re.MULTILINE)

    assert loose == []
    assert {block.language for block in blocks(text)} <= {"python", "sh", "text", "toml"}


def test_few_examples_are_left_out() -> None:
    found = [block for path in PAGES for block in blocks(page_text(path))]
    found = [block for block in found if block.language in ("python", "sh")]
    left_out = [block for block in found if block.mark == "not run"]

    assert len(found) > 60
    assert len(left_out) <= MOST_NOT_RUN


def parsers() -> dict[str, argparse.ArgumentParser]:
    import linnet_export.cli
    import linnet_train.commands

    modules = {
        "linnet": linnet.cli,
        "linnet-train": linnet_train.commands,
        "linnet-export": linnet_export.cli,
    }
    return {name: module.parser() for name, module in modules.items()}


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_commands_that_are_not_run_exist(path: Path) -> None:
    """With all options they are given, as far as our own programs go."""
    known = parsers()
    for block in blocks(page_text(path)):
        if not block.mark or block.language != "sh":
            continue
        for command in commands(block.text):
            words = shlex.split(command, comments=True)
            if words and words[0] in known:
                known[words[0]].parse_args(words[1:])
            elif words[:2] == ["python", "-m"] and words[2].split(".")[0] in ("benchmarks", "linnet_train"):
                assert importlib.util.find_spec(words[2]), command
            elif words and "/" in words[0]:
                assert (ROOT / words[0]).exists(), command


def test_a_page_speaks_of_files_that_are_there() -> None:
    """Paths of this repository, where they stand in code font with a folder."""
    folders = "csrc|runtime|train|export|tests|benchmarks|tools|examples|docs"
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in PAGES
        for name in re.findall(rf"`((?:{folders})/[\w./-]+)`", page_text(path))
        if not (ROOT / name).exists()
    ]

    assert missing == []
