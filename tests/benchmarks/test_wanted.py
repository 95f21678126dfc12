"""What people wish for: every command is one, the page says what is tried, and a few wishes come out."""

import contextlib
import io
from pathlib import Path

import pytest

import linnet.cli
from benchmarks.wanted import __main__ as wanted
from benchmarks.wanted.wish import Wish

ROOT = Path(__file__).parents[2]
WISHES = [wish for group in wanted.GROUPS for wish in group.wishes]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.name)
def test_what_one_types_can_be_typed(wish: Wish) -> None:
    if wish.is_command:
        linnet.cli.parser().parse_args(wish.arguments)
    else:
        compile(wish.ask, wish.name, "exec")


def test_the_page_says_what_is_tried() -> None:
    page = (ROOT / "docs" / "wishes.md").read_text(encoding="utf-8")
    assert [w.name for w in WISHES if any(f"`{line}`" not in page for line in w.ask.splitlines())] == []
    assert all(
        f"({group.guide})" in page and (ROOT / "docs" / group.guide).is_file() for group in wanted.GROUPS
    )


def test_the_pictures_of_the_page_are_small() -> None:
    sizes = [(ROOT / "docs" / name).stat().st_size for name in wanted.PICTURES]
    assert sum(sizes) < 100_000


def test_names_of_wishes_and_files_are_told_apart() -> None:
    assert len({wish.name for wish in WISHES}) == len(WISHES)
    files = [w.arguments[w.arguments.index("-o") + 1] for w in WISHES if w.is_command]
    files = [name for name in files if name != "refused.mid"]  # what is refused writes nothing
    assert len(set(files)) == len(files)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wanted")
    for name, text in wanted.WRITTEN.items():
        (made / name).write_text(text, encoding="utf-8")
    with contextlib.chdir(made):
        assert linnet.cli.main(Wish("", wanted.BEFORE[0], lambda _: ("", True)).arguments) == 0
    return made


FEW = [
    "Two bars anew",
    "A variation in the same rhythm",
    "A tune on my chords",
    "My own section in it",
    "47.5 seconds",
    "A cut at ten seconds",
    "A loop",
    "Only these note values",
    "Never loud, never sudden",
    "Bars cut, joined, moved, fitted",
]


@pytest.mark.parametrize("name", FEW)
def test_wishes_come_out(name: str, folder: Path) -> None:
    (wish,) = (wish for wish in WISHES if wish.name == name)
    outcome = wanted.tried(wish, folder)
    assert outcome.met, outcome.figure


def test_a_wish_that_fails_is_a_row_that_says_why(folder: Path) -> None:
    wish = Wish("Nothing", "linnet generate --bars x -o no.mid", lambda _: ("", True))
    with contextlib.redirect_stderr(io.StringIO()), pytest.raises(SystemExit):
        wish.run()
    wish = Wish("A gap outside", "linnet fill tune.mid --bars 50-60 -o no.mid", lambda _: ("", True))
    outcome = wanted.tried(wish, folder)
    assert not outcome.met
    assert "it failed" in outcome.figure


def test_tables_have_a_row_for_each_wish_and_say_how_many_were_met() -> None:
    outcomes = [wanted.Outcome(wish, "1 of 1", wish is WISHES[0]) for wish in WISHES]
    text = "\n".join(wanted.tables(outcomes))
    assert text.count("**not met**") == len(WISHES) - 1
    assert text.endswith(f"1 of {len(WISHES)} wishes met.")
