"""Options: stated once, read into plain values, and refused in one clear line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

import linnet
from linnet.cli.options import add_options, given
from linnet.controls import keywords
from linnet.controls.options import ABOUT, Options, known
from linnet.controls.rules import GROUPS, Call, Rules
from linnet.controls.wishes import INDEX

MOODS = f"one of {', '.join(linnet.moods.MOODS)}, or valence and arousal from -1 to 1"
TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


class Density(IntEnum):
    BUSY = 7


class Key(Enum):
    HOME = "D major"


# ---- stated once


@pytest.mark.parametrize(
    ("call", "typed"),
    [
        ("generate", keywords.PieceOptions),
        ("stream", keywords.StreamOptions),
        ("wish", keywords.WishOptions),
        ("restrict", keywords.RuleOptions),
    ],
)
def test_the_types_for_editors_are_those_of_the_options(call: Call, typed: Any) -> None:
    names = {"Mood": linnet.moods.Mood, "Score": linnet.Score}
    options, keys = get_type_hints(Options, localns=names), get_type_hints(typed, localns=names)

    assert set(keys) == {name for name, about in ABOUT.items() if call in about.calls}
    assert keys == {name: options[name] for name in keys}


def test_rules_are_the_options_that_restrict_takes() -> None:
    assert {rule.name for rule in fields(Rules)} == {
        name for name, about in ABOUT.items() if "restrict" in about.calls
    }


def test_every_option_has_help_and_a_group() -> None:
    assert all(about.help and about.group in GROUPS for about in ABOUT.values())


def test_every_wish_of_the_network_can_be_asked_for_by_one_option() -> None:
    spoken_for = {about.wish for about in ABOUT.values() if about.wish}

    planned = {"cadence", "phrase_left", *(name for name in INDEX if name.startswith("plays_"))}
    assert set(INDEX) - spoken_for - planned == {"tempo", "bars_left"}  # bpm and bars say them, of any model


@pytest.mark.parametrize("call", ["generate", "stream"])
def test_the_docstrings_name_every_option(call: Call) -> None:
    text = getattr(linnet.Model, call).__doc__

    assert [name for name, about in ABOUT.items() if call in about.calls and f"`{name}" not in text] == []


@pytest.mark.parametrize("call", ["wish", "restrict"])
def test_the_docstrings_of_a_stream_name_what_can_be_changed(call: Call) -> None:
    text = getattr(linnet.Stream, call).__doc__

    assert [name for name, about in ABOUT.items() if call in about.calls and f"`{name}`" not in text] == []


# ---- plain values


def halves() -> Iterator[int]:
    yield from (0, 2, 4)


@pytest.mark.parametrize(
    ("name", "value", "plain"),
    [
        ("density", np.int64(5), 5),
        ("density", np.float32(5), 5),
        ("density", 5.0, 5),
        ("density", Fraction(5), 5),
        ("density", Decimal(5), 5),
        ("mood", "Calm ", "calm"),
        ("mood", (Decimal("0.5"), Fraction(-1, 4)), (0.5, -0.25)),
        ("density", Density.BUSY, 7),
        ("density", np.array(3), 3),
        ("key", Key.HOME, "D major"),
        ("key", np.str_("Am"), "Am"),
        ("bpm", 90, 90.0),
        ("bpm", np.float32(0.5) * 181, 90.5),
        ("bpm", Fraction(181, 2), 90.5),
        ("temperature", np.int8(1), 1.0),
        ("seed", np.uint64(2**64 - 1), 2**64 - 1),
        ("watchdog", np.bool_(False), False),
        ("scale", {7, 0, 4}, (0, 4, 7)),
        ("scale", halves(), (0, 2, 4)),
        ("scale", np.array([0, 2, 4]), (0, 2, 4)),
        ("scale", range(12), tuple(range(12))),
        ("drums", {38, 36}, (36, 38)),
        ("drums", [], ()),
        ("programs", range(3), (0, 1, 2)),
        ("programs", ["harp", 40], (40, 46)),
        ("programs", "violin", (40,)),
        ("instrument", "violin", 40),
        ("instrument", "CHURCH organ", 19),
        ("instrument", np.int16(7), 7),
        ("instrument", ["Flute", "33"], (73, 33)),
        ("pitch_range", ["C3", 72], ("C3", 72)),
        ("pitch_range", range(48, 73), (48, 72)),
        ("pitch_range", np.array([[60, 64], [40, 45]]), ((60, 64), (40, 45))),
        ("polyphony", np.array([1, 4]), (1, 4)),
        ("polyphony", np.int64(2), 2),
        ("time_signature", (6, 8), "6/8"),
        ("time_signature", [np.int64(3), 4], "3/4"),
        ("time_signature", " 4/4 ", "4/4"),
        ("form", np.int64(12), "12"),
        ("mood", np.array([0.5, -1]), (0.5, -1.0)),
        ("mood", "0.4,-0.2", (0.4, -0.2)),
        ("mood", "calm", "calm"),
        ("latent", np.array([0.5, 1], np.float32), (0.5, 1.0)),
        ("style", "3", "3"),
        ("with_primer", None, False),
    ],
)  # fmt: skip
def test_values_become_plain(name: str, value: object, plain: object) -> None:
    read = getattr(Options(**{name: value}), name)  # type: ignore[arg-type]  # values of any kind

    assert read == plain
    assert type(read) is type(plain)
    kept = json.loads(json.dumps({name: read}))
    assert getattr(Options(**kept), name) == plain


def test_whatever_is_accepted_is_written_into_the_piece_and_makes_it_again(model: linnet.Model) -> None:
    odd: dict[str, Any] = {
        "density": np.int64(5), "scale": halves(), "drums": {36}, "programs": range(3),
        "seed": np.int32(4),
        "pitch_range": np.array([48, 84]), "time_signature": (3, 4), "bpm": np.float32(93),
        "bars": np.int64(2), "mood": np.array([0.5, 0.5]), "instrument": ["violin"], "polyphony": (1, 2),
        "longest": Fraction(3, 2),
    }  # fmt: skip
    score = model.generate(**odd)
    facts = json.loads(score.texts[1])
    again = model.generate(**{name: value for name, value in facts.items() if name in ABOUT})

    assert again == score
    assert json.loads(again.texts[1]) == facts
    assert {track.program for track in score.tracks if not track.is_drum} == {40}


def test_whatever_is_accepted_can_be_saved(model: linnet.Model) -> None:
    stream = model.stream(
        seed=np.int64(3), density=np.int64(5), drums={36}, programs=range(3),
        scale=halves(), time_signature=(4, 4),
    )  # fmt: skip
    stream.advance(2, budget=None)
    stream.wish(density=Density.BUSY, bpm=np.float32(100), mood=np.array([0.1, 0.2]), top_k=np.int8(9))
    stream.restrict(programs={1, 2}, drums=frozenset(), pitch_range=range(40, 80), scale=halves())
    other = model.restore(stream.save())

    assert other.advance(20, budget=None) == stream.advance(20, budget=None)


# ---- refused


@pytest.mark.parametrize(
    ("name", "value", "error", "complaint"),
    [
        ("density", 3.7, TypeError, "density must be a whole number between 1 and 8, got 3.7"),
        ("density", True, TypeError, "density must be a whole number between 1 and 8, got True"),
        ("density", np.nan, TypeError, "density must be a whole number between 1 and 8, got nan"),
        ("density", "many", TypeError, "density must be a whole number between 1 and 8, got 'many'"),
        ("density", Decimal("nan"), TypeError,
         "density must be a whole number between 1 and 8, got Decimal('NaN')"),
        ("density", Fraction(11, 2), TypeError,
         "density must be a whole number between 1 and 8, got Fraction(11, 2)"),
        ("bpm", 10**400, ValueError, f"bpm must be between 10 and 1000, got 1{'0' * 55} ..."),
        ("temperature", 10**400, ValueError,
         f"temperature must be a finite number at least 0, got 1{'0' * 55} ..."),
        ("mood", {0.5}, TypeError, f"mood must be {MOODS}, in order, got {{0.5}}"),
        ("mood", (True, 0.1), TypeError, f"mood must be {MOODS}, got [True, 0.1]"),
        ("density", 0, ValueError, "density must be between 1 and 8, got 0"),
        ("key", True, TypeError, "key must be a key such as 'D major' or 'Am', got True"),
        ("key", "H", ValueError,
         "key: a note is a letter from A to G with # or b, such as F# or Bb, got 'H'"),
        ("bpm", np.inf, ValueError, "bpm must be between 10 and 1000, got inf"),
        ("bpm", np.nan, ValueError, "bpm must be between 10 and 1000, got nan"),
        ("bpm", "fast", TypeError, "bpm must be a number between 10 and 1000, got 'fast'"),
        ("temperature", np.inf, ValueError, "temperature must be a finite number at least 0, got inf"),
        ("temperature", True, TypeError, "temperature must be a number at least 0, got True"),
        ("longest", 0, ValueError, "longest must be above 0, got 0"),
        ("watchdog", 0, TypeError, "watchdog must be True or False, got 0"),
        ("seed", -1, ValueError, f"seed must be between 0 and {2**64 - 1}, got -1"),
        ("instrument", 128, ValueError, "instrument: a program must be between 0 and 127, got 128"),
        ("drums", [5], ValueError, "drums: a drum must be between 27 and 87, got 5"),
        ("drums", 36, TypeError, "drums must be drums, numbers between 27 and 87 or names, got 36"),
        ("scale", [12], ValueError, "scale must hold pitch classes between 0 and 11, got [12]"),
        ("scale", {"C": 1}, TypeError,
         "scale must be a scale such as 'D dorian', or pitch classes between 0 and 11, got {'C': 1}"),
        ("time_signature", (4,), TypeError,
         "time_signature must be a time signature such as '6/8' or (6, 8), got (4,)"),
        ("pitch_range", 60, TypeError,
         "pitch_range must be the lowest and the highest pitch, or such a pair for each track, got 60"),
        ("pitch_range", ("C5", "C3"), ValueError, "pitch_range must go from low to high, got 'C5' to 'C3'"),
        ("pitch_range", (True, 60), TypeError,
         "pitch_range must be pairs of pitches, such as ('C3', 'C5') or (48, 72), got [True, 60]"),
        ("polyphony", {1, 2}, TypeError,
         "polyphony must be a whole number between 1 and 255, or one for each track, in order, got {1, 2}"),
        ("latent", ["x"], TypeError, "latent must be made of finite numbers, got ['x']"),
        ("latent", [np.inf], ValueError, "latent must be made of finite numbers, got [inf]"),
        ("primer", "tune.mid", TypeError, "primer must be a linnet.Score, got 'tune.mid'"),
        ("style", True, TypeError,
         "style must be the name of one of the model's styles, or its number, got True"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_with_the_range_and_the_value(
    model: linnet.Model, name: str, value: object, error: type[Exception], complaint: str
) -> None:
    options: Any = {name: value}
    calls: list[Any] = [model.generate, model.stream, linnet.Options]
    stream = model.stream(seed=1)
    calls += [getattr(stream, call) for call in ("wish", "restrict") if call in ABOUT[name].calls]
    for call in calls:
        if call == model.stream and "stream" not in ABOUT[name].calls:
            continue
        with pytest.raises(error) as refusal:
            call(**options)
        assert str(refusal.value) == complaint


def test_an_instrument_that_is_not_there_is_told_what_is_near() -> None:
    with pytest.raises(ValueError, match=r"Violin.*got 'violyn'"):
        Options(instrument="violyn")
    with pytest.raises(ValueError, match=r"one of Synth Bass 1, Synth Bass 2.*got 'synth bass'"):
        Options(programs=["synth bass"])


def test_a_list_without_end_is_refused() -> None:
    def zeros() -> Iterator[int]:
        while True:
            yield 0

    with pytest.raises(ValueError, match="scale must have at most"):
        Options(scale=zeros())


@pytest.mark.parametrize("call", ["generate", "stream", "wish", "restrict"])
def test_an_unknown_name_is_told_what_is_near_and_what_there_is(model: linnet.Model, call: Call) -> None:
    taker = getattr(model if call in ("generate", "stream") else model.stream(seed=1), call)
    near = "scale" if call == "restrict" else "density"
    with pytest.raises(TypeError) as refusal:
        taker(**{f"{near[:-1]}": 1})

    there = ", ".join(known(call, model.info))
    assert str(refusal.value) == f"{call} takes no {near[:-1]!r}, did you mean {near}?; tiny knows {there}"
    assert "valence" not in there  # nobody taught it


def test_what_a_call_takes_beside_options_is_near_too(model: linnet.Model) -> None:
    calls: list[tuple[Any, str]] = [
        (model.generate, "count"),
        (model.stream, "ahead"),
        (model.morph, "steps"),
        (model.stream(seed=1).wish, "at"),
    ]
    for call, name in calls:
        phrases = (linnet.Score(), linnet.Score()) if call == model.morph else ()
        with pytest.raises(TypeError, match=f"did you mean {name}"):
            call(*phrases, **{f"{name}s": 1})


def test_help_lists_every_option() -> None:
    assert [name for name in ABOUT if f"        {name}: " not in str(Options.__doc__)] == []


@pytest.mark.parametrize(
    ("call", "name", "hint"),
    [
        ("wish", "polyphony", "which is a rule: use restrict"),
        ("wish", "form", "which stays as it is from the beginning of a stream"),
        ("wish", "bars", "which is for pieces: use generate"),
        ("restrict", "density", "which is a wish: use wish"),
        ("stream", "instrument", "which is for pieces: use generate"),
    ],
)
def test_a_name_in_the_wrong_place_is_told_where_it_belongs(
    model: linnet.Model, call: Call, name: str, hint: str
) -> None:
    taker = model.stream if call == "stream" else getattr(model.stream(seed=1), call)
    with pytest.raises(TypeError, match=f"{call} takes no '{name}', {hint}; tiny knows "):
        taker(**{name: 1})


def test_a_wish_that_nobody_taught_is_refused_by_pieces_and_streams(model: linnet.Model) -> None:
    for call in (model.generate, model.stream, model.stream(seed=1).wish):
        with pytest.raises(ValueError, match="valence is a wish this model has not learnt"):
            call(valence=1)


# ---- one meaning


def test_polyphony_is_a_rule_everywhere_and_texture_the_wish(model: linnet.Model) -> None:
    column = INDEX["polyphony"]
    stream = model.stream(seed=1, polyphony=2)
    request = stream._player.composer.request
    assert (request.limits.polyphony, request.wishes[column]) == ((2,), 0)

    stream.wish(texture=3)
    stream.advance(3, budget=None)
    request = stream._player.composer.request
    assert (request.limits.polyphony, request.wishes[column]) == ((2,), 3)


def test_none_takes_sampling_back_to_what_suits_the_model(model: linnet.Model) -> None:
    stream = model.stream(seed=1, temperature=0.3)
    stream.wish(temperature=None)
    stream.advance(3, budget=None)

    assert stream._player.composer.request.sampling.temperature == model.info.defaults["temperature"]


# ---- the command line


def test_the_command_line_says_what_python_says() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    words = (
        "--bars 4 --seed 7 --key Am --range C3 C6 --no-watchdog --programs violin,0 --drums= --polyphony 1,2 "
        "--scale 0,2,4 --mood=-0.5,1 --instrument flute,harp"
    )
    args = given(parser.parse_args(words.split()))

    assert Options(**args) == Options(
        bars=4,
        seed=7,
        key="Am",
        pitch_range=("C3", "C6"),
        watchdog=False,
        programs=["violin", 0],
        drums=[],
        polyphony=(1, 2),
        scale=[0, 2, 4],
        mood=(-0.5, 1),
        instrument=["flute", "harp"],
    )
    assert Options(**given(parser.parse_args([]))) == Options()


def test_every_option_is_on_the_command_line_but_those_that_are_no_words() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    there = {action.dest for action in parser._actions}

    assert set(ABOUT) - there == {"latent", "primer", "with_primer"}
