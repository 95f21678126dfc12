"""What notes cost when more is given: the same notes, each of them counted."""

from dataclasses import replace
from pathlib import Path

import pytest

from linnet.tokens.vocabulary import FAMILIES
from linnet_train.commands.evaluate import given_table
from linnet_train.evaluation.given import GAPS, PARTS, free_notes
from linnet_train.evaluation.likelihood import evaluate
from linnet_train.network.network import Network
from linnet_train.training.heldout import tally
from tests.train.corpora import TINY, corpus, piece, pieces
from tests.train.data.test_given import three_parts
from tests.train.evaluation.test_likelihood import a_run


def test_the_same_notes_are_scored_whatever_is_given() -> None:
    music = piece(three_parts(12))
    rows = free_notes(Network(TINY, seed=5).eval(), [music, music])

    assert [(row.of, row.given) for row in rows] == [
        *(("one part", name) for name in PARTS),
        *(("a gap of 4 bars", name) for name in GAPS),
        *(("the last bar of it", name) for name in GAPS),
    ]
    assert {row.notes for row in rows[: len(PARTS)]} == {
        4 * 12 + 2 * 2 * 12
    }  # of the first part, and the second
    gaps = rows[len(PARTS) :]
    assert {row.notes for row in gaps[: len(GAPS)]} == {2 * 4 * (4 + 4 + 1 + 1)}
    assert {row.notes for row in gaps[len(GAPS) :]} == {2 * (4 + 4 + 1 + 1)}
    assert len({row.nats_per_note for row in rows[: len(PARTS)]}) > 2  # it sees the difference


def test_with_nothing_given_a_gap_costs_what_its_notes_cost_in_the_piece() -> None:
    music = piece(three_parts(12), style=0)
    network = Network(TINY, seed=5).eval()
    whole = tally(network, [music], "grid", wishes=False)
    row = next(row for row in free_notes(network, [music]) if row.of.startswith("a gap"))
    notes = sum(
        float(whole.nats[f.first : f.first + f.count].sum())
        for name, f in FAMILIES.items()
        if name in ("note", "drum", "velocity", "slot", "duration_fine", "duration_big")
    )
    assert row.nats_per_note * row.notes == pytest.approx(notes / 3, rel=0.2)  # four bars of twelve


def test_a_report_has_it_of_a_network_that_is_told(tmp_path: Path) -> None:
    music = corpus(pieces(1), pieces(1), [piece(three_parts(12))])
    a_run(tmp_path / "told", music)
    a_run(tmp_path / "untold", music, replace(TINY, given=False))
    told, untold = (evaluate(tmp_path / name, music) for name in ("told", "untold"))

    assert any("given all other parts" in line for line in given_table(told))
    assert given_table(untold) == []
