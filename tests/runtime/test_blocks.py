"""The piano roll in a terminal, and `linnet show` as a user meets it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet import picture
from linnet.music.score import Note, Notes, Score, Track
from tests.runtime import scores

MELODY = [(0, 24, 60), (24, 24, 62), (48, 12, 64), (60, 12, 65), (72, 48, 67), (120, 24, 67), (144, 48, 60)]
TUNE = Score(
    24,
    (
        Track(Notes.of(Note(*row, 80) for row in MELODY)),
        Track(Notes.of([Note(0, 96, 48, 80), Note(96, 96, 43, 80)]), program=32),
        Track(Notes.of(Note(24 * i, 6, (36, 42, 38, 42)[i % 4], 80) for i in range(8)), is_drum=True),
    ),
    end=192,
    texts=("Tiny",),
)

GOLDEN = """\
Tiny
C major (estimated), 120 bpm, 4/4, 2 bars, 0:04,
17 notes
Acoustic Grand Piano  Acoustic Bass  Drums

        ┊           ▀▀▀▀▀▀▀ ▀▀▀▀
        ┊       ▄▄▀▀    ┊
        ┊   ▄▄▄▄        ┊
     C4 ▄▄▄▄            ┊       ▄▄▄▄▄▄▄▄
        ┊               ┊
        ┊               ┊
        ┊               ┊
        ┊               ┊
        ┊               ┊
     C3 ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄┊
        ┊               ┊
        ┊               ┊
        ┊               ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
 Hi-hat ┊   x       x   ┊   x       x
  Snare ┊       x       ┊       x
   Kick x               x
        ╵1              ╵2"""


def columns(line: str) -> int:
    return len(re.sub(r"\033\[[0-9;]*m", "", line))


def test_a_tiny_tune() -> None:
    assert picture.text(TUNE, width=48) == GOLDEN


def test_colours_are_those_of_the_terminal_and_change_nothing_else() -> None:
    coloured = picture.text(TUNE, width=48, colour=True)
    assert "\033[34m▄▄▄▄" in coloured
    bare = re.sub(r"\033\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.replace("■ ", "").splitlines()] == GOLDEN.splitlines()


def test_two_voices_in_one_character_have_a_colour_each() -> None:
    tracks = (Track(Notes.of([Note(0, 96, 61, 80)])), Track(Notes.of([Note(0, 96, 60, 80)])))
    assert "\033[34;43m▀" in picture.text(Score(24, tracks), width=48, colour=True)


def test_terminals_without_blocks_get_other_characters() -> None:
    text = picture.text(TUNE, width=48, encoding="ascii")
    assert text.isascii()
    assert len(text.splitlines()) == len(GOLDEN.splitlines())


def test_words_survive_where_blocks_can_be_shown() -> None:
    assert picture.text(TUNE, width=48, title="Für Élise").startswith("Für Élise\n")


@pytest.mark.parametrize("width", [24, 80, 200])
@pytest.mark.parametrize("bars", [1, 4, 32, 400])
def test_no_line_is_wider_than_asked_and_long_pieces_fit_two_screens(width: int, bars: int) -> None:
    quarters = Notes.of(Note(24 * i, 24, 60 + i % 5, 80) for i in range(4 * bars))
    lines = picture.text(Score(24, (Track(quarters),)), width=width).splitlines()
    assert max(map(columns, lines)) <= width
    assert len(lines) <= 70


@settings(max_examples=60, deadline=None)
@given(scores.scores, st.integers(24, 200), st.booleans())
def test_any_score_can_be_drawn(score: Score, width: int, colour: bool) -> None:
    lines = picture.text(score, width=width, colour=colour).splitlines()
    assert max(map(columns, lines)) <= width


def test_a_width_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="width must be at least 24 columns, got 10"):
        picture.text(TUNE, width=10)


# the command


@pytest.fixture
def here(tmp_path: Path) -> Path:
    TUNE.save(tmp_path / "tune.mid")
    return tmp_path


def show(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "linnet", "show", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "48"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=60, check=False, env=environment
    )


def test_show_draws_in_the_terminal(here: Path) -> None:
    done = show("tune.mid", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == GOLDEN.replace("Tiny", "tune", 1) + "\n"
    assert show("tune.mid", "--width", "48", "--title", "Tiny", cwd=here).stdout == GOLDEN + "\n"


def test_show_has_colours_on_a_terminal_alone(here: Path) -> None:
    pty = pytest.importorskip("pty")
    seen = {}
    for name, environment in {"plain": {"NO_COLOR": "1"}, "coloured": {"NO_COLOR": ""}}.items():
        master, slave = pty.openpty()
        subprocess.run(
            [sys.executable, "-m", "linnet", "show", "tune.mid", "--width", "48"],
            cwd=here,
            stdout=slave,
            timeout=60,
            check=True,
            env=os.environ | environment | {"PYTHONIOENCODING": "utf-8"},
        )
        os.close(slave)
        seen[name] = os.read(master, 65536).decode()
        os.close(master)
    assert "\033[34m" in seen["coloured"]
    assert "\033" not in seen["plain"]
    assert "\033" not in show("tune.mid", cwd=here).stdout


def test_show_writes_a_picture_and_says_so(here: Path) -> None:
    done = show("tune.mid", "-o", "roll.svg", "--bars", "2", "2", "--dark", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"roll\.svg: [\d.]+ kB\n", done.stdout)
    score = Score.open(here / "tune.mid")
    assert (here / "roll.svg").read_text("utf-8") == picture.svg(score, title="tune", bars=(2, 2), dark=True)


def test_show_says_which_bars_are_alike(here: Path) -> None:
    pytest.importorskip("matplotlib")
    done = show("tune.mid", "--similarity", "-o", "bars.png", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert (here / "bars.png").read_bytes() == picture.matrix(Score.open(here / "tune.mid"), title="tune")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tune.mid", "-o", "roll.gif"), "must end in .svg or .png"),
        (("tune.mid", "--similarity", "-o", "roll.svg"), "--similarity needs the name of a .png file"),
        (("tune.mid", "--dark"), "need a picture: -o FILE.svg"),
        (("missing.mid",), "missing.mid: No such file or directory"),
        (("empty.mid",), "empty.mid"),
        (("silent.mid",), "silent.mid: there are no notes to show"),
        (("tune.mid", "--bars", "2", "9"), "1 <= first <= last <= 2"),
        (("tune.mid", "-o", "roll.svg", "--bars-per-row", "0"), "bars_per_row must be at least 1"),
        (("tune.mid", "--width", "5"), "width must be at least 24"),
        (("tune.mid", "-o", "tune.mid/roll.svg"), "tune.mid/roll.svg: Not a directory"),
    ],
)
def test_bad_input_ends_in_one_line_and_leaves_nothing(
    here: Path, arguments: tuple[str, ...], said: str
) -> None:
    (here / "empty.mid").touch()
    Score(24, end=96).save(here / "silent.mid")
    before = sorted(here.iterdir())
    done = show(*arguments, cwd=here)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr
    assert sorted(here.iterdir()) == before
