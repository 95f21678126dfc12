"""What people's music hardly has is not played from bars that rest: the nearest that it has is."""

import logging
from dataclasses import replace

import pytest

import linnet
from linnet.controls.form import choose


@pytest.mark.parametrize(("name", "density"), [("piano", 1), ("folk", 1), ("groove", 2)])
def test_the_fewest_notes_are_those_that_people_play(name: str, density: int) -> None:
    model = linnet.load(name)
    usual = model.info.usual("density")
    assert usual is not None
    assert density < usual[0]

    few, least = (model.generate(seed=3, bars=8, density=each) for each in (density, usual[0]))

    assert few.notes.onset.tolist() == least.notes.onset.tolist()


def test_what_is_played_instead_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    model = linnet.load("piano")
    with caplog.at_level(logging.WARNING, "linnet"):
        model.generate(bars=1, seed=1, density=1)
        model.generate(bars=1, seed=1, density=1, texture=3)

    assert [record.getMessage() for record in caplog.records] == [
        "linnet: density 1 is below all that piano learnt from; it plays 3"
    ]


def test_a_model_without_forms_takes_every_amount() -> None:
    assert linnet.load("phrase").info.usual("density") is None


def test_a_style_is_one_of_the_usual_ones_unless_one_is_asked_for() -> None:
    forms = linnet.load("band").info.forms
    styles = sorted({form.wishes["style"] for form in forms})
    usual, asked = {styles[0], styles[-1]}, styles[1]

    def drawn(seed: int, style: int) -> int:
        number = int(choose(forms, seed, 8, time_signature=None, key=0, style=style, usual=usual))
        return forms[number].wishes["style"]

    assert {drawn(seed, 0) for seed in range(60)} == usual
    assert {drawn(seed, asked) for seed in range(20)} == {asked}


def test_a_model_says_what_its_usual_styles_are() -> None:
    info = linnet.load("band").info
    names = next(entry["values"] for entry in info.wishes if entry["name"] == "style")
    told = replace(info, defaults={**info.defaults, "styles": [names[2], "no style of it"]})

    assert told.usual_styles == {3}
    assert info.usual_styles == frozenset()
