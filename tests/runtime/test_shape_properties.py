"""What holds for every shaping function and any score."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linnet import MidiError, midi, shape
from linnet.music.score import Note, Notes, Score, Track
from linnet.shape import metre, tempo
from tests.runtime.scores import scores

FIXTURES = sorted((Path(__file__).parents[1] / "data" / "midi").rglob("*.mid"))
Shaping = Callable[..., Score]

SHAPINGS: dict[str, Shaping] = {
    "quantise": shape.quantise,
    "quantise to triplets": partial(shape.quantise, grid="1/12"),
    "snap": partial(shape.snap, scale="D dorian"),
    "snap to a mode": partial(shape.snap, scale="minor pentatonic"),
    "fold": partial(shape.fold, low="C3", high=71),
    "repair": shape.repair,
    "thin": shape.thin,
    "thicken": shape.thicken,
    "close": shape.close,
    "swing": shape.swing,
    "swing sixteenths": partial(shape.swing, grid="1/16"),
    "legato": shape.legato,
    "smooth": shape.smooth,
    "humanise": partial(shape.humanise, seed=11),
    "rubato": shape.rubato,
    "ritardando": shape.ritardando,
}
TAKE_AWAY, ADD = {"repair", "thin"}, {"thicken", "close"}
TIME = {"quantise", "quantise to triplets", "swing", "swing sixteenths", "humanise"}
PITCH = {"snap", "snap to a mode", "fold"}
TEMPO = {"rubato", "ritardando"}

every = pytest.mark.parametrize("name", SHAPINGS)
strengths = st.floats(0.001, 1)
few = settings(max_examples=6, deadline=None)  # of each of sixteen functions


def of_all_tracks(score: Score) -> list[tuple[int, Note]]:
    return [(number, note) for number, track in enumerate(score.tracks) for note in track.notes]


def test_every_public_function_is_tried() -> None:
    assert {name.split()[0] for name in SHAPINGS} == set(shape.__all__)


@every
@given(scores)
@few
def test_strength_0_gives_back_the_very_same_score(name: str, score: Score) -> None:
    assert SHAPINGS[name](score, strength=0) is score


@every
@given(scores, strengths)
@few
def test_what_comes_out_is_a_score_that_midi_can_say(name: str, score: Score, strength: float) -> None:
    shaped = SHAPINGS[name](score, strength=strength)

    for _, note in of_all_tracks(shaped):  # of_rows does not check
        assert note.onset >= 0
        assert note.duration >= 1
        assert 0 <= note.pitch <= 127
        assert 1 <= note.velocity <= 127
    assert len(midi.loads(midi.dumps(shaped)).notes) == len(shaped.notes)


@every
@given(scores, strengths)
@few
def test_tracks_texts_and_meter_stay(name: str, score: Score, strength: float) -> None:
    score = Score(
        score.ticks_per_beat, score.tracks, score.tempos, score.time_signatures, score.end, texts=("mine",)
    )
    shaped = SHAPINGS[name](score, strength=strength)

    assert shaped.texts == ("mine",)
    described = [[(t.program, t.is_drum, t.name) for t in s.tracks] for s in (shaped, score)]
    assert described[0] == described[1]
    same = score.resample(shaped.ticks_per_beat)
    assert shaped.time_signatures == same.time_signatures
    assert shaped.end >= same.end if name == "close" else shaped.end == same.end


@every
@given(scores, strengths)
@few
def test_no_note_is_lost_or_found_unless_that_is_the_purpose(
    name: str, score: Score, strength: float
) -> None:
    before, after = (
        Counter(number for number, _ in of_all_tracks(s))
        for s in (score, SHAPINGS[name](score, strength=strength))
    )

    if name in TAKE_AWAY:
        assert after <= before
    elif name in ADD:
        assert after >= before
    else:
        assert after == before


@every
@given(scores, strengths)
@few
def test_only_what_it_is_for_changes(name: str, score: Score, strength: float) -> None:
    shaped = SHAPINGS[name](score, strength=strength)
    same = score.resample(shaped.ticks_per_beat)
    before, after = of_all_tracks(same), of_all_tracks(shaped)

    if name not in TEMPO:
        assert shaped.tempos == same.tempos
    else:
        assert before == after
    if name not in PITCH | TAKE_AWAY | ADD:
        assert Counter((t, n.pitch) for t, n in before) == Counter((t, n.pitch) for t, n in after)
    if name not in TIME | TAKE_AWAY | ADD:
        assert [(t, n.onset) for t, n in before] == [(t, n.onset) for t, n in after]
    if name in TAKE_AWAY:
        assert Counter((t, n.onset, n.pitch) for t, n in after) <= Counter(
            (t, n.onset, n.pitch) for t, n in before
        )
    if name in ADD:
        assert Counter((t, n.onset, n.pitch) for t, n in after) >= Counter(
            (t, n.onset, n.pitch) for t, n in before
        )
    if name not in {"smooth", "humanise"} | TAKE_AWAY | ADD:
        assert Counter((t, n.velocity) for t, n in before) == Counter((t, n.velocity) for t, n in after)


IDEMPOTENT = ("quantise", "quantise to triplets", "snap", "fold", "repair", "legato", "thin")


@pytest.mark.parametrize("name", IDEMPOTENT)
@given(scores)
@few
def test_at_strength_1_to_do_it_again_changes_nothing(name: str, score: Score) -> None:
    once = SHAPINGS[name](score)

    assert SHAPINGS[name](once) == once


@example(
    Score(24, tuple(Track(Notes.of([Note(tick, 60, 0, 80)])) for tick in (0, 24))), "F#m"
)  # no root below
@given(scores, st.sampled_from(("C major", "F#m")))
@few
def test_a_closed_piece_is_not_closed_again(score: Score, key: str) -> None:
    once = shape.close(score, key=key)

    assert shape.close(once, key=key) == once


@given(scores, strengths, st.integers(0, 2**64 - 1))
@few
def test_a_seed_makes_the_same_performance_again(score: Score, strength: float, seed: int) -> None:
    first, second = (shape.humanise(score, seed=seed, strength=strength) for _ in range(2))

    assert first == second


@given(scores, strengths)
@few
def test_drums_keep_pitch_velocity_and_length_where_no_chance_is_asked_for(
    score: Score, strength: float
) -> None:
    drums = [number for number, track in enumerate(score.tracks) if track.is_drum]

    for name in ("snap", "fold", "thicken", "close", "legato", "smooth"):
        shaped = SHAPINGS[name](score, strength=strength)
        assert [shaped.tracks[n].notes for n in drums] == [score.tracks[n].notes for n in drums]


@given(scores, strengths)
@few
def test_nothing_overlaps_itself_that_did_not(score: Score, strength: float) -> None:
    score = shape.repair(score)

    for name in TIME - {"quantise", "quantise to triplets"}:  # the grid may bring two notes together
        shaped = SHAPINGS[name](score, strength=strength)
        assert shape.repair(shaped, longest=1e9) == shaped


@given(scores, st.sets(st.integers(0, 11), min_size=1))
@few
def test_snap_moves_only_what_is_outside_and_no_farther_than_it_must(score: Score, scale: set[int]) -> None:
    shaped = shape.snap(score, scale=scale)

    for before, after in zip(score.tracks, shaped.tracks, strict=True):
        if before.is_drum:
            continue
        moved = sorted((n.onset, n.duration, n.velocity, n.pitch) for n in before.notes)
        assert all(note.pitch % 12 in scale for note in after.notes)
        inside = Counter(n for n in before.notes if n.pitch % 12 in scale)
        assert inside <= Counter(after.notes)
        assert len(moved) == len(after.notes)


@given(scores, strengths)
@few
def test_thin_never_takes_a_note_on_a_beat(score: Score, strength: float) -> None:
    shaped = shape.thin(score, strength=strength)

    for before, after in zip(score.tracks, shaped.tracks, strict=True):
        if before.notes:
            on_beat = before.notes.select(metre.weights(score, before.notes.onset) >= metre.BEAT)
            assert Counter(on_beat) <= Counter(after.notes)
            left = metre.weights(score, after.notes.onset)
            assert strength < 1 or (left >= metre.BEAT).all()


@given(scores)
@few
def test_places_agree_with_the_bars_of_the_score(score: Score) -> None:
    from linnet.tools.lazy import np

    starts = score.bar_ticks()
    ticks = np.unique(np.concatenate([starts, starts + 1, starts[1:] - 1]))
    ticks = ticks[ticks < score.end]
    bar = metre.place(score, ticks)

    which = np.searchsorted(starts, ticks, "right") - 1
    assert bar.start.tolist() == starts[which].tolist()
    assert (bar.stop > ticks).all()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_strangest_files_can_be_shaped_by_all_of_them_in_a_row(path: Path) -> None:
    try:
        shaped = score = midi.read(path)
    except MidiError:
        return  # there is no music in it
    for name in SHAPINGS:
        if not (name == "rubato" and shaped.bars > tempo.MOST_BARS):
            shaped = SHAPINGS[name](shaped)

    assert len(shaped.tracks) == len(score.tracks)
    assert len(midi.loads(midi.dumps(shaped)).notes) == len(shaped.notes)


def test_a_piece_too_long_for_a_tempo_on_each_beat_is_refused() -> None:
    with pytest.raises(ValueError, match="rubato is for at most 100000 bars, got 100001"):
        shape.rubato(Score(1, end=400_001))


@every
@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_strength_outside_0_to_1_is_refused(name: str, strength: float) -> None:
    with pytest.raises(ValueError, match="strength must be between 0 and 1"):
        SHAPINGS[name](Score(), strength=strength)
