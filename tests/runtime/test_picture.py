"""Pictures of a piece as files: what is drawn and where, in SVG, and in PNG where matplotlib is."""

import io
import math
import re
import struct
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

import linnet
from linnet import picture
from linnet.music.score import KeySignature, Note, Notes, Score, TempoChange, TimeSignature, Track
from tests.runtime import scores

SVG = "{http://www.w3.org/2000/svg}"


def line(pitches: list[int], length: int = 24, velocity: int = 80, start: int = 0) -> Notes:
    return Notes.of(Note(start + length * i, length, p, velocity) for i, p in enumerate(pitches))


def melody(bars: int = 2) -> Score:
    """Quarter notes up the scale of C, four to a bar."""
    return Score(24, (Track(line([60, 62, 64, 65] * bars)),), end=96 * bars)


def drawn(score: Score, **options: object) -> ET.Element:
    return ET.fromstring(picture.svg(score, **options))  # type: ignore[arg-type]  # whatever the test says


def notes(root: ET.Element, paint: str = "") -> list[tuple[float, float, float, float]]:
    """x, y, width and height of every note."""
    return [
        (
            float(box.get("x", "")),
            float(box.get("y", "")),
            float(box.get("width", "")),
            float(box.get("height", "")),
        )
        for group in root.iter(f"{SVG}g")
        if group.get("class", "").startswith(f"notes {paint}")
        for box in group
    ]


def words(root: ET.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def rules(root: ET.Element) -> str:
    (style,) = root.iter(f"{SVG}style")
    return style.text or ""


def test_every_note_is_a_rectangle_where_it_sounds() -> None:
    boxes = sorted(notes(drawn(melody())))
    assert len(boxes) == 8
    steps = {round(b[0] - a[0], 1) for a, b in pairwise(boxes)}
    assert len(steps) == 1  # quarter notes, all equally far apart
    assert all(width == pytest.approx(steps.copy().pop(), abs=1.1) for _, _, width, _ in boxes)
    heights = [y for _, y, _, _ in boxes[:4]]
    semitone = (heights[0] - heights[3]) / 5
    assert [round((heights[0] - y) / semitone) for y in heights] == [0, 2, 4, 5]


def test_louder_notes_are_deeper() -> None:
    soft, loud = Track(line([60], velocity=20)), Track(line([72], velocity=127))
    groups = [g for g in drawn(Score(24, (soft, loud))).iter(f"{SVG}g") if "notes" in g.get("class", "")]
    opacity = {g.get("class"): float(g.get("fill-opacity", "1")) for g in groups}
    assert opacity["notes voice0"] < 0.5
    assert opacity["notes voice1"] == 1


def test_each_voice_has_its_colour_and_stands_in_the_legend() -> None:
    tracks = tuple(Track(line([60 + i]), program=40 + i) for i in range(3))
    root = drawn(Score(24, tracks))
    assert {g.get("class") for g in root.iter(f"{SVG}g")} >= {f"notes voice{i}" for i in range(3)}
    assert {"Violin", "Viola", "Cello"} <= set(words(root))


def test_drums_stand_beneath_with_their_names() -> None:
    drums = Track(line([36, 42, 38, 42]), is_drum=True)
    root = drawn(Score(24, (Track(line([60, 62, 64, 65])), drums)))
    assert {"Kick", "Snare", "Closed hat"} <= set(words(root))
    assert min(y for _, y, _, _ in notes(root, "ink")) > max(y for _, y, _, _ in notes(root, "voice"))
    by_time = sorted(notes(root, "ink"))
    assert by_time[0][1] > by_time[2][1] > by_time[1][1]  # the kick is lowest
    assert "drums" in root.findtext(f"{SVG}desc", "")


def test_many_drums_share_the_lanes_of_their_kind() -> None:
    root = drawn(Score(24, (Track(line(list(range(35, 82)), 6), is_drum=True),)))
    assert {"Kick", "Snare", "Toms", "Hi-hat", "Cymbals", "Percussion"} <= set(words(root))
    assert len(notes(root)) == 47


@pytest.mark.parametrize(
    ("bars", "rows"), [(1, 1), (4, 1), (8, 1), (9, 2), (32, 4), (64, 8), (65, 5), (400, 7)]
)
def test_rows_hold_eight_bars_or_as_many_as_a_page_needs(bars: int, rows: int) -> None:
    root = drawn(melody(bars))
    assert words(root).count("C4") == rows
    assert float(root.get("width", "")) == 1200
    assert len(notes(root)) == 4 * bars


def test_bars_in_a_row_can_be_chosen() -> None:
    assert words(drawn(melody(32), bars_per_row=4)).count("C4") == 8


def test_the_same_bars_of_two_rows_stand_beneath_each_other() -> None:
    boxes = notes(drawn(melody(16)))
    first, second = sorted(boxes[:32]), sorted(boxes[32:])
    assert [x for x, *_ in first] == [x for x, *_ in second]
    assert max(y for _, y, *_ in first) < min(y for _, y, *_ in second)


def test_a_note_across_rows_goes_on_in_the_next() -> None:
    score = Score(24, (Track(Notes.of([Note(7 * 96, 192, 60, 80)])),), end=96 * 16)
    (_, above, *_), (x, below, *_) = sorted(notes(drawn(score)), key=lambda box: box[1])
    assert below > above
    assert x == min(box[0] for box in notes(drawn(melody(16))))


def test_some_bars_alone_keep_their_numbers() -> None:
    root = drawn(melody(8), bars=(3, 4))
    assert len(notes(root)) == 8
    assert {"3", "4"} <= set(words(root))
    assert not {"1", "2", "5"} & set(words(root))
    assert "bars 3 to 4 of 8" in " ".join(words(root))


@pytest.mark.parametrize("bars", [(0, 4), (3, 2), (1, 9)])
def test_bars_must_be_there(bars: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="1 <= first <= last <= 8"):
        picture.svg(melody(8), bars=bars)


def test_key_tempo_meter_and_size_stand_above() -> None:
    head = next(text for text in words(drawn(melody())) if "bpm" in text)
    assert head.startswith("C major (estimated)  ·  120 bpm  ·  4/4  ·  2 bars  ·  0:04  ·  8 notes")


def test_a_key_that_the_file_names_is_not_estimated() -> None:
    signs = (KeySignature(0, 1), KeySignature(melody().bar_tick(1), -3, is_minor=True))
    head = next(text for text in words(drawn(replace(melody(), key_signatures=signs))) if "bpm" in text)
    assert head.startswith("G major, C minor  ·  120 bpm")


def test_changes_of_tempo_and_meter_are_marked() -> None:
    score = Score(
        24, melody(4).tracks, (TempoChange(0, 500_000), TempoChange(96, 600_000)), (TimeSignature(192, 3, 4),)
    )
    found = set(words(drawn(score)))
    assert {"4/4  120 bpm", "100 bpm", "3/4"} <= found
    assert not any("bpm" in text and "·" not in text for text in words(drawn(melody())))


def test_dark_and_light_follow_the_reader_unless_told() -> None:
    auto, dark, light = (drawn(melody(), dark=dark) for dark in (None, True, False))
    assert "prefers-color-scheme:dark" in rules(auto)
    assert "prefers-color-scheme" not in rules(dark) + rules(light)
    assert "ground{fill:#14171b}" in rules(dark)
    assert "ground{fill:#ffffff}" in rules(light)
    for root in (auto, dark, light):  # each rule holds for its own kind of picture alone
        selectors = re.findall(r"([^{}]+)\{(?:fill|stroke)", rules(root))
        assert all(f".{root.get('class')} ." in selector for selector in selectors)


def test_it_can_be_read_aloud() -> None:
    root = drawn(melody(), title="Air & <Jig>")
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == "Air & <Jig>"
    assert "C major (estimated), 120 bpm" in root.findtext(f"{SVG}desc", "")


def test_titles_and_names_may_hold_anything() -> None:
    tracks = tuple(Track(line([60]), name=name) for name in ("a\x00b\x1b[1m", "\ud800<&\"'>", "\n"))
    root = drawn(Score(24, tracks, texts=("first\nline \ufffe",)))
    assert {"a b [1m", "<&\"'>", "first line"} <= set(words(root))


def test_a_title_is_the_first_text_and_not_a_hash() -> None:
    made = Score(24, melody().tracks, texts=("Made with linnet 1.0, model folk, sha256 0123", "{}"))
    assert drawn(made).findtext(f"{SVG}title") == "Made with linnet 1.0, model folk"
    assert len(drawn(Score(24, texts=("x" * 500,))).findtext(f"{SVG}title", "")) == 80


def test_more_voices_than_colours_share_by_name() -> None:
    tracks = tuple(Track(line([60]), program=i % 2) for i in range(12))
    root = drawn(Score(24, tracks))
    assert words(root).count("Acoustic Grand Piano") == 1
    assert len(notes(root, "voice0")) == len(notes(root, "voice1")) == 6


def test_the_same_score_gives_the_same_bytes_and_stays_small() -> None:
    score = Score(24, (Track(line([48 + i % 31 for i in range(10_000)], 7, start=3)),))
    once = picture.svg(score)
    assert once == picture.svg(score)
    assert len(notes(ET.fromstring(once))) >= 10_000
    assert len(once.encode()) < 1_000_000


@settings(max_examples=60, deadline=None)
@given(scores.scores)
def test_any_score_can_be_drawn_and_no_note_leaves_the_page(score: Score) -> None:
    root = drawn(score)
    height = float(root.get("height", ""))
    boxes = notes(root)
    assert len(boxes) >= sum(len(track.notes) for track in score.tracks)
    assert all(math.isfinite(side) for box in boxes for side in box)
    assert all(x > 40 and y > 0 and x + w < 1200 and y + h <= height for x, y, w, h in boxes)


def test_an_empty_score_and_one_of_many_bars_can_be_drawn() -> None:
    assert notes(drawn(Score())) == []
    endless = Score(1, (Track(Notes.of([Note(0, 1, 60, 80), Note(2**52, 1, 61, 80)])),))
    assert len(notes(drawn(endless))) == 2


def test_a_notebook_shows_the_picture() -> None:
    assert melody()._repr_svg_() == picture.svg(melody())


def test_save_knows_svg(tmp_path: Path) -> None:
    melody().save(tmp_path / "Air.svg")
    assert (tmp_path / "Air.svg").read_text("utf-8") == picture.svg(melody(), title="Air")
    assert [path.name for path in tmp_path.iterdir()] == ["Air.svg"]


def test_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.svg or \.png, got .*x\.gif"):
        picture.write(melody(), tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []


# PNG


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_png_is_the_same_picture_twice_as_sharp(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    root = drawn(melody(), title="$x$")
    png = picture.png(melody(), title="$x$")
    assert size(png) == (2400, pytest.approx(2 * float(root.get("height", "")), abs=1))
    assert png == picture.png(melody(), title="$x$")
    melody().save(tmp_path / "a.png")
    assert size((tmp_path / "a.png").read_bytes()) == size(png)


def test_png_notes_have_the_colour_and_place_of_the_svg() -> None:
    matplotlib_image = pytest.importorskip("matplotlib.image")
    for dark, ground in ((False, (255, 255, 255)), (True, (0x14, 0x17, 0x1B))):
        pixels = matplotlib_image.imread(io.BytesIO(picture.png(melody(), dark=dark)))[..., :3] * 255
        assert tuple(pixels[1, 1].round()) == ground
        for x, y, width, height in notes(drawn(melody())):
            red, _, blue = pixels[int(2 * (y + height / 2)), int(2 * (x + width / 2))]
            assert blue > red + 50  # blue notes, in both


def test_a_png_too_large_to_show_is_refused() -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match=r"take fewer bars or more of them in a row, or save as \.svg"):
        picture.png(melody(400), bars_per_row=1)


def test_without_matplotlib_the_extra_is_named(tmp_path: Path) -> None:
    code = """
import sys
sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None
from linnet.cli import main
sys.exit(main(sys.argv[1:]))
"""
    melody().save(tmp_path / "a.mid")
    command = [sys.executable, "-c", code, "show", "a.mid", "-o"]
    done = [
        subprocess.run(
            [*command, name], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        for name in ("a.png", "a.svg")
    ]
    assert (done[0].returncode, done[0].stderr.count("\n")) == (1, 1)
    assert "pip install 'linnet[plot]'" in done[0].stderr
    assert done[1].returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mid", "a.svg"]


def test_pictures_are_no_part_of_importing_linnet() -> None:
    code = "import sys, linnet; print(sorted(m for m in sys.modules if 'picture' in m or 'matplotlib' in m))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
    assert linnet.Score._repr_svg_


def test_sections_and_chords_stand_above_the_roll() -> None:
    score = Score.from_notes([("C4", 4)] * 8).with_markers([(0, "Section A"), (0, "C"), (7680, "Am")])
    drawn = picture.svg(score)

    assert "Section A  C" in drawn
    assert ">Am<" in drawn
    assert "Section A" not in picture.svg(score.slice("5-8"))
    assert "Am" in picture.svg(score.slice("5-8"))
