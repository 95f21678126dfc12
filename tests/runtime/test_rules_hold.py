"""Rules hold from where they are set, whatever came before: from the start, mid-way, after a primer."""

from collections.abc import Iterable
from typing import Any

import pytest

import linnet
from linnet import Score
from linnet.music.theory import scale_classes

RULES: list[dict[str, Any]] = [
    {"scale": "C major pentatonic"},
    {"scale": "E major"},
    {"pitch_range": ("C4", "E5")},
    {"polyphony": 1},
    {"longest": 1},
    {"programs": [48]},
    {"programs": [0]},
    {"programs": [30, 73]},
    {"drums": []},
    {"scale": "A minor", "pitch_range": (60, 84), "polyphony": 1, "longest": 0.5, "programs": [40]},
]
MODELS = ("folk", "chorale", "band")
BPM = 120.0


def broken(notes: Iterable[tuple[int, float, int, bool]], rule: dict[str, Any]) -> list[Any]:
    """Which of (pitch, quarters, program, drum) break a rule; polyphony apart."""
    low, high = 0, 127
    if "pitch_range" in rule:
        low, high = (60, 76) if rule["pitch_range"] == ("C4", "E5") else rule["pitch_range"]
    classes = scale_classes(rule["scale"]) if "scale" in rule else range(12)
    return [
        note
        for note in notes
        if (note[3] and "drums" in rule)
        or (
            not note[3]
            and (
                note[0] % 12 not in classes
                or not low <= note[0] <= high
                or note[1] > rule.get("longest", 1e9) + 1e-6
                or note[2] not in rule.get("programs", range(128))
            )
        )
    ]


def crowded(notes: Iterable[tuple[float, float, int]]) -> bool:
    """Whether of (onset, end, track) two sound together in one track."""
    ends: dict[int, float] = {}
    for onset, end, track in sorted(notes):
        if onset < ends.get(track, -1.0) - 1e-6:
            return True
        ends[track] = max(end, ends.get(track, -1.0))
    return False


def of_score(score: Score) -> list[tuple[int, float, int, bool]]:
    return [
        (note.pitch, note.duration / score.ticks_per_beat, track.program, track.is_drum)
        for track in score.tracks
        for note in track.notes
    ]


def check(score: Score, rule: dict[str, Any]) -> None:
    assert len(score.notes)
    assert broken(of_score(score), rule) == []
    if rule.get("polyphony") == 1:
        for number, track in enumerate(score.tracks):
            places = [(note.onset, note.onset + note.duration, number) for note in track.notes]
            assert track.is_drum or not crowded(places)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_from_the_start(name: str, rule: dict[str, Any]) -> None:
    for score in linnet.load(name).generate(count=3, seed=1, bars=6, **rule):
        check(score, rule)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_after_a_primer(name: str, rule: dict[str, Any]) -> None:
    """`programs=[30]` was broken by up to 294 of 294 notes."""
    model = linnet.load(name)
    primer = model.generate(bars=4, seed=2)
    for score in model.generate(count=3, seed=1, bars=6, primer=primer, **rule):
        check(score, rule)
    both = model.generate(seed=1, bars=6, primer=primer, with_primer=True, **rule)
    join = both.bar_tick(primer.bars)
    new = [n for t in both.tracks for n in t.notes if n.onset >= join]
    assert broken(of_score(both.slice_bars(primer.bars)), rule) == []
    assert len(new) == len(model.generate(seed=1, bars=6, primer=primer, **rule).notes)
    assert sorted(_facts(both, 0, join)) == sorted(_facts(primer, 0, join))


def _facts(score: Score, begin: int, end: int) -> list[tuple[int, int, int, int]]:
    return [
        (note.onset, note.pitch, track.program, track.is_drum)
        for track in score.tracks
        for note in track.notes
        if begin <= note.onset < end
    ]


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_mid_way(name: str, rule: dict[str, Any]) -> None:
    """From the bar line after the call on."""
    stream = linnet.load(name).stream(seed=3, bpm=BPM, time_signature="4/4")
    stream.advance(4.1)
    stream.prepare()
    stream.restrict(**rule)
    stream.prepare()
    stream.advance(1.9)
    stream.prepare()
    heard: list[Any] = []
    for _ in range(8):
        heard += stream.advance(1.0)
        stream.prepare()

    assert heard
    assert broken(((n.pitch, n.duration * BPM / 60, n.program, n.is_drum) for n in heard), rule) == []


MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10, 11)


@pytest.mark.parametrize("key", ["E major", "G major", "F# major", "A minor", "Eb minor"])
@pytest.mark.parametrize("name", ["folk", "piano", "chorale"])
def test_a_change_of_key_lands_within_a_bar(name: str, key: str) -> None:
    """.64 of the notes were in the new key after nine bars."""
    tonic = {"E": 4, "G": 7, "F#": 6, "A": 9, "Eb": 3}[key.split()[0]]
    classes = {(step + tonic) % 12 for step in (MAJOR if "major" in key else MINOR)}
    for seed, form in ((1, None), (2, "AABA")):
        stream = linnet.load(name).stream(seed=seed, key="C major", bpm=BPM, time_signature="4/4", form=form)
        stream.advance(8.1)
        stream.prepare()
        stream.wish(key=key)
        stream.prepare()
        stream.advance(3.9)  # the first bar in the new key
        stream.prepare()
        inside: list[bool] = []
        for _ in range(8):
            inside += [note.pitch % 12 in classes for note in stream.advance(2.0)]
            stream.prepare()

        assert len(inside) > 12
        assert sum(inside) >= 0.95 * len(inside)


def test_a_rule_of_the_player_wins_over_the_new_key() -> None:
    stream = linnet.load("folk").stream(seed=1, key="C major", scale="C major pentatonic", bpm=BPM)
    stream.wish(key="E major")
    stream.prepare()
    heard: list[Any] = []
    for _ in range(6):
        heard += stream.advance(2.0)
        stream.prepare()

    assert {note.pitch % 12 for note in heard} <= {0, 2, 4, 7, 9}
