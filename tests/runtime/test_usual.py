"""What people's music hardly has is not played from bars that rest: the nearest that it has is."""

import logging

import pytest

import linnet


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
