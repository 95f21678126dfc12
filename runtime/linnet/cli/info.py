"""`linnet info`: what can be said about a model or a MIDI file, as plain data and as text to read."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from itertools import groupby
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from linnet import midi
from linnet.cli import output
from linnet.cli.command import Command
from linnet.cli.credits import credits
from linnet.cli.options import flag
from linnet.cli.output import length
from linnet.controls.options import ABOUT
from linnet.controls.plan_layout import QUESTIONS
from linnet.controls.plan_model import PlanModel
from linnet.model import Model, load, models
from linnet.music import theory
from linnet.music.chord import NO_CHORD
from linnet.music.general_midi import PROGRAMS
from linnet.music.key import KEYS, estimate_key
from linnet.music.roles import ROLES
from linnet.music.score import Score, Track
from linnet.tools.dataclass import asdict
from linnet.tools.text import counted, visible

__all__ = ["INFO", "Facts", "as_text", "of_midi_file", "of_model"]

Facts = dict[str, Any]
"""Plain data: what json.dumps takes."""

MOST_CREDIT_LINES = 10
CHORD_BARS = 4
"""Bars of chords on one line."""


def of_model(model: Model) -> Facts:
    """What a model file says about itself."""
    info = model.info
    passport = info.passport
    return {
        "model": info.name,
        "file": fspath(model.file),
        "bytes": info.size,
        "sha256": info.sha256,
        "time_base": info.time_base,
        "exact": info.exact,
        "defaults": info.defaults,
        "wishes": [entry["name"] for entry in info.wishes if entry["trained"]],
        "styles": next((entry["values"] for entry in info.wishes if entry["name"] == "style"), []),
        "latent": None if info.latent is None else {"size": info.latent.size, "bars": list(info.latent.bars)},
        "home_key": info.home,
        "heads": [
            {"kind": kind, "features": family, "column": column} for kind, family, column in info.heads
        ],
        "roles": {} if info.repertoire is None else info.repertoire.entry().get("roles", {}),
        "plan": None if info.plan is None else _plan(info.plan),
        "judge": None
        if info.judge is None
        else {"section": info.judge.section, "hears": [*info.judge.tables]},
        "original": None
        if info.original is None
        else {"notes": info.original.notes, **info.original.measured},
        "passport": passport,
        "credits": credits(passport.get("attribution", ""), passport.get("corpora", [])),
        "states": [asdict(state) for state in info.states],
    }


def _plan(plan: PlanModel) -> Facts:
    return {
        "composes": sorted(plan.asked, key=[*QUESTIONS].index),
        "bands": [
            {"roles": [ROLES[role] for role in band.roles], "kit": band.kit, "pieces": band.pieces}
            for band in plan.bands
        ],
        "held_out": plan.held_out,
    }


def of_midi_file(path: str | PathLike[str], *, chords: bool = False) -> Facts:
    """What is in a MIDI file, and the chords of its bars where they are wanted."""
    return _of_score(Score.open(path), fspath(path), chords=chords)


def _of_score(score: Score, name: str, *, chords: bool) -> Facts:
    pitched = score.pitched_notes
    key = estimate_key(pitched)
    return {
        "midi_file": name,
        "bars": score.bars,
        "seconds": round(length(score), 3),
        "notes": len(score.notes),
        "ticks_per_beat": score.ticks_per_beat,
        "tempos_bpm": [round(change.bpm, 2) for change in score.tempos],
        "time_signatures": [f"{s.numerator}/{s.denominator}" for s in score.time_signatures],
        "key": score.key,
        "key_estimate": None if key is None else KEYS[key],
        "tracks": [_track(track) for track in score.tracks],
        "texts": list(score.texts),
        **({"chords": _chords(score)} if chords else {}),
    }


def _chords(score: Score) -> list[str]:
    """Of each bar: those that the file names, or else those that are found in its notes."""
    from linnet.controls.chord_kinds import chords_of  # for this option alone
    from linnet.music.harmony import lead_sheet

    try:
        named = chords_of(score, "").split(" | ")
    except ValueError:  # it names none
        return lead_sheet(score)
    return [*([NO_CHORD[0]] if score.upbeat else []), *named]


def _track(track: Track) -> Facts:
    pitches = track.notes.pitch
    return {
        "name": track.name,
        "plays": "Drums" if track.is_drum else PROGRAMS[track.program],
        "notes": len(track.notes),
        "range": [int(pitches.min()), int(pitches.max())] if len(pitches) else None,
    }


def as_text(facts: Facts) -> str:
    """Facts for people."""
    return "\n".join(map(visible, _model_lines(facts) if "model" in facts else _midi_lines(facts)))


def _model_lines(facts: Facts) -> list[str]:
    same = "the same notes on every CPU" if facts["exact"] else "the same notes on one kind of CPU"
    base = "bars and beats" if facts["time_base"] == "grid" else "human timing, 10 ms"
    lines = [
        f"{facts['model']}: {facts['bytes'] / 1e6:.2f} MB, {base}, {same}",
        f"file      {facts['file']}",
        f"sha256    {facts['sha256']}",
        f"wishes    {', '.join(_wishes(facts['wishes']))}",
    ]
    if facts["latent"]:
        fewest, most = facts["latent"]["bars"]
        lines.append(f"latent    {facts['latent']['size']} numbers, for phrases of {fewest} to {most} bars")
    lines += [f"{word:10}{text}" for word, text in _parts(facts)]
    lines.append(f"defaults  {_settings(facts['defaults'])}")
    passport = facts["passport"]
    lines += _collections(passport.get("corpora", []), facts["styles"])
    if passport.get("held_out"):
        lines.append(f"held out  {_settings(passport['held_out'])}")
    if passport.get("allowed_use"):
        lines.append(f"use       {passport['allowed_use']}")
    credit = facts["credits"].splitlines()
    if len(credit) > MOST_CREDIT_LINES:
        more = counted(len(credit) - MOST_CREDIT_LINES, "more line")
        credit = [*credit[:MOST_CREDIT_LINES], f"... {more}: --json has all"]
    return [*lines, "", *credit] if credit else lines


def _parts(facts: Facts) -> list[tuple[str, str]]:
    """What the model can do beyond wishes, for people."""
    found = []
    if facts["home_key"]:
        found.append(("key", "read in C major or A minor, and played in any key alike"))
    if facts["heads"]:
        kinds = ", ".join(_HEADS[kind] for kind in dict.fromkeys(head["kind"] for head in facts["heads"]))
        found.append(("notes", f"weighed for all pitches alike too, by {kinds}"))
    if facts["roles"]:
        found.append(("roles", f"{', '.join(facts['roles'])}; --roles says who plays"))
    if facts["plan"]:
        asked = facts["plan"]["composes"]
        composed = ", ".join(words for name, words in _COMPOSED.items() if name in asked)
        found.append(("plan", f"composed for each piece: {composed}"))
    if choice := facts["defaults"].get("instrument"):
        found.append(("heard as", f"{', '.join(PROGRAMS[each] for each in choice)}, in turn by the seed"))
    if facts["judge"]:
        section = counted(facts["judge"]["section"], "bar")
        found.append(("judge", f"finds the best of --candidates, in sections of {section}"))
    if facts["original"]:
        found.append(("original", f"no run of over {facts['original']['notes']} notes of its training music"))
    else:
        found.append(("original", "it carries no filter of its training music; the next export gives it one"))
    return found


_HEADS = {
    "interval": "interval",
    "class": "interval in any octave",
    "tonic": "place in the key",
    "chord": "place in the chord",
    "pointer": "what stood here before",
}
"""What a note is weighed by, for the kinds of heads."""

_COMPOSED = {
    "source": "what comes back",
    "cadence": "where phrases end",
    "chord": "chords",
    "plays": "who plays",
    "density": "how much",
    "loudness": "how loud",
}
"""What a plan says of a bar, for some of the questions that a plan model answers."""


def _wishes(learnt: list[str]) -> list[str]:
    """What the network has learnt, by the options that ask for it."""
    wishes = {name: about.wish for name, about in ABOUT.items() if "wish" in about.calls and about.wish}
    return [flag(name) for name, wish in {**wishes, "bpm": "tempo"}.items() if wish in learnt]


def _collections(corpora: list[dict[str, Any]], styles: list[str]) -> list[str]:
    """What it learnt from, and that each of these is a style to be wished for."""
    if not corpora:
        return [f"styles    {', '.join(styles)}"] if styles else []
    hint = "; --style leans to one of them" if set(styles) == {each["name"] for each in corpora} else ""
    width = max(len(each["name"]) for each in corpora)
    lines = [f"learnt    from these collections{hint if len(corpora) > 1 else ''}:"]
    lines += [
        f"          {each['name']:{width}}  {counted(each['notes'], 'note')}, {each['licence']}"
        for each in corpora
    ]
    return lines if hint or not styles else [*lines, f"styles    {', '.join(styles)}"]


def _settings(values: Mapping[str, Any]) -> str:
    flat = {
        name: value
        for key, entry in values.items()
        for name, value in (entry.items() if isinstance(entry, Mapping) else [(key, entry)])
    }
    return ", ".join(f"{name} {value:g}" for name, value in flat.items() if isinstance(value, int | float))


def _midi_lines(facts: Facts) -> list[str]:
    size = f"{counted(facts['bars'], 'bar')}, {facts['seconds']:g} s, {counted(facts['notes'], 'note')}"
    lines = [
        f"{facts['midi_file']}: {size}",
        f"tempo     {_few([f'{bpm:g}' for bpm in facts['tempos_bpm']])} bpm",
        f"meter     {_few(facts['time_signatures'])}",
        f"key       {_key(facts)}",
    ]
    for i, track in enumerate(facts["tracks"], 1):
        name = f" ({track['name']})" if track["name"] else ""
        low, high = (theory.pitch_name(pitch) for pitch in track["range"])
        lines.append(
            f"track {i:<3} {track['plays']}{name}: {counted(track['notes'], 'note')}, {low} to {high}"
        )
    lines += [f"text      {text}" for text in facts["texts"]]
    chords = facts.get("chords", [])
    rows = [chords[i : i + CHORD_BARS] for i in range(0, len(chords), CHORD_BARS)]
    return lines + [f"bar {1 + i * CHORD_BARS:<5} {' | '.join(row)}" for i, row in enumerate(rows)]


def _key(facts: Facts) -> str:
    """As the file has it, else by its notes."""
    return facts["key"] or f"{facts['key_estimate'] or 'none'}, as far as one can tell"


def _few(values: list[str], most: int = 4) -> str:
    """The first of them, without those that repeat the one before."""
    values = [value for value, _ in groupby(values)]
    shown = ", ".join(values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="a packaged model, a model file or a MIDI file; -: standard input"
    )
    parser.add_argument("--chords", action="store_true", help="of a MIDI file: the chords of its bars too")
    parser.add_argument("--json", action="store_true", help="everything, for programs")


def _run(args: argparse.Namespace) -> None:
    if args.file == output.STREAM:
        found = _of_stream(chords=args.chords)
    elif args.file in models() or Path(args.file).suffix.lower() == ".onnx":
        _check_chords(args.file, wanted=args.chords)
        found = of_model(load(args.file))
    else:
        found = of_midi_file(Path(args.file), chords=args.chords)
    print(json.dumps(found, indent=2) if args.json else as_text(found))


def _check_chords(name: str, *, wanted: bool) -> None:
    """`ValueError` where chords of a model are wanted."""
    if wanted:
        raise ValueError(f"chords are found in MIDI files, and {name} is a model")


def _of_stream(*, chords: bool) -> Facts:
    """Of standard input, a model or a MIDI file."""
    data = sys.stdin.buffer.read()
    if not data.startswith(_ONNX):
        return _of_score(midi.loads(data, name="standard input"), "standard input", chords=chords)
    _check_chords("standard input", wanted=chords)
    return of_model(output.load(output.STREAM, data)) | {"file": "standard input"}


_ONNX = b"\x08"
"""How a model file begins: the first field is the version of its format."""


INFO = Command(
    "info",
    "describe a model or a MIDI file",
    "Describes a model or a MIDI file.",
    _add_arguments,
    _run,
)
