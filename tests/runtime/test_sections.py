"""Forms that are written out: bars, cadences and returns are what was asked for, counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linnet
from linnet import cli
from linnet.controls import form as forms
from linnet.controls import sections
from linnet.controls.options import Options
from linnet.controls.resolve import resolve
from linnet.controls.section_plan import section_plan
from linnet.controls.wishes import INDEX
from linnet.generation.planned import with_plan
from linnet.music.general_midi import PROGRAMS
from linnet.music.phrases import top_line
from linnet.music.score import Score

DATA = Path(__file__).parents[1] / "data"
SONG = "intro:4 A:8/open A:8/closed B:8 A':8 outro:4"
D_MAJOR = 2
OPEN = {(D_MAJOR + step) % 12 for step in (2, 7, 11)}


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


@pytest.fixture(scope="module")
def songs(folk: linnet.Model) -> list[Score]:
    return folk.generate(form=SONG, key="D major", seed=1, count=8)


def alike(a: Score, b: Score) -> float:
    """Share of the notes that two stretches have in common, by place and pitch."""
    first, second = ({(n.onset, n.pitch) for n in score.notes} for score in (a, b))
    return len(first & second) / max(len(first | second), 1)


def alike_where_it_is_moved_to(a: Score, b: Score) -> float:
    """The same of a stretch that is as it was, or all of it higher or lower, as variations may be."""
    return max(alike(a, b.transpose(steps)) for steps in range(-12, 13))


def rest(score: Score, bar: int) -> int:
    """The pitch class on which the tune holds still longest in a bar, of equals the last."""
    starts = [*score.bar_ticks().tolist(), score.end]
    begin, end = starts[bar - 1 + (score.upbeat > 0) :][:2]
    line = top_line(score)
    inside = np.flatnonzero((line.onset >= begin) & (line.onset < end))
    steps = np.minimum(np.append(line.onset[inside][1:], end), end) - line.onset[inside]
    return int(line.pitch[inside[np.flatnonzero(steps == steps.max())[-1]]]) % 12


# ---- how it is written


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("intro:4 a:8 A’:8", "intro:4 A:8 A':8"),
        ("A:8/OPEN, B:4/closed", "A:8/open B:4/closed"),
        ("AABA'", "A A B A'"),
        ("verse chorus verse", "verse chorus verse"),
        ("aabb", "AABB"),
    ],
)
def test_a_form_is_read_and_written_again(text: str, read: str) -> None:
    assert forms.check(text) == read
    assert forms.check(read) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A:0 B:8", "a section must be 1 to 1000 bars long, got A:0"),
        ("A:x", "form must be sections such as intro:4 A:8 B:8/open A':8, a name and its bars, got 'A:x'"),
        ("A:8 B", "form must say the bars of all sections or of none, and B has none"),
        ("A:8/half", "a section ends open or closed, such as A:8/open, got A:8/half"),
        (
            "A:32 B:32 A:32",
            "a section must come back within 63 bars of where it was, and A:32 comes after 64",
        ),
        ("A1", "form must be letters, one for each section, such as AABB, sections such as"),
    ],
)
def test_what_is_no_form_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ValueError) as refusal:
        forms.check(text)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_sections_come_back_whole_varied_and_cut_short() -> None:
    plan = section_plan(sections.read("A:8 B:4 A:8 A':8 A:4 A:10"), 8)
    back = [bar.source if isinstance(bar.source, int) else 0 for bar in plan]

    assert len(plan) == 42
    assert back[:8] == [0, 0, 0, 0, 4, 4, 0, 0]
    assert back[8:12] == [0] * 4
    assert back[12:20] == [12] * 8
    assert back[20:28] == [8] * 7 + [0]
    assert [bar.quarters for bar in plan[20:27]] == [15, 15, 3, 5, 15, 15, 3]
    assert back[28:32] == [16] * 3 + [12]  # it ends as the whole one does
    assert back[32:] == [4] * 4 + [0] * 6


# ---- what is made of it


def test_a_piece_has_the_bars_and_markers_of_its_form(songs: list[Score]) -> None:
    for song in songs:
        assert (song.full_bars, song.upbeat) == (40, 0)
        starts = song.bar_ticks().tolist()
        assert [(starts.index(marker.tick) + 1, marker.text) for marker in song.markers] == [
            (1, "Intro"), (5, "Section A"), (13, "Section A"), (21, "Section B"), (29, "Section A'"),
            (37, "Outro"),
        ]  # fmt: skip
        assert song.tracks[0].name == PROGRAMS[song.tracks[0].program]


def test_sections_close_as_they_were_asked_to(songs: list[Score]) -> None:
    assert all(rest(song, 12) in OPEN for song in songs)
    assert all(rest(song, 20) == D_MAJOR for song in songs)
    assert all(rest(song, 40) == D_MAJOR for song in songs)


def test_sections_come_back_and_varied_ones_do_so_in_part(songs: list[Score]) -> None:
    a, again, b, varied = (
        [song.slice(f"{first}-{first + 7}") for song in songs] for first in (5, 13, 21, 29)
    )
    returns, variations, others = (
        np.mean([alike(*pair) for pair in zip(a, other, strict=True)]) for other in (again, varied, b)
    )

    # Means of eight: single pieces have 0.6 to 0.9, 0.2 to 0.6, and below 0.3.
    assert returns > 0.6
    assert 0.25 < variations < returns - 0.15
    assert others < 0.2


@pytest.mark.parametrize("name", ["folk", "chorale"])
def test_a_cadence_falls_where_it_is_asked_for(name: str) -> None:
    scores = linnet.load(name).generate(
        bars=12, cadence="4/open,7/closed", key="D major", seed=1, count=4, time_signature="4/4"
    )

    assert all(score.full_bars == 12 for score in scores)
    assert all(rest(score, 4) in OPEN for score in scores)
    assert all(rest(score, 7) == D_MAJOR for score in scores)


def test_a_piece_may_end_open(folk: linnet.Model) -> None:
    scores = folk.generate(form="A:8/open", key="D major", seed=1, count=4)

    assert all(rest(score, 8) in OPEN for score in scores)


def test_a_cadence_is_read_from_numbers_and_words() -> None:
    for given in (16, "16", [16], [(16, "closed")], "16/closed"):
        assert Options(cadence=given).cadence == ((16, "closed"),)  # type: ignore[arg-type]
    for wrong in ("0", "16/half", "x", [], [(1, 2, 3)]):
        with pytest.raises(ValueError, match="cadence must be bars in which the tune comes to rest"):
            Options(cadence=wrong)  # type: ignore[arg-type]


def test_what_cannot_be_is_said_in_one_line(folk: linnet.Model) -> None:
    with pytest.raises(ValueError, match="cadence must be at one of the 16 bars, got 17"):
        folk.generate(bars=16, cadence=17)
    with pytest.raises(ValueError, match="form has 40 bars, so bars may be left out, got 16"):
        folk.generate(form=SONG, bars=16)
    with pytest.raises(ValueError, match="it has not learnt to make bars alike"):
        linnet.load("phrase").generate(form="A:8 B:8")


def test_a_stream_goes_round_in_its_form(folk: linnet.Model) -> None:
    stream = folk.stream(form="A:4 B:4/closed A:4", key="D major", seed=2)
    stream.prepare()
    saved = folk.restore(stream.save())

    heard = [[note.pitch for note in each.advance(20)] for each in (stream, saved)]
    assert heard[0] == heard[1]


# ---- given sections


@pytest.fixture(scope="module")
def mine() -> Score:
    tune = [("D5", 1), ("F#5", 0.5), ("E5", 0.5), ("D5", 1), ("A4", 1), ("B4", 2), ("A4", 2)]
    return Score.from_notes(tune * 2, bpm=97.5, key="D major", instrument="violin")


def places(score: Score) -> list[tuple[int, int, int]]:
    per_beat = score.ticks_per_beat
    return [(n.onset * 480 // per_beat, n.duration * 480 // per_beat, n.pitch) for n in score.notes]


def test_a_given_section_is_kept_and_varied(folk: linnet.Model, mine: Score) -> None:
    scores = folk.generate(
        form="intro:4 A B:8/open A A':4 outro:4", sections={"A": mine}, seed=3, count=3, key="D major"
    )
    for score in scores:
        assert (score.full_bars, score.upbeat, score.tempos) == (28, 0, mine.tempos)
        assert [track.name for track in score.tracks] == ["Violin"]
        assert places(score.slice("5-8")) == places(score.slice("17-20")) == places(mine)
        assert rest(score, 16) in OPEN
        assert rest(score, 28) == D_MAJOR
        assert places(score.slice("21-24")) != places(mine)
    pairs = [(score.slice("17-20"), score.slice("21-24")) for score in scores]
    varied = [alike_where_it_is_moved_to(*pair) for pair in pairs]  # two of the three begin a fourth higher
    assert min(varied) > 0.4
    again = folk.generate(
        form="intro:4 A B:8/open A A':4 outro:4", sections={"A": mine}, seed=3, key="D major"
    )
    assert again == scores[0]
    assert again.texts == scores[0].texts


def test_what_cannot_be_given_is_said_in_one_line(folk: linnet.Model, mine: Score) -> None:
    for options, words in (
        ({"form": "B:8", "sections": {"A": mine}}, "sections must be of the form, which has B, got A"),
        ({"form": "A:8", "sections": {"A": mine}}, "section A has 8 bars in the form, and 4 as it is given"),
        ({"form": "A B", "sections": {"A": mine}}, "form must say the bars of sections that are not given"),
        ({"form": "AABB", "sections": {"A": mine}}, "sections need a form that names them"),
        ({"form": "A B:4", "sections": {"A": Score()}}, "section A has no notes"),
        ({"form": "A B:4", "sections": {"A'": mine}}, "sections must be scores by the name of the section"),
    ):
        with pytest.raises(ValueError, match=words):
            folk.generate(**options)  # type: ignore[call-overload]


def test_sections_are_given_as_files(tmp_path: Path, mine: Score, capsys: pytest.CaptureFixture[str]) -> None:
    mine.save(tmp_path / "my.mid")
    order = ["generate", "--form", "A B:4 A", "--section", f"A={tmp_path / 'my.mid'}", "--seed", "1"]
    assert cli.main([*order, "-o", str(tmp_path / "out.mid")]) == 0
    assert places(Score.open(tmp_path / "out.mid").slice("9-12")) == places(mine)
    assert cli.main([*order[:4], "my.mid", "-o", str(tmp_path / "no.mid")]) == 1
    assert "--section must be a name and a file, such as A=my.mid" in capsys.readouterr().err
    assert not (tmp_path / "no.mid").exists()


# ---- with a plan model


def planned(**options: Any) -> list[forms.Bar]:
    model = linnet.load(DATA / "planned.onnx")
    request = with_plan(model.engine, resolve(model.info, Options(seed=1, **options)))
    assert request.plan is not None
    return request.plan.bars


def test_a_plan_is_composed_around_the_form() -> None:
    bars = planned(form="A:8/open B:8/closed A:8", key="D major")

    assert len(bars) == 24
    assert [bar.source for bar in bars[16:]] == [16] * 8
    for last, kind in ((7, 2), (15, 3), (23, 3)):
        assert bars[last].wishes[INDEX["phrase_left"]] == 1
        assert bars[last].wishes[INDEX["cadence"]] == kind


def test_a_plan_is_composed_around_a_cadence() -> None:
    bars = planned(bars=12, cadence="6/open", key="D major")

    assert bars[5].wishes[INDEX["phrase_left"]] == 1
    assert bars[5].wishes[INDEX["cadence"]] == 2
