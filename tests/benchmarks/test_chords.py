"""The benchmark of chords counts what agrees."""

from pathlib import Path

import pytest

from benchmarks.music import chords
from linnet import Chord, Note, Notes, Score, Track
from linnet.music.chord import Beat
from linnet_train.storage import write_json


def sheet(folder: Path, name: str, symbols: list[tuple[int, float, str]]) -> None:
    """A lead sheet of C, F and G7, a bar each, with these symbols."""
    triads = ((60, 64, 67), (65, 69, 72), (67, 71, 74, 77))
    notes = [Note(1920 * bar, 1920, pitch, 80) for bar, triad in enumerate(triads) for pitch in triad]
    melody = [Note(1920 * bar, 1920, 12 + triad[1], 80) for bar, triad in enumerate(triads)]
    tracks = (Track(Notes.of(melody), name="Melody"), Track(Notes.of(notes), name="Chords"))
    (folder / "train/openewld-160/midi").mkdir(parents=True, exist_ok=True)
    (folder / "chords/openewld").mkdir(parents=True, exist_ok=True)
    Score(480, tracks).save(folder / f"train/openewld-160/midi/{name}.mid")
    write_json(folder / f"chords/openewld/{name}.json", {"file": f"midi/{name}.mid", "chords": symbols})


def test_people_s_chords_are_held_against_those_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet(tmp_path, "a", [(1, 1, "C"), (2, 1, "F"), (3, 1, "G7")])
    sheet(tmp_path, "b", [(1, 1, "C6"), (2, 1, "Fm"), (3, 1, "Gsus4"), (3, 3, "G9")])
    monkeypatch.setattr(chords, "DATA", tmp_path)

    chords.main([])

    printed = capsys.readouterr().out
    assert "1 lead sheets (the report half), 10 beats with a chord" in printed
    assert "| root                     | 1.000 (1.000 to 1.000) |" in printed
    assert "| root and triad           | 0.600 (0.600 to 0.600) |" in printed
    assert "Cm heard as C 4" in printed


def test_a_beat_has_the_chord_that_holds_for_most_of_it() -> None:
    score = Score(480, end=3840)

    found = list(chords.written(score, [(1, 2.75, "C"), (1, 3.25, "Dm9"), (2, 1, "N"), (2, 3, "F/C")]))

    assert [chord and str(chord) for chord in found] == [
        None, "C", "Dm7", "Dm7", None, None, "F/C", "F/C",
    ]  # fmt: skip


def test_changes_are_counted_at_bar_lines() -> None:
    people = [Chord.parse(symbol) for symbol in ("C", "G", "F", "F", "C")]
    found = [Chord.parse(symbol) for symbol in ("C", "C", "F", "G", "C")]
    beats = [Beat(480 * i, i // 2, i % 2, chord) for i, chord in enumerate(found)]

    assert chords.changes(people, beats) == (2, 2, 2)
    assert chords.changes([None, *people[1:]], beats) == (2, 2, 2)
    assert chords.changes([*people[:3], None, people[4]], beats) == (1, 1, 1)


def test_what_is_mistaken_is_told_from_a_root_of_c() -> None:
    people = [Chord.parse("D"), Chord.parse("D7"), None, Chord.parse("Em/G")]
    found = [Chord.parse("Bm"), Chord.parse("D"), Chord.parse("C"), Chord.parse("Em")]

    counted = chords.tally(people, [Beat(480 * i, 0, i, chord) for i, chord in enumerate(found)])

    assert (counted.counted, counted.roots, counted.triads, counted.qualities, counted.basses) == (
        3,
        2,
        2,
        1,
        1,
    )
    assert counted.mistaken == {("C", "Am"): 1}
