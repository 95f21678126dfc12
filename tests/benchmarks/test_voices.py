"""Voice leading and closes as the benchmarks measure them, on pieces made by hand."""

import numpy as np
import pytest

from benchmarks.music import closes, voice_leading
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet_train.evaluation.musician.table import FIGURES

QUARTER = 24


def voice(*pitches: int) -> Track:
    """Quarters."""
    return Track(Notes.of([Note(QUARTER * i, QUARTER, pitch, 90) for i, pitch in enumerate(pitches)]), 19)


def test_parallels_and_crossings_are_counted_in_a_hundred_notes() -> None:
    fifths = Score(QUARTER, (voice(67, 69, 71, 72), voice(60, 62, 64, 65)))
    crossed = Score(QUARTER, (voice(67, 60), voice(60, 67)))

    assert voice_leading.counted(fifths) == (100 * 3 / 8, 0)
    assert voice_leading.counted(crossed) == (0, 100 / 4)  # the lower voice alone: it was struck later


def test_a_voice_that_jumps_over_what_its_neighbour_struck_last_is_beyond() -> None:
    together = Score(QUARTER, (voice(72, 64), voice(67, 60)))  # down together, past the old note of the other

    assert voice_leading.beyond_what_was_struck_last(together) == 100 / 4
    assert voice_leading.counted(together)[1] == 0


def test_tracks_are_put_in_order_from_high_to_low() -> None:
    score = voice_leading.in_order(Score(QUARTER, (voice(48), voice(72), voice(60))))

    assert [int(track.notes.pitch[0]) for track in score.tracks] == [72, 60, 48]


def test_the_table_has_a_line_for_each_figure() -> None:
    hymn = Score(QUARTER, tuple(voice(*[p, p + 2] * 8) for p in (72, 67, 60, 48)))
    figures = [figure for figure in FIGURES if "voices" in figure.textures and figure.bars <= 4]
    found = voice_leading.table({"hymns": voice_leading.column([hymn] * 3, figures, 4)})

    assert len(found.splitlines()) == 2 + len(figures) + 4
    each = f"{100 * 5 * 15 / 64:.2f}"  # of six pairs all but soprano and alto, which are a fourth apart
    assert f"| parallels counted in 100 notes | {each} ({each} to {each}) |" in found


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (0, (0, 1, 1, 1, 2, 0.5)),
        (24, (0, 0, 0, 1, 2, 0.5)),
        (48, (0, 0, 1, 1, 2, 0.5)),
        (72, (1, 0, 0, 1, 1, 0.25)),
        (84, (1, 0, 0, 0, 0.5, 0.125)),
    ],
)
def test_a_close_has_a_place_in_its_bar(place: int, expected: tuple[float, ...]) -> None:
    notes = [Note(12 * i, 12, 60, 90) for i in range(16)]
    notes.append(Note(192 + place, min(48, 96 - place), 60, 90))
    score = Score(QUARTER, (Track(Notes.of(notes)),), time_signatures=(TimeSignature(0, 4, 4),))

    assert closes.close(score) == expected


def test_a_piece_of_a_few_notes_says_nothing_of_closes() -> None:
    assert np.isnan(closes.close(Score(QUARTER, (voice(60, 62),)))).all()
