"""Going on from a file: it stays as it was, and the new part begins where the music ends."""

from dataclasses import replace
from pathlib import Path

import pytest

import linnet
from linnet import cli, midi
from linnet.generation import continuing
from linnet.music.score import KeySignature, Note, Notes, Score, TempoChange, TimeSignature, Track
from tests.runtime.smf import smf
from tests.runtime.test_kept import FULL, is_note, lost_and_found

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


def tune(*notes: Note, end: int = -1, meter: tuple[int, int] = (4, 4), is_drum: bool = False) -> Score:
    return Score(480, (Track(Notes.of(notes), 40, is_drum, "Fiddle"),), (), (TimeSignature(0, *meter),), end)


ODD = tune(Note(7, 471, 60, 80), Note(493, 460, 62, 81), Note(1445, 480, 64, 79))


def test_a_primer_is_joined_as_it_was(model):
    both = model.generate(primer=ODD, with_primer=True, bars=2, seed=1)
    assert both.ticks_per_beat == 480
    assert both.tracks[0].notes.rows()[:3] == ODD.tracks[0].notes.rows()
    assert both.tracks[0].name == "Fiddle"
    assert both.bars == 3
    alone = model.generate(primer=ODD, bars=2, seed=1).resample(480)
    later = [row for row in both.notes.rows() if row[0] >= 1920]
    assert later == [(onset + 1920, *rest) for onset, *rest in alone.notes.rows()]


def test_all_that_a_primers_file_holds_comes_back(model):
    both = model.generate(primer=midi.loads(FULL), with_primer=True, bars=2, seed=1)
    lost, found = lost_and_found(FULL, midi.dumps(both))
    assert not lost
    assert {message[:2] for tick, message in found if not is_note((tick, message))} <= {
        b"\xff\x01",  # how the new part was made
        b"\xe3\x00",  # the bend, straight again
        b"\xd3\x00",  # and the pressure
        b"\xff\x59",
        b"\xff\x51",
    }
    assert "hi" in both.texts


def test_music_goes_on_in_the_bar_after_the_last_that_sounds(model):
    late = [TempoChange(tick, 500_000 + tick // 1920) for tick in range(0, 900 * 1920, 1920)]
    primer = replace(
        tune(*(Note(480 * i, 480, 60, 80) for i in range(8))), tempos=tuple(late), end=900 * 1920
    )
    both = model.generate(primer=primer, with_primer=True, bars=2, seed=1)
    assert (both.bars, both.end) == (4, 4 * 1920)
    assert model.generate(primer=primer, bars=2, seed=1).bars == 2


@pytest.mark.parametrize(("over", "bars"), [(0, 2), (5, 2), (59, 2), (200, 3)])
def test_a_note_that_rings_a_little_over_the_bar_line_costs_no_bar(over, bars):
    primer = tune(*(Note(480 * i, 480, 60, 80) for i in range(7)), Note(480 * 7, 480 + over, 60, 80))
    assert continuing.heard(primer).bars == bars


def test_a_pedal_that_stays_down_does_not_hold_what_follows(model):
    data = smf("00 b0407f 00 b00770 00 903c50 60 b00700 00 803c40 60 ff0100")
    both = model.generate(primer=midi.loads(data), with_primer=True, bars=1, seed=1)
    again = midi.loads(midi.dumps(both))
    assert again.notes.rows() == both.notes.rows()
    assert (384, b"\xb0\x07\x70") in lost_and_found(data, midi.dumps(both))[1]


@pytest.mark.parametrize("meter", [(5, 8), (7, 16), (11, 8)])
def test_a_meter_that_a_model_does_not_know_is_refused_with_those_it_knows(model, meter):
    primer = tune(*(Note(240 * i, 240, 60, 80) for i in range(10)), meter=meter)
    with pytest.raises(ValueError, match=rf"{meter[0]}/{meter[1]}, which tiny does not know: it knows 2/4, "):
        model.generate(primer=primer)
    with pytest.raises(ValueError, match="the nearest is"):
        model.stream(primer=primer)
    asked = model.generate(primer=primer, time_signature="3/4", bars=2, with_primer=True, seed=1)
    assert [(s.numerator, s.denominator) for s in asked.time_signatures] == [meter, (3, 4)]


@pytest.mark.parametrize("meter", [(5, 4), (7, 8), (3, 4), (6, 8)])
def test_a_meter_that_models_know_goes_on(model, meter):
    primer = tune(*(Note(240 * i, 240, 60, 80) for i in range(10)), meter=meter)
    both = model.generate(primer=primer, bars=2, with_primer=True, seed=1)
    assert [(s.numerator, s.denominator) for s in both.time_signatures] == [meter]


def test_a_phrase_in_a_meter_that_the_model_does_not_know_is_refused():
    phrase = tune(*(Note(240 * i, 240, 60, 80) for i in range(10)), meter=(5, 8))
    with pytest.raises(ValueError, match="the phrase is in 5/8, which phrase does not know"):
        linnet.load("phrase").encode(phrase)


def test_the_key_that_was_asked_stands_in_the_file(model):
    piece = model.generate(bars=1, seed=1, key="A minor")
    assert midi.loads(midi.dumps(piece)).key == "A minor"


def test_the_key_of_a_primers_file_goes_on(model):
    primer = replace(ODD, key_signatures=(KeySignature(0, 3),))
    assert model.generate(primer=primer, bars=1, seed=1).key == "A major"


def test_drums_that_do_not_go_on_are_said_to(model, caplog):
    primer = tune(Note(0, 480, 36, 80), Note(480, 480, 38, 80), is_drum=True)
    new = model.generate(primer=primer, bars=1, seed=1)
    drums = any(track.is_drum and track.notes for track in new.tracks)
    assert ("the primer has drums" in caplog.text) is not drums


def test_the_timing_of_people_is_kept_to_the_tick():
    notes = Notes.of([Note(7, 471, 60, 80), Note(503, 600, 64, 77)])
    primer = Score(480, (Track(notes, 3),), (TempoChange(0, 400_000),))
    new = Score(50, (Track(Notes.of([Note(10, 20, 62, 50)]), 3),), end=100)  # a tick is 10 ms
    both = continuing.joined_in_time(primer, new, 0.92, 1.92)
    assert both.tracks[0].notes.rows() == [*notes.rows(), (1224, 240, 62, 50)]
    assert both.seconds(both.end) == pytest.approx(1.92, abs=0.001)


@pytest.mark.parametrize("link", ["same", "hard", "soft"])
@pytest.mark.parametrize("command", ["continue", "shape", "render", "show", "generate"])
def test_what_is_read_is_not_overwritten_unasked(tmp_path, capsys, command, link):
    path = tmp_path / "tune.mid"
    ODD.save(path)
    before = path.read_bytes()
    target = tmp_path / "other.mid"
    if link == "hard":
        target.hardlink_to(path)
    elif link == "soft":
        target.symlink_to(path)
    else:
        target = path
    if command in ("render", "show"):  # these write no MIDI, but a file may have any name
        suffix = ".wav" if command == "render" else ".svg"
        target = target.rename(tmp_path / f"named{suffix}") if link != "soft" else target
        if link == "soft":
            target = tmp_path / f"named{suffix}"
            target.symlink_to(path)
        path = target if link == "same" else path
    words = {
        "continue": [str(path), "--model", str(TINY), "--bars", "1"],
        "shape": [str(path), "--swing", "0.5"],
        "render": [str(path)],
        "show": [str(path)],
        "generate": [str(path)],
    }[command]
    assert cli.main([command, *words, "-o", str(target)]) == 1
    assert "is the file that is read" in capsys.readouterr().err
    assert path.read_bytes() == before
    if command in ("continue", "shape"):
        assert cli.main([command, *words, "-o", str(target), "--overwrite"]) == 0


def test_morph_writes_over_no_phrase_unasked(tmp_path, capsys):
    phrase = tune(*(Note(480 * i, 480, 60 + i, 80) for i in range(8)))
    for name in ("1.mid", "b.mid"):
        phrase.save(tmp_path / name)
    before = (tmp_path / "1.mid").read_bytes()
    words = ["morph", str(tmp_path / "1.mid"), str(tmp_path / "b.mid"), "-o", str(tmp_path), "--steps", "2"]
    assert cli.main(words) == 1
    assert "1.mid: is the file that is read" in capsys.readouterr().err
    assert (tmp_path / "1.mid").read_bytes() == before


@pytest.mark.parametrize("name", ["folk", "chorale", "piano", "phrase"])
@pytest.mark.parametrize(
    "primer", [Score(480), tune(*(Note(240 * i, 60, 36 + 2 * (i % 2), 90) for i in range(32)), is_drum=True)]
)
def test_a_primer_in_which_nobody_can_go_on_is_no_silence(name, primer):
    """Without notes, or with nothing but drums that the model has none of: it chooses who plays."""
    model = linnet.load(name)
    assert model.generate(primer=primer, bars=4, seed=1).notes
    stream = model.stream(primer=primer, seed=1)
    assert any(stream.advance(0.5, budget=None) for _ in range(40))


def test_drums_that_a_rule_silences_leave_the_music_to_others():
    drums = tune(*(Note(240 * i, 60, 36, 90) for i in range(32)), is_drum=True)
    model = linnet.load("band")
    new = model.generate(primer=drums, bars=4, seed=1, drums=[])
    assert new.notes
    assert not any(track.is_drum and track.notes for track in new.tracks)
