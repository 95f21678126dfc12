"""The tracker against its oracle, and each promise of csrc/tracker.h on its own."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet._core import Tracker
from linnet.errors import MidiError
from linnet.music.score import Note, Notes, Score, Track
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import FAMILIES, SIZE, describe, family_of
from tests.csrc.tracker_oracle import WINDOW, Oracle, Rules

TIME_BASES: tuple[TimeBase, ...] = ("grid", "performance")
MIDI = sorted((Path(__file__).parents[1] / "data" / "midi").rglob("*.mid"))
EOS, BAR = FAMILIES["eos"].first, FAMILIES["bar"].first
NO_WISH = [0] * len(features.WISHES)


def token(text: str) -> int:
    """The id of a token in the words of `describe`."""
    return next(i for i in range(SIZE) if describe(i) == text)


def tokens_of(text: str) -> list[int]:
    return [token(" ".join(words.split())) for words in text.split(",")]


def tracker_after(text: str, time_base: str = "grid", **rules: Any) -> Tracker:
    tracker = Tracker(time_base)
    tracker.restrict(**rules)
    for t in tokens_of(text):
        assert t in allowed(tracker), describe(t)
        tracker.advance(t)
    return tracker


def allowed(tracker: Tracker) -> list[int]:
    mask = np.zeros(SIZE, np.uint8)
    count = tracker.mask(mask)
    tokens: list[int] = np.flatnonzero(mask).tolist()
    assert count == len(tokens)
    return tokens


def names(tracker: Tracker) -> set[str]:
    return {family_of(t).name for t in allowed(tracker)}


def bag(tracker: Tracker) -> list[int]:
    out = np.zeros(features.WIDTH, np.int64)
    tracker.features(out)
    return out.tolist()


def column(row: Sequence[int], name: str) -> list[int | None]:
    """What the columns of a feature family say; None where they say nothing."""
    family = next(f for f in features.FAMILIES if f.name == name)
    ids = row[family.first_column : family.first_column + family.columns]
    share = family.columns // family.tables
    return [i - family.first_id - k // share * family.count if i else None for k, i in enumerate(ids)]


def walk(tracker: Tracker, seed: int, length: int = 400, slots: int = 0) -> Iterator[int]:
    """Tokens drawn from what is allowed, family first; often what stood some tokens ago.

    Declares at least so many slots, where it may; after so many tokens it hurries to the end.
    """
    generator = np.random.default_rng(seed)
    period, said = int(generator.integers(3, 40)), list[int]()
    while not tracker.finished:
        choice = allowed(tracker)
        assert choice, "the mask is empty before eos"
        if len(said) >= length:
            choice = [t for t in choice if t in (EOS, BAR)] or choice
        elif len(said) <= 2 * slots:
            choice = [t for t in choice if family_of(t).name in ("slot", "program")] or choice
        elif len(choice) > 1:
            choice = [t for t in choice if t != EOS]
        if len(said) >= period and said[-period] in choice and generator.random() < 0.7:
            choice = [said[-period]]
        family = generator.choice(sorted({family_of(t).name for t in choice}))
        said.append(int(generator.choice([t for t in choice if family_of(t).name == family])))
        yield said[-1]
        tracker.advance(said[-1])


def piece(seed: int, time_base: TimeBase = "grid", **rules: Any) -> Score:
    """What is played when only the mask is obeyed."""
    tracker = Tracker(time_base)
    tracker.restrict(**rules)
    return codec.decode(list(walk(tracker, seed, slots=3)), time_base)


def melodic(score: Score) -> list[Track]:
    return [track for track in score.tracks if not track.is_drum]


def all_notes(score: Score) -> list[Note]:
    return [note for track in score.tracks for note in track.notes]


def random_rules(seed: int) -> Rules:
    g = np.random.default_rng(seed)

    def sometimes(rule: object, otherwise: object, chance: float = 0.5) -> Any:
        return rule if g.random() < chance else otherwise

    free, lowest = Rules(), g.integers(0, 128, g.integers(1, 5)).tolist()
    return Rules(
        scale=sometimes(np.flatnonzero(g.random(12) < g.choice([0.2, 0.6])).tolist(), free.scale),
        ranges=sometimes([(low, int(g.integers(low, 128))) for low in lowest], free.ranges),
        polyphony=sometimes(g.integers(0, 4, g.integers(1, 5)).tolist(), free.polyphony),
        programs=sometimes(g.choice(128, g.integers(0, 4), replace=False).tolist(), free.programs, 0.3),
        drums=sometimes((27 + g.choice(61, g.integers(0, 4), replace=False)).tolist(), free.drums, 0.6),
        slots=sometimes(int(g.integers(0, 4)), 16),
        bars=sometimes(int(g.integers(1, 20)), 0),
        ticks=sometimes(int(g.integers(1, 3000)), 0, 0.3),
        longest=sometimes(int(g.integers(1, 400)), 0),
        stuck_after=sometimes(int(g.integers(1, 1 + g.choice([20, 100, 1000]))), 0),
        fixed_meter=sometimes(True, False, 0.3),
        fixed_tempo=sometimes(True, False, 0.3),
        downbeat=sometimes(True, False, 0.3),
        endless=sometimes(True, False, 0.3),
        program_ranges=sometimes({program: (program % 60, 40 + program // 2) for program in range(80)}, {}),
        onsets=sometimes((g.choice(24, 5).tolist(), g.choice(36, 3).tolist()), ((), ())),
        durations=sometimes(sorted(g.choice(np.arange(1, 300), 12, replace=False).tolist()), ()),
    )


# ---- the oracle --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_the_oracle_on_any_legal_walk_under_any_rules(time_base: TimeBase, seed: int) -> None:
    rules = random_rules(seed)
    wishes = np.random.default_rng(seed).integers(0, [count for _, count in features.WISHES]).tolist()
    tracker, oracle = Tracker(time_base), Oracle(time_base, rules, wishes)
    tracker.restrict(**asdict(rules))
    tracker.wish(wishes)

    assert bag(tracker) == oracle.bag()
    for step, t in zip(range(250), walk(tracker, seed), strict=False):
        if step:
            assert bag(tracker) == oracle.bag(), step
        assert allowed(tracker) == sorted(oracle.allowed()), step
        assert (tracker.interventions, tracker.recovers) == (oracle.interventions, oracle.recovers), step
        oracle.advance(t)


def fixtures() -> Iterator[tuple[Path, Score]]:
    for path in MIDI[::3]:
        try:
            yield path, Score.open(path)
        except MidiError:
            continue


@pytest.mark.parametrize("time_base", TIME_BASES)
def test_agrees_with_the_oracle_on_real_files(time_base: TimeBase) -> None:
    steps = 0
    for path, score in fixtures():
        tracker, oracle = Tracker(time_base), Oracle(time_base)
        for t in codec.encode(score, time_base).tolist()[:300]:
            assert allowed(tracker) == sorted(oracle.allowed()), path
            tracker.advance(t)
            oracle.advance(t)
            assert bag(tracker) == oracle.bag(), path
            steps += 1
    assert steps > 2000


# ---- hard rules --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_only_pitches_of_the_scale_are_played(seed: int) -> None:
    notes = [note for track in melodic(piece(seed, scale=[0, 2, 7])) for note in track.notes]

    assert notes
    assert {note.pitch % 12 for note in notes} <= {0, 2, 7}


@pytest.mark.parametrize("seed", range(5))
def test_each_slot_keeps_to_its_range(seed: int) -> None:
    ranges = [(60, 71), (36, 36), (100, 127)]
    tracks = melodic(piece(seed, ranges=ranges, drums=[]))

    for slot, track in enumerate(tracks):
        lowest, highest = ranges[min(slot, 2)]
        assert all(lowest <= note.pitch <= highest for note in track.notes)
    assert any(track.notes for track in tracks)


def most_together(notes: Sequence[Note]) -> int:
    return max((sum(a.onset <= b.onset < a.end for a in notes) for b in notes), default=0)


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(5))
def test_no_more_notes_sound_together_in_a_slot_than_its_cap(time_base: TimeBase, seed: int) -> None:
    tracks = melodic(piece(seed, time_base, polyphony=[1, 2, 3], drums=[]))

    assert all(most_together(list(t.notes)) <= min(slot + 1, 3) for slot, t in enumerate(tracks))
    assert any(track.notes for track in tracks)


@pytest.mark.parametrize("seed", range(5))
def test_only_allowed_programs_and_drums_play_in_only_so_many_slots(seed: int) -> None:
    score = piece(seed, programs=[0, 40, 127], drums=[36, 87], slots=3)

    assert len(melodic(score)) <= 3
    assert {track.program for track in melodic(score)} <= {0, 40, 127}
    assert {note.pitch for track in score.tracks if track.is_drum for note in track.notes} <= {36, 87}


def test_no_slot_is_offered_when_no_program_is_allowed() -> None:
    assert names(tracker_after("bos", programs=[])) == {"bar"}
    assert "slot" not in names(tracker_after("bos", "performance", programs=[]))


@pytest.mark.parametrize("fixed_meter", [False, True])
@pytest.mark.parametrize("bars", [1, 2, 9])
@pytest.mark.parametrize("seed", range(4))
def test_a_piece_has_exactly_so_many_bars_and_every_note_ends_inside(
    seed: int, bars: int, fixed_meter: bool
) -> None:
    score = piece(seed, bars=bars, fixed_meter=fixed_meter)

    assert score.bars == bars
    assert all(note.end <= score.end for note in all_notes(score))


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(5))
def test_no_pitch_is_struck_again_while_it_sounds(time_base: TimeBase, seed: int) -> None:
    score = piece(seed, time_base, ranges=[(60, 62)], drums=[])

    for track in melodic(score):
        for pitch in (60, 61, 62):
            assert most_together([note for note in track.notes if note.pitch == pitch]) <= 1
    assert all_notes(score)


@pytest.mark.parametrize("longest", [1, 95, 96, 100, 500])
def test_no_note_lasts_longer_than_the_longest(longest: int) -> None:
    notes = [note for track in melodic(piece(longest, longest=longest)) for note in track.notes]

    assert 0 < max(note.duration for note in notes) <= longest


@pytest.mark.parametrize("seed", range(5))
def test_fixed_meter_and_tempo_stay_as_they_began(seed: int) -> None:
    score = piece(seed, fixed_meter=True, fixed_tempo=True)

    assert (len(score.time_signatures), len(score.tempos)) == (1, 1)


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("drums", [[36], []])
def test_an_endless_piece_never_ends(time_base: TimeBase, drums: list[int]) -> None:
    tracker = Tracker(time_base)
    tracker.restrict(endless=True, drums=drums, slots=len(drums))
    for _, _ in zip(range(1500), walk(tracker, 1), strict=False):
        assert EOS not in allowed(tracker)


@pytest.mark.parametrize("endless", [False, True])
@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_struck_or_rings_after_the_last_tick(
    time_base: TimeBase, seed: int, endless: bool
) -> None:
    bars = 20 if time_base == "grid" else 0  # else nothing ends an endless piece
    score = piece(seed, time_base, ticks=700, bars=bars, endless=endless)

    assert all_notes(score)
    assert all(note.end <= 700 for track in melodic(score) for note in track.notes)
    assert all(note.onset < 700 for note in all_notes(score))


# ---- ways on -----------------------------------------------------------------------------------------------

START = "slot 0, program 0, bar, time_signature 4/4, tempo 120 bpm"
HELD = START + ", slot 0, velocity 90, note 60, duration_fine 30"


def test_a_shift_leads_to_where_something_may_be_struck() -> None:
    tracker = tracker_after("bos," + HELD, polyphony=[1], drums=[])
    shifts = [t for t in allowed(tracker) if family_of(t).name == "shift_fine"]

    assert [family_of(t).value_of(t) for t in shifts] == list(range(30, 96))


def test_there_is_no_shift_when_all_voices_hold_until_the_bar_line() -> None:
    held = HELD.replace("duration_fine 30", "duration_big 96")

    assert not {"shift_fine", "shift_big"} & names(tracker_after("bos," + held, polyphony=[1], drums=[]))


def test_without_anything_to_play_bars_go_by_until_the_last_one_ends_the_piece() -> None:
    rules: dict[str, Any] = {"slots": 0, "drums": [], "bars": 2, "fixed_tempo": True, "fixed_meter": True}
    start = "bos, bar, time_signature 4/4, tempo 120 bpm"

    assert allowed(tracker_after(start, **rules)) == [BAR]
    assert allowed(tracker_after(start + ", bar", **rules)) == [EOS]


def test_rules_made_stricter_after_a_shift_leave_the_bar_as_the_way_on() -> None:
    tracker = tracker_after("bos," + HELD + ", shift_fine 12")
    tracker.restrict(scale=[], drums=[])

    assert allowed(tracker) == [BAR]


def test_rules_made_stricter_after_a_shift_leave_the_end_as_the_way_on_in_performance() -> None:
    tracker = tracker_after("bos, shift_fine 12", "performance")
    tracker.restrict(slots=0, drums=[])
    assert allowed(tracker) == [EOS]

    tracker.restrict(endless=True)
    assert names(tracker) == {"shift_fine", "shift_big"}


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(10))
def test_there_is_a_way_on_whenever_the_rules_change(time_base: TimeBase, seed: int) -> None:
    tracker = Tracker(time_base)
    for step, _ in zip(range(300), walk(tracker, seed, length=300), strict=False):
        if step % 7 == 0:
            tracker.restrict(**asdict(random_rules(1000 * seed + step)))  # `walk` asserts a way on


# ---- features ----------------------------------------------------------------------------------------------


def repetitive(bars: int) -> Score:
    """A tune of eight bars, over and over, with drums."""
    rows = [(24 * i, 20, 60 + (i * i) % 32 % 13, 90 - i % 3) for i in range(4 * bars)]
    drums = [(48 * i, 6, 36 + i % 2, 100) for i in range(2 * bars)]
    tracks = [Track(Notes.of([Note(*row) for row in part]), is_drum=part is drums) for part in (rows, drums)]
    return Score(24, tuple(tracks))


@pytest.mark.parametrize("time_base", TIME_BASES)
def test_a_whole_piece_in_one_call_gives_the_features_of_single_steps(time_base: TimeBase) -> None:
    score = codec.quantise(repetitive(40), time_base)
    tokens = codec.encode(score, time_base)
    wishes = np.random.default_rng(3).integers(0, 5, (30, len(NO_WISH))).astype(np.uint8)
    rows = features.compute(tokens, time_base, wishes)
    tracker = Tracker(time_base)
    for t, row in zip(tokens.tolist(), rows.tolist(), strict=True):
        tracker.advance(t)
        tracker.wish(wishes[min(tracker.bars, 29)].tolist())
        assert bag(tracker) == row


PHRASE = [t for pitch in range(80, 94) for t in tokens_of(f"note {pitch}, duration_fine 3, shift_fine 5")]


def recall(gap: int) -> list[list[int | None]]:
    """What the look-up says after each token of PHRASE when it stood `gap` musical tokens before."""
    filler = tokens_of("note 40, duration_fine 3, shift_fine 5") * WINDOW
    head = tokens_of("bos, slot 0, program 0, slot 0, velocity 90")
    rows = features.compute(np.array(head + PHRASE + filler[: gap - len(PHRASE)] + PHRASE), "performance")
    return [column(row, "suffix_match") for row in rows[-len(PHRASE) :].tolist()]


@pytest.mark.parametrize(("table", "length"), [(0, 4), (1, 8), (2, 16), (3, 32)])
def test_the_look_up_reaches_back_over_the_window_and_no_further(table: int, length: int) -> None:
    assert recall(WINDOW - length - 1)[length - 1][table] == PHRASE[length]
    assert recall(WINDOW - length)[length - 1][table] is None


def test_agrees_with_the_oracle_beyond_the_window() -> None:
    generator = np.random.default_rng(8)
    motifs = [tokens_of(f"note {p}, duration_fine {p % 7 + 1}, shift_fine 9") for p in range(40, 70)]
    tokens = tokens_of("bos, slot 0, program 0, slot 0, velocity 90")
    while len(tokens) < WINDOW + 2000:
        tokens += motifs[int(generator.integers(30))]
    rows = features.compute(np.array(tokens), "performance")
    oracle, found = Oracle("performance"), 0
    for i, t in enumerate(tokens):
        oracle.advance(t)
        if i > WINDOW + 1900:
            said = [oracle.followed(length) for length in (4, 8, 16, 32)]
            assert column(rows[i].tolist(), "suffix_match") == said
            found += said[1] is not None
    assert found


def test_wishes_come_from_the_row_of_the_bar_and_from_the_last_row_after_it() -> None:
    tokens = codec.encode(repetitive(4))
    wishes = np.zeros((3, len(NO_WISH)), np.uint8)
    wishes[:, 0] = 1, 2, 3
    rows = features.compute(tokens, "grid", wishes).tolist()
    bars = np.cumsum(tokens == BAR).tolist()

    assert [column(row, "wish_key") for row in rows] == [[min(bar, 2) + 1] for bar in bars]


def test_a_wish_too_large_for_its_table_is_no_wish() -> None:
    rows = features.compute(np.array([1]), "grid", np.full((1, len(NO_WISH)), 200, np.uint8)).tolist()

    assert [column(rows[0], f"wish_{name}") for name, _ in features.WISHES] == [[0]] * len(NO_WISH)


def test_bars_left_follows_the_rule_and_not_the_wish() -> None:
    tracker, left = Tracker(), []
    tracker.restrict(bars=3)
    tracker.wish([5 if name == "bars_left" else 0 for name, _ in features.WISHES])
    for t in tokens_of("bos, bar, time_signature 4/4, tempo 120 bpm, bar, bar"):
        tracker.advance(t)
        left.append(column(bag(tracker), "wish_bars_left")[0])

    assert left == [4, 3, 3, 3, 2, 1]


def test_a_wish_may_change_at_any_step() -> None:
    tracker = tracker_after("bos," + HELD)
    before = bag(tracker)
    tracker.wish([3, *NO_WISH[1:]])

    assert column(bag(tracker), "wish_key") == [3]
    assert [i for i, (a, b) in enumerate(zip(before, bag(tracker), strict=True)) if a != b] == [
        next(f.first_column for f in features.FAMILIES if f.name == "wish_key")
    ]


# ---- trackers as objects -----------------------------------------------------------------------------------


def test_a_copy_goes_its_own_way() -> None:
    tracker = tracker_after("bos," + HELD, bars=4)
    seen, choice = bag(tracker), allowed(tracker)
    copy = tracker.copy()
    assert (bag(copy), allowed(copy)) == (seen, choice)

    copy.restrict(bars=1, endless=True)
    copy.wish([1] * len(NO_WISH))
    for t in tokens_of("shift_fine 40, note 72, duration_fine 5"):
        copy.advance(t)
    assert (bag(tracker), allowed(tracker), tracker.now) == (seen, choice, 0)


def test_after_reset_nothing_is_left_of_the_piece_before() -> None:
    tokens = codec.encode(repetitive(20)).tolist()
    used, fresh = Tracker(), Tracker()
    for t in tokens:
        used.advance(t)
    used.reset()
    for t in tokens[:300]:
        assert (bag(used), allowed(used)) == (bag(fresh), allowed(fresh))
        used.advance(t)
        fresh.advance(t)


@pytest.mark.parametrize(
    ("rule", "value", "named"),
    [
        ("scale", [12], "scale"), ("scale", [-1], "scale"), ("ranges", [], "ranges"),
        ("ranges", [(60, 59)], "highest"), ("ranges", [(0, 128)], "highest"), ("ranges", [(-1, 5)], "lowest"),
        ("polyphony", [], "polyphony"), ("polyphony", [256], "polyphony"), ("programs", [128], "program"),
        ("programs", [-1], "program"), ("drums", [26], "drum.*27 and 87.*26"), ("drums", [88], "drum.*88"),
        ("slots", 17, "slots"), ("slots", -1, "slots"), ("bars", -1, "bars"), ("ticks", -1, "ticks"),
        ("longest", 1536, "longest"), ("stuck_after", -1, "stuck_after"),
    ],
)  # fmt: skip
def test_a_rule_out_of_range_is_named_and_changes_nothing(rule: str, value: Any, named: str) -> None:
    tracker = tracker_after("bos," + HELD)
    before = allowed(tracker)
    rules: dict[str, Any] = {"endless": True, "scale": [0], rule: value}
    with pytest.raises(ValueError, match=named):
        tracker.restrict(**rules)
    assert allowed(tracker) == before


def array(size: int, dtype: Any) -> NDArray[Any]:
    return np.zeros(size, dtype)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.advance(SIZE),
        lambda t: t.advance(-1),
        lambda t: t.wish([0] * 10),
        lambda t: t.wish([26] + [0] * 10),
        lambda t: t.mask(array(SIZE - 1, np.uint8)),
        lambda t: t.mask(array(SIZE, np.int8)),
        lambda t: t.mask(array(2 * SIZE, np.uint8)[::2]),
        lambda t: t.features(array(features.WIDTH - 1, np.int64)),
        lambda t: t.features(array(features.WIDTH, np.int32)),
        lambda t: t.features_of(array(3, np.uint16), None, array(3 * features.WIDTH - 1, np.int32)),
        lambda t: t.features_of(array(3, np.int64), None, array(3 * features.WIDTH, np.int32)),
        lambda t: t.features_of(array(1, np.uint16), array(12, np.uint8), array(features.WIDTH, np.int32)),
        lambda t: t.features_of(array(1, np.uint16), array(0, np.uint8), array(features.WIDTH, np.int32)),
        lambda t: t.features_of(array(1, np.uint16) + SIZE, None, array(features.WIDTH, np.int32)),
        lambda t: Tracker("swing"),
    ],
)
def test_illegal_arguments_are_refused(call: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        call(Tracker())


def test_another_thread_runs_while_features_are_computed() -> None:
    """The interpreter interrupts nobody here: the other thread only runs when the call lets go of the GIL."""
    ticks, over = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not over.is_set():
            ticks += 1
            time.sleep(0.0002)

    tokens = np.resize(codec.encode(repetitive(40)), 100_000).astype(np.uint16)
    out = np.empty((len(tokens), features.WIDTH), np.int32)
    interval = sys.getswitchinterval()
    thread = threading.Thread(target=tick)
    sys.setswitchinterval(30)
    try:
        thread.start()
        progress = 0
        for _ in range(20):  # a busy machine may not wake the thread in time
            before = ticks
            Tracker().features_of(tokens, None, out)
            progress = ticks - before
            if progress:
                break
    finally:
        sys.setswitchinterval(interval)
        over.set()
        thread.join()
    assert progress


# ---- where the look-up looks -------------------------------------------------------------------------------

LOOKING_BACK = ("earlier_next_onset", "suffix_match", "earlier_bars")
NOTHING: dict[str, list[int]] = {name: [] for name in LOOKING_BACK}
TWO_BARS = (
    "bos, slot 0, program 0, bar, time_signature 4/4, tempo 120 bpm, slot 0, velocity 90, note 60, "
    "duration_fine 12, shift_fine 24, note 64, duration_fine 12, bar, note 72, duration_fine 12, bar"
)


def said(tracker: Tracker) -> dict[str, list[int]]:
    """What the bag says in the columns that look back, pads left out; ids within their family."""
    row = bag(tracker)
    return {
        f.name: [int(i) - f.first_id for i in row[f.first_column : f.first_column + f.columns] if i]
        for f in features.FAMILIES
        if f.name in LOOKING_BACK
    }


def test_anywhere_is_where_training_looks() -> None:
    tracker, told = tracker_after(TWO_BARS), tracker_after(TWO_BARS)
    told.set_source("nowhere")
    told.set_source("anywhere")

    assert said(told) == said(tracker) != NOTHING


def test_nowhere_says_nothing() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source("nowhere")

    assert said(tracker) == NOTHING


def test_a_bar_is_looked_at_token_by_token() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(2)
    heard = []
    walk = "velocity 34, note 60, duration_fine 12, shift_fine 24, note 64, duration_fine 12"
    for t in tokens_of(walk):
        columns = said(tracker)
        heard.append({describe(i % SIZE) for i in columns["suffix_match"]})
        assert len(columns["suffix_match"]) == 4
        tracker.advance(t)

    note, duration, shift, other = (
        {word} for word in ("note 60", "duration_fine 12", "shift_fine 24", "note 64")
    )
    assert heard == [note, note, duration, shift, other, duration]
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"bar"}


def test_a_slot_said_here_that_was_running_there_leads_nowhere_else() -> None:
    tracker = tracker_after(
        "bos, slot 0, program 0, slot 1, program 1, bar, time_signature 4/4, tempo 120 bpm, slot 0, "
        "velocity 90, note 60, duration_fine 12, bar, note 62, duration_fine 12, "
        "slot 1, velocity 90, note 50, duration_fine 12, bar"
    )
    tracker.set_source(1)
    tracker.advance(token("slot 0"))
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"note 62"}
    tracker.advance(token("note 62"))
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"duration_fine 12"}


def test_back_and_ahead_speak_of_that_bar_alone() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(2)

    assert said(tracker)["earlier_bars"] == [189 + 60]  # the second table: 2 bars ago
    assert said(tracker)["earlier_next_onset"] == [97 + 24]


def test_a_piece_that_goes_another_way_is_told_nothing_more() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(2)
    tracker.advance(token("note 61"))

    assert said(tracker)["suffix_match"] == []
    assert said(tracker)["earlier_bars"] != []


@pytest.mark.parametrize("where", [4, 8])
def test_a_bar_that_is_not_there_is_nowhere(where: Any) -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source(where)

    assert said(tracker) == NOTHING


def test_a_new_piece_looks_anywhere() -> None:
    tracker = tracker_after(TWO_BARS)
    tracker.set_source("nowhere")
    for t in tokens_of(TWO_BARS):
        tracker.advance(t)

    assert said(tracker) == said(tracker_after(TWO_BARS))


def test_a_bar_of_another_distance_stands_where_that_of_8_bars_ago_does() -> None:
    tracker = tracker_after(TWO_BARS + ", bar")
    tracker.set_source(3)

    assert said(tracker)["earlier_bars"] == [3 * 189 + 60]
    assert said(tracker)["earlier_next_onset"] == [3 * 97 + 24]
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"note 60"}


def test_inside_a_bar_it_looks_from_there_on() -> None:
    tracker = tracker_after(TWO_BARS + ", note 61, duration_fine 12, shift_fine 24")
    tracker.set_source(2)
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"note 64"}
    tracker.advance(token("note 64"))
    assert {describe(i % SIZE) for i in said(tracker)["suffix_match"]} == {"duration_fine 12"}


def test_where_nothing_stands_at_the_same_place_no_token_is_shown() -> None:
    tracker = tracker_after(TWO_BARS + ", note 61, duration_fine 12, shift_fine 12")
    tracker.set_source(2)

    assert said(tracker)["suffix_match"] == []
    assert said(tracker)["earlier_next_onset"] == [97 + 12]


@pytest.mark.parametrize("where", [16, 0, -1, "there", 1.5])
def test_other_places_are_refused(where: Any) -> None:
    with pytest.raises(ValueError, match="where must be"):
        Tracker().set_source(where)
