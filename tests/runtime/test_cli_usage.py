"""Words at the keyboard: what linnet answers to those it does not know."""

import argparse
from pathlib import Path

import pytest

import linnet
from linnet import cli
from linnet.cli import advice
from linnet.tools.usage import Parser

TINY = str(Path(__file__).parents[1] / "data" / "tiny.onnx")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of a command line that is wrong."""
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    said = capsys.readouterr()
    assert (stop.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err.rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("generate -o x.mid --tempo 100", "--bpm 110 is the tempo"),
        ("generate -o x.mid --velocity 40 70", "how loud is played follows --mood"),
        ("generate -o x.mid --progression C,G", "--key or --scale choose the notes"),
        ("generate -o x.mid --temprature 0.8", "did you mean --temperature? above 1 bolder, below 1 safer"),
        ("generate -o x.mid --time_signature 6/8", "there is no --time_signature, but --time-signature"),
        ("generate -o x.mid --swing 0.6", "there is no --swing here; linnet shape has it"),
        ("generate -o x.mid --model folk", "linnet generate folk"),
        (
            "generate --progression C,G",
            "--chords 'C Am F G7' spells them out",
        ),  # although -o is missing as well
        ("generate -o x.mid --zither", "there is no --zither; see linnet generate --help"),
        ("continue a.mid -o x.mid --genre jazz", "--style leans to one of the collections"),
        ("shape a.mid -o x.mid --tempo 90", "in linnet generate, --bpm 110 is the tempo"),
        ("shape a.mid -o x.mid --ritartando 1", "did you mean --ritardando?"),
        ("generate", "missing: -o/--output; see linnet generate --help"),
        ("generate -o x.mid --bpm fast", "--bpm must be a number between 10 and 1000, got 'fast'"),
        ("generate -o x.mid --bars many", "--bars must be a whole number between 1 and 100000, got 'many'"),
        ("generate -o x.mid --count x", "--count must be a whole number, got 'x'"),
        ("generate -o x.mid --polyphony a,b", "--polyphony must be a whole number between 1 and 255"),
        ("generate -o x.mid --range C3", "--range needs 2 values"),
        ("generate -o x.mid --bpm", "--bpm needs a value"),
        ("generate folk polka -o x.mid", "a word too many: 'polka'"),
    ],
)
def test_an_option_that_there_is_not_is_met_with_what_there_is(
    capsys: pytest.CaptureFixture[str], arguments: str, answer: str
) -> None:
    said = refused(capsys, *arguments.split())

    assert said.startswith(f"linnet {arguments.split()[0]}: ")
    assert answer in said


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("compose -o x.mid", "there is no command 'compose'; did you mean linnet generate?"),
        ("generat", "did you mean linnet generate?"),
        ("train folk", "linnet-train --help"),
        ("export run", "linnet-export --help"),
        ("tune.mid", "a command comes first, such as linnet info tune.mid"),
        ("dance", "there is no command 'dance'; there are generate, continue, "),
        ("--bars 3", "options stand after the command: linnet COMMAND --bars"),
        ("help", "linnet --help lists the commands"),
    ],
)
def test_a_command_that_there_is_not_is_met_with_what_there_is(
    capsys: pytest.CaptureFixture[str], arguments: str, answer: str
) -> None:
    assert answer in refused(capsys, *arguments.split())


def test_a_bare_linnet_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main([])

    assert stop.value.code == 2
    assert "examples:" in capsys.readouterr().err


def test_a_mood_may_begin_with_a_minus(tmp_path: Path) -> None:
    apart, joined = tmp_path / "a.mid", tmp_path / "b.mid"
    common = ["generate", TINY, "--bars", "2", "--seed", "1"]

    assert cli.main([*common, "--mood", "-0.6,0.8", "-o", str(apart)]) == 0
    assert cli.main([*common, "--mood=-0.6,0.8", "-o", str(joined)]) == 0
    assert apart.read_bytes() == joined.read_bytes()


@pytest.mark.parametrize(
    ("word", "program"), [("harp", 46), ("Church Organ", 19), ("VIOLIN", 40), ("73", 73)]
)
def test_instruments_have_names_at_the_keyboard(tmp_path: Path, word: str, program: int) -> None:
    file = tmp_path / "a.mid"
    common = ["generate", TINY, "--bars", "2", "--seed", "7"]
    assert cli.main([*common, "--instrument", word, "-o", str(file)]) == 0

    assert {track.program for track in linnet.Score.open(file).tracks if not track.is_drum} == {program}


def test_an_instrument_that_nobody_knows_is_met_with_those_near(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["generate", TINY, "--instrument", "violn", "-o", str(tmp_path / "x.mid")]) == 1

    assert "--instrument: a program must be between 0 and 127" in (said := capsys.readouterr().err)
    assert "Violin" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--range", "C5", "C3"), "linnet: --range must go from low to high, got 'C5' to 'C3'\n"),
        (("--time-signature", "7/9"), "linnet: --time-signature"),
        (("--style", ""), "linnet: --style must be the name of one of the model's styles"),
        (("--drums", "gong"), "linnet: --drums: a drum must be between 27 and 87 or a name of General MIDI"),
        (("--top-p", "2"), "linnet: --top-p must be between 0 and 1, got 2.0\n"),
    ],
)
def test_a_value_that_cannot_be_is_told_by_the_name_that_was_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert cli.main(["generate", TINY, *words, "-o", str(tmp_path / "x.mid")]) == 1
    said = capsys.readouterr().err

    assert said.startswith(told)
    assert said.count("\n") == 1


def test_advice_names_options_and_commands_that_there_are() -> None:
    """And stands only for options that there are not."""
    whole = cli.parser()
    generate = whole.commands["generate"].format_help()

    for name, text in advice.OPTIONS.items():
        assert f"  --{name} " not in generate
        for word in text.replace(";", " ").replace(":", " ").replace(",", " ").split():
            if word.startswith("--") and "linnet shape" not in text:
                assert f"{word} " in generate, word
    commands = {text for text in advice.COMMANDS.values() if " " not in text}
    assert commands <= set(whole.commands)
    assert not set(advice.COMMANDS) & set(whole.commands)


def test_numbers_are_bound_to_the_option_before_them() -> None:
    parser = Parser(prog="x")
    parser.add_argument("--point")
    parser.add_argument("word", nargs="?")

    assert parser.parse_args(["--point", "-.5,1e-3"]) == argparse.Namespace(point="-.5,1e-3", word=None)
    assert parser.parse_args(["--point", "-0.5"]) == argparse.Namespace(point="-0.5", word=None)
    assert parser.parse_args(["--", "--pint"]) == argparse.Namespace(point=None, word="--pint")


@pytest.mark.parametrize(
    ("value", "drums"),
    [("Snare", (37, 38, 39, 40)), (["ride", 36], (36, 51)), ("kick,closed hat", (35, 36, 42)), ("", ())],
)
def test_drums_have_names(value: str | list[str | int], drums: tuple[int, ...]) -> None:
    assert linnet.Options(drums=value).drums == drums


# ---- help


@pytest.mark.parametrize("command", ["", *cli.COMMANDS])
def test_help_fits_80_columns(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    whole = cli.parser()
    text = (whole.commands[command] if command else whole).format_help()

    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_commands_of_a_help_can_be_copied_from_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    parser = Parser(
        prog="x",
        description="Prose of one line,\nwhich goes on.\n\nAnd more.",
        epilog='examples:\n  x a.mid --key "D major" -o there.mid     in a key\n  x b.mid\n',
    )

    assert parser.format_help() == (
        "usage: x [-h]\n\nProse of one line, which goes on.\n\nAnd more.\n\n"
        "options:\n  -h, --help  show this help message\n              and exit\n\n"
        'examples:\n  x a.mid --key "D major" \\\n      -o there.mid\n      # in a key\n  x b.mid\n'
    )
