"""What pieces keep of plans, chords and roles that they are told."""

from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet.controls.progression import Progression
from linnet_train.evaluation import plan_kept
from linnet_train.sampling import as_shipped
from tests.runtime.harmonised import music

HOME = Path(__file__).parents[2] / "data" / "home.onnx"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(HOME)


def test_notes_on_beats_belong_to_the_chord_or_not() -> None:
    score = music("C4 E4 G4 C5 A3 C4 F4 B4", "C3:4 F3:4")
    assert plan_kept.in_chords(score, Progression.read("C F")) == 9 / 10
    assert plan_kept.in_chords(score, Progression.read("F# B")) < 0.2
    assert np.isnan(plan_kept.in_chords(music("-:4"), Progression.read("C")))


def test_what_is_told_and_silent_is_not_counted() -> None:
    told, heard = (np.array([rows], np.uint8).T for rows in ([1, 2, 0, 4], [1, 3, 2, 0]))
    assert plan_kept._within([told], [heard], 0) == [0.5]
    assert plan_kept._within([told], [heard], 1) == [1.0]
    assert np.isnan(plan_kept._within([told * 0], [heard], 1)[0])


def test_a_model_that_plans_is_measured_by_its_plans(model: linnet.Model) -> None:
    plain = as_shipped.requests(model, 16, 8, 1)
    assert all(request.plan and request.players for request in plain)
    found = plan_kept.of_plans(model, plain)
    assert set(found) == {"likeness", "cadence", "loudness", "plays"}
    for each in found.values():
        assert 0 <= each.conditional.value <= 1
        assert each.exact.value <= each.conditional.value
    assert set(found["cadence"].values) <= {1, 2, 3}


def test_chords_that_are_asked_for_are_measured(model: linnet.Model) -> None:
    found = plan_kept.of_chords(model, as_shipped.requests(model, 3, 4, 1))
    assert 0 <= found.unconditional.value <= 1
    assert 0 <= found.conditional.value <= 1


def test_a_model_without_plans_has_none_of_it() -> None:
    groove = linnet.load(HOME.with_name("tiny.onnx"))
    assert plan_kept.of_plans(groove, as_shipped.requests(groove, 2, 4, 1)) == {}
