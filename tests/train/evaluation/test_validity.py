"""Is a piece sound, and does it keep the rules? Each fault by its name."""

from dataclasses import replace

import pytest

from linnet.music.score import Note, Notes, Score, Track
from linnet_train.evaluation import validity
from tests.train.small_pieces import QUARTER, line, tune


def with_note(score: Score, note: Note) -> Score:
    return replace(score, tracks=(Track(Notes.of([*score.notes, note])),))


def test_a_tune_is_sound_to_all_readers() -> None:
    assert set(validity.READERS) >= {"linnet", "mido"}
    assert validity.complaints(tune(1)) == []


def test_drums_and_several_tracks_are_sound() -> None:
    strokes = Notes.of(Note(24 * i, 6, 36, 90) for i in range(64))
    score = tune(1)
    tracks = (*score.tracks, Track(tune(2).notes, program=40), Track(strokes, is_drum=True))
    assert validity.complaints(replace(score, tracks=tracks)) == []


def test_each_fault_has_a_name() -> None:
    assert validity.complaints(line([60, 62])) == ["fewer than 16 notes"]
    long = with_note(tune(1), Note(0, 5 * 4 * QUARTER, 30, 80))
    assert validity.complaints(long) == ["a stuck note"]
    pitch = int(tune(1).notes.pitch[0])
    doubled = with_note(tune(1), Note(QUARTER // 4, QUARTER, pitch, 80))
    assert "a note struck while it sounds" in validity.complaints(doubled)


def test_without_bars_a_note_is_stuck_after_sixteen_seconds() -> None:
    score = tune(1)  # 120 quarters a minute
    for quarters, stuck in ((32, []), (33, ["a stuck note"])):
        noted = with_note(score, Note(0, quarters * QUARTER, 30, 80))
        assert validity.complaints(noted, barred=False) == stuck


def test_readers_that_fail_or_disagree_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> validity.NoteCounts:
        raise OSError("no such luck")

    def deaf(data: bytes) -> validity.NoteCounts:
        return validity.NoteCounts()

    monkeypatch.setattr(validity, "READERS", {"one": fail, "two": deaf})
    assert validity.complaints(tune(1)) == [
        "one cannot read the file: no such luck",
        "two reads other notes than were written",
    ]


@pytest.mark.parametrize(
    ("rule", "broken"),
    [("scale", 8), ("pitch_range", 4), ("polyphony", 3), ("longest_note", 2)],
)
def test_notes_against_a_rule_are_counted(rule: str, broken: int) -> None:
    kept = line([60, 62, 64, 65] * 4)
    assert validity.violations(rule, kept) == 0
    faults = {
        "scale": line([61, 62, 66, 65] * 4),
        "pitch_range": line([59, 62, 64, 65] * 3 + [77, 62, 64, 65]),
        "polyphony": Score(QUARTER, (Track(Notes.of([Note(0, 24, p, 80) for p in (60, 64, 67, 72)])),)),
        "longest_note": Score(QUARTER, (Track(Notes.of([Note(48 * i, 25, 60, 80) for i in range(2)])),)),
    }
    assert validity.violations(rule, faults[rule]) == broken


def test_drums_break_no_rule_about_notes() -> None:
    drums = Score(QUARTER, (Track(line([61, 61]).notes, is_drum=True),))
    assert [validity.violations(rule, drums) for rule in validity.RULES] == [0] * len(validity.RULES)
