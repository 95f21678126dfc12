"""How a piece closes: the tonic, on a beat, held, and nothing that has to fill its place."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import _core
from linnet.engine.engine import Engine
from linnet.music.notes import Note
from linnet.music.score import Notes, Score, TimeSignature, Track
from linnet.tokens import codec
from linnet.tokens.vocabulary import FAMILIES

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
BOS, EOS, BAR = (FAMILIES[name].first for name in ("bos", "eos", "bar"))
METER = FAMILIES["time_signature"].first
LAST_STRONG_BEAT = {0: 24, 1: 24, 2: 48, 3: 72, 8: 36, 9: 72}
"""Ticks, by the number of the time signature in the vocabulary."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


def closed(
    engine: Engine, seed: int, meter: int, tonic: int | None, bars: int, *, notes: int = 0, **rules: Any
) -> Score:
    """A piece that closes on a tonic, or on none."""
    tracker = _core.Tracker()
    tracker.restrict(**{"fixed_meter": True, "bars": bars, "drums": [], **rules})
    script = [BOS, _core.SAMPLE_TO_BAR, METER + meter, _core.SAMPLE]
    piece = _core.Piece(tracker, _core.Rng(seed), script=script, top_k=40)
    line, chord = ((), ()) if tonic is None else ((tonic,), (tonic, (tonic + 4) % 12, (tonic + 7) % 12))
    piece.cadence(bars, line=line, chord=chord, notes=notes)
    engine.loop(piece).play()
    assert piece.tokens[-1] == EOS
    return codec.decode(np.array(piece.tokens, np.uint16))


@pytest.mark.parametrize("meter", LAST_STRONG_BEAT)
@pytest.mark.parametrize("seed", range(20))
def test_the_tonic_is_struck_by_the_last_strong_beat(engine: Engine, seed: int, meter: int) -> None:
    bars = 1 + seed % 4
    score = closed(engine, seed, meter, seed % 12, bars, polyphony=[1], slots=1)
    notes = score.pitched_notes
    last = np.flatnonzero(notes.onset == notes.onset.max())
    begin = score.bar_ticks()[-1]

    assert (notes.pitch[last] % 12 == seed % 12).all()
    assert begin <= notes.onset[last[0]] <= begin + LAST_STRONG_BEAT[meter]


@pytest.mark.parametrize("meter", LAST_STRONG_BEAT)
@pytest.mark.parametrize("seed", range(20))
def test_a_close_that_was_due_is_held_to_the_end(engine: Engine, seed: int, meter: int) -> None:
    score = closed(engine, seed, meter, 7, 3, polyphony=[1], slots=1)
    notes, begin = score.pitched_notes, score.bar_ticks()[-1]
    last = notes.select(notes.onset == notes.onset.max())

    if last.onset[0] == begin + LAST_STRONG_BEAT[meter]:
        assert last.end.tolist() == [score.end]


@pytest.mark.parametrize("seed", range(40))
def test_the_close_strikes_no_more_together_than_the_bar_before(engine: Engine, seed: int) -> None:
    score = closed(engine, seed, 2, 7, 3)
    notes, starts = score.pitched_notes, score.bar_ticks()
    together = [
        int((notes.onset == tick).sum()) for tick in np.unique(notes.onset[notes.onset >= starts[-2]])
    ]
    at = np.unique(notes.onset[notes.onset >= starts[-2]])
    before = max((n for n, tick in zip(together, at, strict=True) if tick < starts[-1]), default=1)

    if at[-1] == starts[-1] + 48:  # the close was due
        assert together[-1] <= max(before, len(score.tracks))


def bars_of(score: Score, notes: Notes) -> list[Notes]:
    """The notes that begin in each bar."""
    bar = np.searchsorted(score.bar_ticks(), notes.onset, "right") - 1
    return [notes.select(bar == number) for number in range(score.bars)]


def full(score: Score, usual: float) -> bool:
    """Whether the last bar goes on with more than a close once it has so many notes."""
    _, together = np.unique(bars_of(score, score.notes)[-1].onset, return_counts=True)
    said = np.cumsum(together)
    return bool((said[:-2] >= usual).any())


FREE = {"drums": None, "upbeat": 0}


@pytest.mark.parametrize("seed", range(60))
def test_a_last_bar_that_has_said_as_much_as_others_closes(engine: Engine, seed: int) -> None:
    """Those of before went on in 4 of these 60."""
    score = closed(engine, seed, 2 + seed % 2, 7, 2 + seed % 5, **FREE)
    before = sorted(len(notes) for notes in bars_of(score, score.notes)[:-1] if len(notes))

    assert not before or not full(score, before[(len(before) - 1) // 2])


@pytest.mark.parametrize("seed", range(40))
def test_a_single_bar_closes_when_it_has_as_many_notes_as_it_may(engine: Engine, seed: int) -> None:
    score = closed(engine, seed, 2, 7, 1, notes=8, slots=2, **FREE)

    assert not full(score, 6)


@pytest.mark.parametrize("seed", range(60))
def test_who_was_silent_does_not_enter_in_the_last_bar(engine: Engine, seed: int) -> None:
    score = closed(engine, seed, 2, 7, 2 + seed % 3, **FREE)

    for track in score.tracks:
        assert track.notes.onset.min() < score.bar_ticks()[-1]


def missing(score: Score) -> int:
    """Pitched tracks that strike in the bar before the last, and in the last neither strike nor hold."""
    before, last = score.bar_ticks()[-2:]
    tracks = [track.notes for track in score.tracks if not track.is_drum]
    played = [notes for notes in tracks if ((notes.onset >= before) & (notes.onset < last)).any()]
    return sum(not (notes.end > last).any() for notes in played)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_struck_last_stands_on_the_tonic(engine: Engine, seed: int) -> None:
    """Whoever of three was the lowest, and in whatever order they are written; the code of before had another
    note below it in 2 of these 60.
    """
    dice = random.Random(seed)
    players = [dice.randint(60, 75), dice.randint(44, 60), dice.randint(40, 50)]
    if seed % 2:
        dice.shuffle(players)
    begun = Score(
        480,
        tuple(
            Track(Notes.of([Note(0, 480, pitch, 80), Note(960, 480, pitch, 80)]), program=10 * number)
            for number, pitch in enumerate(players)
        ),
        time_signatures=(TimeSignature(0, 4, 4),),
        end=1920,
    )
    tracker = _core.Tracker()
    tracker.restrict(fixed_meter=True, bars=2, drums=[])
    script = [int(token) for token in codec.encode(begun)[:-1]]
    piece = _core.Piece(tracker, _core.Rng(seed), script=script, top_k=40)
    piece.cadence(2, line=[4], chord=[4, 8, 11])
    engine.loop(piece).play()
    notes = codec.decode(np.array(piece.tokens, np.uint16)).pitched_notes

    assert notes.pitch[notes.end > notes.onset.max()].min() % 12 == 4


def test_all_voices_of_a_hymn_close() -> None:
    """A bass that rests on the tonic is no end while others are missing; in 2 of these 20 it was, by the code
    of before.
    """
    hymns = linnet.load("chorale").generate(count=20, seed=1, bars=4, time_signature="3/4")

    assert [missing(hymn) for hymn in hymns] == [0] * 20


@pytest.mark.parametrize("seed", range(60))
def test_a_last_bar_is_hardly_wider_than_two_octaves_or_the_others(engine: Engine, seed: int) -> None:
    score = closed(engine, seed, 2, 7, 2 + seed % 3, **FREE)
    *before, last = (int(np.ptp(bar.pitch)) if len(bar) else 0 for bar in bars_of(score, score.pitched_notes))

    assert last <= max(24, 1.2 * max(before))


def test_voices_over_a_bass_that_comes_last_close_in_a_chord() -> None:
    """The code of before kept them above the highest tonic that was struck: in 3 of these 20 three upper
    voices struck one pitch.
    """
    hymns = linnet.load("chorale").generate(count=20, seed=1, bars=4)

    for hymn in hymns:
        notes = hymn.pitched_notes
        last = notes.pitch[notes.onset == notes.onset.max()]
        assert len(last) < 3 or len(set(last.tolist())) > 1
        assert np.unique(last, return_counts=True)[1].max() < 3


@pytest.mark.parametrize("seed", range(40))
def test_what_goes_on_keeps_to_its_own_bars_rather_than_to_given_ones(engine: Engine, seed: int) -> None:
    """Two given bars of five octaves and 48 notes."""
    wide = Notes.of([Note(40 * i, 40, 30 + 60 * (i % 2), 80) for i in range(96)])
    begun = Score(480, (Track(wide),), time_signatures=(TimeSignature(0, 4, 4),), end=3840)
    script = [int(token) for token in codec.encode(begun)[:-1]]
    tracker = _core.Tracker()
    tracker.restrict(fixed_meter=True, bars=5, drums=[])
    piece = _core.Piece(tracker, _core.Rng(seed), script=script, top_k=40)
    piece.cadence(5, line=[4], chord=[4, 8, 11], given=2)
    engine.loop(piece).play()
    score = codec.decode(np.array(piece.tokens, np.uint16))
    *before, last = (int(np.ptp(bar.pitch)) if len(bar) else 0 for bar in bars_of(score, score.pitched_notes))
    own = before[2:]

    assert last <= max(24, 1.2 * max(own)) or not any(len(bar) for bar in bars_of(score, score.notes)[2:-1])


@pytest.mark.parametrize("seed", range(60))
def test_a_last_bar_that_does_not_close_keeps_to_the_others(engine: Engine, seed: int) -> None:
    score = closed(engine, seed, 2, None, 2 + seed % 3, **FREE)
    *before, last = (int(np.ptp(bar.pitch)) if len(bar) else 0 for bar in bars_of(score, score.pitched_notes))
    counts = sorted(len(notes) for notes in bars_of(score, score.notes)[:-1] if len(notes))

    assert last <= max(24, *before)
    assert not counts or not full(score, 2 * counts[(len(counts) - 1) // 2])


@pytest.mark.parametrize(
    "settings", [{}, {"time_signature": "3/4"}, {"density": 1}, {"mood": "tense"}], ids=str
)
def test_the_last_bar_of_a_tune_has_no_more_notes_than_its_others(settings: dict[str, Any]) -> None:
    """On the code of before, 6 to 36 in 100 had a cluster over three octaves there."""
    for score in linnet.load("folk").generate(count=25, seed=1, bars=8, **settings):
        notes, starts = score.pitched_notes, score.bar_ticks()
        bars = np.bincount(np.searchsorted(starts, notes.onset, "right") - 1, minlength=len(starts))
        last = notes.select(notes.onset >= starts[-1])

        assert bars[-1] <= max(bars[:-1]) + 2
        assert np.ptp(last.pitch) <= 24
        assert last.duration.min() > 1


def test_a_tune_alone_has_no_bass_before_its_close() -> None:
    """The code of before held it to the dominant's root, as a bass: 10 of these 20 had two pitches at most in
    the bar before the last.
    """
    tunes = linnet.load("folk").generate(count=20, seed=1, bars=8, key="G major")
    pitches = [set(bars_of(tune, tune.pitched_notes)[-2].pitch.tolist()) for tune in tunes]

    assert sum(len(each) <= 2 for each in pitches) <= 3


@pytest.mark.parametrize("seed", range(20))
def test_where_bars_have_a_chord_each_the_last_one_has_no_two(engine: Engine, seed: int) -> None:
    """Bars of three, three and four notes: two chords of four are too many, and came in all of these."""
    played = ((60, 0, 1, 2), (56, 0, 1, 2), (52, 0, 1, 2), (45, 2))
    tracks = tuple(
        Track(Notes.of([Note(1920 * bar, 480, pitch, 80) for bar in bars]), program=10 * number)
        for number, (pitch, *bars) in enumerate(played)
    )
    begun = Score(480, tracks, time_signatures=(TimeSignature(0, 4, 4),), end=5760)
    tracker = _core.Tracker()
    tracker.restrict(fixed_meter=True, bars=4, drums=[])
    script = [int(token) for token in codec.encode(begun)[:-1]]
    piece = _core.Piece(tracker, _core.Rng(seed), script=[*script, BAR], top_k=40)
    piece.cadence(4, line=[9], chord=[9, 0, 4])
    engine.loop(piece).play()
    score = codec.decode(np.array(piece.tokens, np.uint16))
    last = bars_of(score, score.pitched_notes)[-1]

    assert len(set(last.onset.tolist())) == 1
    assert len(last) <= 4
