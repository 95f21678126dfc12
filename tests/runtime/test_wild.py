"""Hard files from everywhere: each ends in a score or one clear error, and every difference from symusic
is known.

The small ones are kept in tests/data/midi. The folder `wild` of the data directory (LINNET_DATA, or
shared/data beside the checkout) is used where it is found; `python -m benchmarks.music.wild` prints the table
for it.
"""

import json
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.music import wild
from linnet import midi
from linnet.errors import MidiError
from tests.runtime.smf import smf

FIXTURES = Path(__file__).parents[1] / "data" / "midi"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
NOTE = "00 903c50 60 803c40"


def test_no_fixture_is_forgotten():
    assert set(EXPECTED) == {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*.mid")}


@pytest.mark.parametrize("name", EXPECTED)
def test_fixture_is_read_or_refused_as_expected(name):
    path = FIXTURES / name
    found: dict[str, int | str]
    try:
        score = midi.loads(path.read_bytes(), name=path.name)
        found = {"notes": len(score.notes), "end": score.end}
    except MidiError as error:
        found = {"error": str(error)}
    assert found == EXPECTED[name]


def test_every_difference_from_symusic_in_the_fixtures_is_explained():
    report = wild.survey([FIXTURES / name for name in EXPECTED])
    assert report.unexplained == []
    assert not report.crashed
    assert report.agree > 50


@pytest.mark.skipif(not (wild.DATA / "wild").is_dir(), reason=f"no {wild.DATA / 'wild'}; set LINNET_DATA")
def test_every_wild_file_is_read_or_refused_and_every_difference_explained():
    paths = [path for path in (wild.DATA / "wild").rglob("*") if path.suffix.lower() in wild.SUFFIXES]
    report = wild.survey(paths)
    assert report.files == 605
    assert not report.crashed
    assert report.unexplained == []


# The causes, each in the smallest file that shows it: symusic reads it in its way, linnet in its own.


def both(data: bytes) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int, int]]]:
    """What linnet and symusic make of a file."""
    return sorted(wild.ours(data).elements()), sorted(wild.theirs(data).elements())


def test_the_pedal_lengthens_notes_in_linnet_alone():
    data = smf("00 b0407f  00 903c50  30 803c40  30 b04000")
    assert both(data) == ([(0, 96, 60, 80)], [(0, 48, 60, 80)])
    assert wild.explain(data) == (wild.PEDAL,)


def test_a_note_without_length_lasts_a_tick_in_linnet_alone():
    data = smf("00 903c50  00 803c40")
    assert both(data) == ([(0, 1, 60, 80)], [(0, 0, 60, 80)])
    assert wild.explain(data) == (wild.INSTANT,)


def test_a_hanging_note_is_kept_by_linnet_alone():
    data = smf("00 903c50  60 ff0100")
    assert both(data) == ([(0, 96, 60, 80)], [])
    assert wild.explain(data) == (wild.HANGING,)


def test_tracks_beyond_the_headers_count_are_read_by_linnet_alone():
    data = smf(NOTE, "00 903e50 60 803e40", promised=1)
    assert both(data) == ([(0, 96, 60, 80), (0, 96, 62, 80)], [(0, 96, 60, 80)])
    assert wild.explain(data) == (wild.COUNT,)


def test_patterns_of_format_2_are_read_as_simultaneous_by_symusic_alone():
    data = smf(NOTE, NOTE, format=2)
    assert both(data) == ([(0, 96, 60, 80), (96, 96, 60, 80)], [(0, 96, 60, 80), (0, 96, 60, 80)])
    assert wild.explain(data) == (wild.FORMAT_2,)


def test_running_status_after_system_exclusive_is_lost_by_symusic_alone():
    data = smf("00 903c50  00 f0 05 7e7f0901f7  60 3c00")
    assert both(data) == ([(0, 96, 60, 80)], [])
    assert wild.explain(data) == (wild.SYSEX,)


def test_overlapping_equal_pitches_are_no_difference():
    data = smf("00 903c50  30 903c28  30 803c40  30 803c40")
    ours, theirs = both(data)
    assert ours == theirs == [(0, 96, 60, 80), (48, 96, 60, 40)]
    assert wild.explain(data) == ()


def test_an_unknown_difference_is_reported_as_such(monkeypatch):
    monkeypatch.setattr(wild, "theirs", lambda data: wild.Counter({(0, 96, 60, 81): 1}))
    assert wild.explain(smf(NOTE)) is None


# Bounds


@pytest.mark.parametrize(
    "body",
    [
        "00903c50" + "003c50" * 30_000,  # notes that pile up and are never ended
        "00903c50" + "013c00013c50" * 15_000,
        "00f8" * 45_000,  # clocks
        "00c000" + "0000" * 45_000,  # program changes
        "00ff0100" * 22_000,  # texts
        "00ff5103000001" * 13_000,  # tempos
        "00ff580403021808" * 11_000,  # meters
        "00b0407f" + "004000" * 30_000,  # pedals
        "80" * 90_000,  # a delta time without end
        "ffffff7f" * 22_000,  # out of step
    ],
    ids=["hanging", "notes", "clocks", "programs", "texts", "tempos", "meters", "pedals", "delta", "noise"],
)
def test_memory_is_bounded_by_the_file(body):
    data = smf(body)
    tracemalloc.start()
    with suppress(MidiError):
        midi.loads(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250 * len(data)


def test_thousands_of_tiny_tracks_are_read():
    score = midi.loads(smf(*["00 903c50"] * 20_000))
    assert len(score.tracks) == 20_000
