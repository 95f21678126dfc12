"""Frames as MIDI: every pitch is there, voices do not cross, a choir can sing it."""

from pathlib import Path

import numpy as np
import pytest

from linnet import Score
from linnet_train import commands
from linnet_train.commands import unroll
from linnet_train.frames.sets import read
from tests.train.frame_toys import write_toy


def roll(*frames: tuple[int, ...]) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    """Frames given as MIDI pitches."""
    result = np.zeros((len(frames), 88), np.bool_)
    for row, pitches in zip(result, frames, strict=True):
        row[[pitch - unroll.LOWEST for pitch in pitches]] = True
    return result


def test_four_voices_from_the_highest_down() -> None:
    music = unroll.score(roll((72, 67, 64, 48), (74, 65, 62, 50)), 0)
    assert [[note.pitch for note in track.notes] for track in music.tracks] == [
        [72, 74],
        [67, 65],
        [64, 62],
        [48, 50],
    ]


def test_voices_meet_where_pitches_are_few_and_move_little() -> None:
    music = unroll.score(roll((72, 67, 64, 48), (72, 65, 48), (72, 67, 64, 48)), 0)
    assert [track.notes[1].pitch for track in music.tracks] == [72, 65, 65, 48]


def test_a_rest_is_a_rest_and_the_end_stays() -> None:
    music = unroll.score(roll((60,), (), (60,), ()), 0)
    assert [note.onset for note in music.tracks[0].notes] == [0, 2 * unroll.TICKS]
    assert music.end == 4 * unroll.TICKS


def test_a_piece_that_was_moved_up_comes_back_by_octaves() -> None:
    assert unroll.score(roll((84, 79, 76, 60)), 0) == unroll.score(roll((72, 67, 64, 48)), 0)


def test_more_than_four_notes_are_one_track_as_they_are() -> None:
    music = unroll.score(roll((84, 83, 82, 81, 80)), 12)
    assert [track.program for track in music.tracks] == [12]
    assert sorted(note.pitch for note in music.notes) == [80, 81, 82, 83, 84]


def test_the_command_writes_every_piece(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_toy(tmp_path / "toy.npz")
    assert commands.main(["unroll", str(file), "-o", str(tmp_path / "midi")]) == 0
    assert capsys.readouterr().out == f"10 pieces in {tmp_path / 'midi'}\n"
    rolls = read(file).train
    first = Score.open(tmp_path / "midi" / "train-0000.mid")
    frames = rolls.roll[rolls.offsets[0] : rolls.offsets[1]]
    heard = {(note.onset // unroll.TICKS, note.pitch % 12) for track in first.tracks for note in track.notes}
    assert heard == {(i, (p + unroll.LOWEST) % 12) for i, p in zip(*np.nonzero(frames), strict=True)}
