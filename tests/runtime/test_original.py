"""What a model learnt from is not written again, in pieces and streams, where its file says what that is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import linnet
from linnet._core import KnownRuns, add_runs, runs_of
from linnet.controls.originality import Originality
from linnet.tokens import codec
from tests.runtime.streams import PERFORMED

PAIRS, LOG2 = 6, 14
PIECE: dict[str, Any] = {
    "seed": 3,
    "bars": 16,
    "polyphony": 1,
    "time_signature": "4/4",
    "bpm": 120,
    "form": "",  # nothing comes back by plan
}


def runs(score: linnet.Score) -> list[int]:
    tokens = codec.encode(score, "grid")
    hashes, slots = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.uint8)
    found: list[int] = hashes[: runs_of(tokens, pairs=PAIRS, hashes=hashes, slots=slots)].tolist()
    return [each for each in found if each]


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    """One that learnt from its own pieces."""
    folk = linnet.load("folk")
    bits = np.zeros(1 << (LOG2 - 3), np.uint8)
    for seed in (3, 4):
        learnt = folk.generate(original=False, **PIECE | {"seed": seed})
        add_runs(bits, np.array(runs(learnt), np.uint64), log2=LOG2, places=5)
    filter = KnownRuns(bits.tobytes(), log2=LOG2, hashes=5, pairs=PAIRS)
    about = Originality(filter, PAIRS, 1, LOG2, 5, {"held_out": 0.01, "false_alarms": 0.001})
    folk.engine.info = replace(folk.engine.info, original=about)
    return folk


def count(model: linnet.Model, score: linnet.Score) -> int:
    assert model.info.original is not None
    return model.info.original.runs.count(np.array(runs(score), np.uint64))


def test_a_piece_has_none_of_the_runs_unless_the_player_does_not_mind(model: linnet.Model) -> None:
    copy = model.generate(original=False, **PIECE)
    own = model.generate(**PIECE)

    assert count(model, copy) == len(runs(copy)) > 20
    assert count(model, own) == 0
    assert len(own.notes) > 20


def test_what_comes_back_is_the_pieces_own() -> None:
    """Of 160 bars that come back 139 were the same note for note before: where a section ended and an earlier
    one began again, they made a run that was known.
    """
    tunes = linnet.load("folk").generate(count=10, seed=101, form="A:8 B:8 A:8 B:8", key="D major")
    same = 0
    for tune in tunes:
        *starts, end = *tune.bar_ticks().tolist()[-32:], tune.end
        bars = [
            {(note.onset - begin, note.pitch) for note in tune.notes if begin <= note.onset < stop}
            for begin, stop in zip(starts, [*starts[1:], end], strict=True)
        ]
        same += sum(bars[bar] == bars[bar + 16] for bar in range(16))

    assert same >= 147


def test_candidates_have_none_either(model: linnet.Model) -> None:
    assert count(model, model.generate(candidates=3, **PIECE | {"bars": 8})) == 0


def test_a_stream_has_none_before_and_after_it_was_saved(model: linnet.Model) -> None:
    stream = model.stream(seed=3, polyphony=1, time_signature="4/4", bpm=120, form="")
    stream.advance(8.0, budget=None)
    again = model.restore(stream.save())
    heard = stream.advance(16.0, budget=None)

    assert again.advance(16.0, budget=None) == heard
    notes = [(n.pitch, n.onset * 2) for n in heard]
    starts = sorted({round(onset * 24) for _, onset in notes})
    assert len(starts) > 20
    pairs = [(pitch, (b - a) / 24) for (pitch, _), a, b in zip(notes, starts, starts[1:], strict=False)]
    assert count(model, linnet.Score.from_notes(pairs)) == 0


def test_a_saved_stream_goes_on_under_the_filter_of_its_file() -> None:
    folk = linnet.load("folk")
    stream = folk.stream(seed=3)
    stream.tokens(400)
    saved, fork = folk.restore(stream.save()), stream.fork()

    assert folk.info.original is not None
    assert stream.tokens(2000) == saved.tokens(2000) == fork.tokens(2000)


def test_a_filter_goes_through_a_file_and_back(model: linnet.Model) -> None:
    about = model.info.original
    assert about is not None
    again = Originality.of(about.entry())

    assert again.entry() == about.entry()
    assert again.notes == PAIRS
    with pytest.raises(ValueError, match="bits must be"):
        Originality.of(about.entry() | {"log2": LOG2 + 1})


def test_a_model_without_a_filter_says_so() -> None:
    with pytest.raises(ValueError, match="groove carries no filter of what it learnt from"):
        linnet.load(PERFORMED).generate(original=True)
