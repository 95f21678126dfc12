"""A stream as bytes: what it takes to go on elsewhere, and nothing that can be composed again."""

from __future__ import annotations

import json
import struct
import zlib
from itertools import accumulate, chain
from typing import Any

from linnet.controls import kinds
from linnet.controls.loudness import Dynamics
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import ABOUT, Options
from linnet.controls.request import Request
from linnet.controls.resolve import restored
from linnet.errors import SnapshotError
from linnet.stream import acts, clock, told
from linnet.stream.composer import Composer
from linnet.stream.player import Player
from linnet.stream.segment import Change, Place
from linnet.stream.stage import Stage
from linnet.stream.theme import Lent
from linnet.stream.timeline import Timeline
from linnet.tokens import features, vocabulary
from linnet.tokens.decoder import Reader
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.dataclass import replace

_MAGIC = b"linnet stream"
_VERSION = 12
_HEAD = "<13sBI"  # magic, version, length of the facts
_MOST = 1 << 24
"""Bytes, unpacked: twenty times what a stream needs that plays to a symphony."""

_FAR = 2**53
"""Bars: more than anybody hears."""

_BRIEF = clock.NANOSECOND
"""What is due is told to the nanosecond."""


def write(info: ModelInfo, player: Player, *, read: bool) -> bytes:
    """The player, at its desk; `read` for one whose tokens are read.

    The piece is kept as it was where the playing segment began; all later music is composed again.
    """
    composer, timeline, pieces = player.composer, player.timeline, [player.piece()]
    place = timeline.first_place if player.is_heard else composer.here()
    if place.kept is not None:
        pieces.append(player.piece(place.kept))
    schedule = timeline.changes_from(timeline.number)
    text = json.dumps(
        {
            "model": info.name,
            "sha256": info.sha256,
            "read": read,
            "opening": [] if player.is_heard else composer.loop.tokens,
            "place": _place_facts(place),
            "kept": None if place.kept is None else _place_facts(place.kept),
            "pieces": [len(piece) for piece in pieces],
            "accompanies": None if composer.given is None else composer.given.entry(),
            "line": timeline.line,
            "ahead": player.ahead,
            "playing": None if timeline.playing is None else timeline.playing.end,
            "start": timeline.start,
            "given": timeline.given,
            "again": timeline.again,
            "clock": timeline.clock,
            "repeated": timeline.repeated,
            "entered": timeline.entered,
            "bars": timeline.bars,
            "done": timeline.done,
            "stage": timeline.stage.ringing_at(timeline.clock).entry(),
            "schedule": [[_change_facts(change) for change in changes] for changes in schedule],
        }
    ).encode()
    return struct.pack(_HEAD, _MAGIC, _VERSION, len(text)) + zlib.compress(text + b"".join(pieces))


def read(info: ModelInfo, data: bytes) -> tuple[dict[str, Any], bytes]:
    """The facts, and the piece. SnapshotError for what this model, or this linnet, cannot go on with."""
    try:
        magic, version, length = struct.unpack_from(_HEAD, data)
    except (struct.error, TypeError) as error:
        raise SnapshotError("the data are no saved stream") from error
    if magic != _MAGIC:
        raise SnapshotError("the data are no saved stream")
    if version != _VERSION:
        raise SnapshotError(f"the stream was saved in format {version}, this linnet reads format {_VERSION}")
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data[struct.calcsize(_HEAD) :], _MOST)
        if not unpacking.eof or unpacking.unused_data:
            raise SnapshotError("the saved stream is damaged")
        facts = json.loads(text[:length])
        name, sha256 = str(facts["model"]), facts["sha256"]
    except (zlib.error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SnapshotError("the saved stream is damaged") from error
    if sha256 != info.sha256:
        raise SnapshotError(f"the stream was saved with another model: {name}, sha256 {str(sha256)[:12]}")
    return facts, text[length:]


def request_of(facts: dict[str, Any], info: ModelInfo) -> Request:
    """What was asked of the stream at a place, and what was settled beside it."""
    kept = dict(facts["request"])
    kept["options"] = Options(**kept["options"])
    for name, least, most in (
        ("first", 1, _FAR),
        ("chords_first", 1, _FAR),
        ("seed", 0, 2**64 - 1),
        ("key", 0, 23),
    ):
        kept[name] = _whole(kept[name], least, most)
    kept["wishes"] = [
        _whole(value, 0, count - 1) for value, (_, count) in zip(kept["wishes"], features.WISHES, strict=True)
    ]
    return restored(info, **kept)


def ahead_of(facts: dict[str, Any]) -> int:
    """How many segments are to be composed ahead."""
    return _whole(facts["ahead"], 1, 1000)


def restore(player: Player, facts: dict[str, Any], data: bytes, kept: Request | None) -> None:
    """Brings a new player to where the saved one was; `kept` is what is asked for where to go back to.

    ValueError and its like, or ModelError, for damage.
    """
    composer = player.composer
    ends = list(accumulate(_whole(size, 0, _MOST) for size in facts["pieces"]))
    if len(ends) != 1 + (kept is not None) or ends[-1] != len(data):
        raise ValueError("a piece is missing")
    if kept is not None:
        request, composer.request = composer.request, kept
        behind = _stand(composer, facts["kept"], data[ends[0] :])
        composer.request, composer.kept = request, behind
    opening = [_whole(token, 0, vocabulary.SIZE - 1) for token in facts["opening"]]
    place = _stand(composer, facts["place"], data[: ends[0]])
    schedule = tuple(tuple(_change(each) for each in changes) for changes in facts["schedule"])
    latest, left = composer.after(chain((Change({}),), *schedule), place.request, kept)
    player.timeline = Timeline(
        place,
        latest,
        left,
        schedule=schedule,
        line=_whole(facts["line"], -1, place.tick + 200),
        start=_whole(facts["start"], 0, clock.MOST),
        given=_whole(facts["given"], 0, 2**31),
        again=bool(facts["again"]),
        clock=_whole(facts["clock"], 0, clock.MOST),
        repeated=_whole(facts["repeated"], 0, _FAR),
        bars=_whole(facts["bars"], 0, _FAR),
        stage=Stage.restored(facts["stage"]),
    )
    if facts["playing"] is not None:
        if facts["read"] or composer.loop.tracker.waits:
            raise ValueError("no segment begins here")
        _restore_playing(player, _whole(facts["playing"], place.tick + 1, 2**62))
        player.timeline = replace(player.timeline, entered=bool(facts["entered"]), done=bool(facts["done"]))
    elif player.timeline.clock or player.timeline.start or player.timeline.given or player.timeline.again:
        raise ValueError("nothing was heard")
    composer.loop.tokens[:] = opening


def _stand(composer: Composer, facts: dict[str, Any], piece: bytes) -> Place:
    """Brings the composer to a place with what is asked for there, its `request`."""
    composer.lend_theme(None)
    composer.end_with(0)
    composer.loop.load(piece)
    composer.lend()
    _check_piece(composer)
    composer.reader = _reader(composer)
    grid = composer.base == "grid"
    lowest, highest = (clock.of_tempo(60_000), clock.of_tempo(6_000_000)) if grid else [clock.HUNDREDTH] * 2
    composer.tempo = _whole(facts["tempo"], lowest, highest)
    composer.dynamics = Dynamics.restored(facts["dynamics"])
    composer.told = told.restored(facts["told"])
    composer.end_with(_whole(facts["last"], 0, _FAR))
    composer.lend_theme(None if facts["theme"] is None else Lent.restored(facts["theme"]))
    return composer.here()


def _restore_playing(player: Player, end: int) -> None:
    """The segment that is heard; it ends at a tick."""
    player.compose_to(end)
    timeline = player.timeline
    playing, heard = timeline.segments[0], timeline.clock - timeline.start
    if not -_BRIEF <= heard <= playing.length + _BRIEF or timeline.given > len(playing.sounds):
        raise ValueError("the present is not in the segment that plays")
    if any(sound.onset < heard - _BRIEF for sound in playing.sounds[timeline.given :]):
        raise ValueError("notes were left out")


def _check_piece(composer: Composer) -> None:
    """The piece is one that a stream of this model can have."""
    loop, tracker = composer.loop, composer.loop.tracker
    if tracker.time_base != composer.base or tracker.finished:
        raise ValueError("the piece is of another kind")
    if composer.base == "grid" and tracker.now >= tracker.bar_end:
        raise ValueError("the piece is past its bar line")
    tracker.restrict(endless=True, bars=0, ticks=0)  # as they are, unless they are damaged
    here = loop.mark()
    loop.step()  # fails where the states of the network are none
    loop.rewind(here)
    loop.tokens.clear()


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"not a whole number between {least} and {most}: {value!r}")
    return value


def _place_facts(place: Place) -> dict[str, Any]:
    return {
        "request": _request_facts(place.request),
        "plan": _plan_facts(place.request),
        "tempo": place.tempo,
        "dynamics": place.dynamics.entry(),
        "last": place.last,
        "told": told.entry(place.told),
        "theme": None if place.theme is None else place.theme.entry(),
    }


def _request_facts(request: Request) -> dict[str, Any]:
    """What cannot be found out again: the rest follows from it."""
    names = ("seed", "scale", "wishes", "key", "latent", "form", "first", "chords_first", "instrument")
    options = {name: getattr(request.options, name) for name in ABOUT if name != "primer"}
    players = None if request.players is None else request.players.entry()
    return {name: getattr(request, name) for name in names} | {"options": options, "players": players}


def _plan_facts(request: Request) -> dict[str, Any] | None:
    """Of a plan that is composed: where its composition is, and how many of its bars are ahead."""
    plan = request.plan
    if plan is None or plan.composing is None:
        return None
    return plan.composing.save() | {"bars": len(plan.bars)}


def _change_facts(change: Change) -> dict[str, Any]:
    act = None if change.act is None else [change.act.name, dict(change.act.value)]
    return {"options": dict(change.options), "bars": change.bars, "act": act}


def _change(facts: dict[str, Any]) -> Change:
    options = facts["options"]
    if not set(options) <= set(ABOUT) - {"primer"}:
        raise ValueError(f"not options that can change: {options}")
    read = {
        name: None if value is None else kinds.read(name, ABOUT[name].kind, value)
        for name, value in options.items()
    }
    act = None if facts["act"] is None else acts.restored(*facts["act"])
    return Change(read, _whole(facts["bars"], 1, 1000), act)


def _reader(composer: Composer) -> Reader:
    """A reader at the tracker's place."""
    tracker, reader, velocity = composer.loop.tracker, Reader(composer.base), FAMILIES["velocity"]
    in_header, slot, pending, programs, velocities = tracker.voices
    reader.now, reader.bars, reader.in_header, reader.slot = tracker.now, tracker.bars, in_header, slot
    reader.bar_start, reader.bar_length = tracker.bar_start, tracker.bar_end - tracker.bar_start
    reader.velocity = -1 if pending < 0 else velocity.value_of(velocity.first + pending)
    reader.programs = programs
    reader.velocities = {
        -1 if slot == len(velocities) - 1 else slot: velocity.value_of(velocity.first + each)
        for slot, each in enumerate(velocities)
        if each >= 0
    }
    return reader
