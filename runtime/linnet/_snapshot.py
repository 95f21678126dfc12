"""A stream as bytes: what it takes to go on elsewhere, and nothing that can be composed again."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict
from typing import Any

from linnet._ahead import Composer
from linnet._player import Player
from linnet._segment import Change, Place, Settings
from linnet.codec import Reader
from linnet.errors import SnapshotError
from linnet.modelfile import ModelInfo
from linnet.settings import Rules, Sampling

_MAGIC = b"linnet stream"
_VERSION = 1
_HEAD = "<13sBI"  # magic, version, length of the facts
_MOST = 1 << 20
"""Bytes, unpacked: twenty times what a stream needs."""

_READER = ("now", "bar_start", "bars", "bar_length", "slot", "velocity", "programs", "in_header")


def write(info: ModelInfo, player: Player, facts: dict[str, Any]) -> bytes:
    """The player, with facts of the caller's own.

    The piece is kept as it was where the playing segment began; all later music is composed again.
    """
    composer, loop = player.composer, player.composer.loop
    begun = [*player.segments, *([composer.current] if composer.current else [])]
    place = begun[0].place if begun else composer.here()
    here, tokens = loop.mark(), loop.tokens[:]
    loop.rewind(place.mark)
    piece = loop.save()
    loop.rewind(here)
    loop.tokens[:] = tokens
    text = json.dumps(
        facts
        | _composer_facts(composer, place)
        | {
            "model": info.name,
            "sha256": info.sha256,
            "ahead": player.ahead,
            "playing": None if player.playing is None else player.playing.end,
            "start": player.start,
            "given": player.given,
            "again": player.again,
            "clock": player.clock,
            "repeated": player.repeated,
            "schedule": [
                [asdict(change) for change in changes]
                for changes in (*(segment.changes for segment in begun), *composer.schedule)
            ],
        }
    ).encode()
    return struct.pack(_HEAD, _MAGIC, _VERSION, len(text)) + zlib.compress(text + piece)


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
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise SnapshotError("the saved stream is damaged") from error
    if sha256 != info.sha256:
        raise SnapshotError(f"the stream was saved with another model: {name}, sha256 {str(sha256)[:12]}")
    return facts, text[length:]


def settings_of(facts: dict[str, Any]) -> Settings:
    """What was asked of the stream."""
    settings = facts["settings"]
    sampling, rules = Sampling(**settings["sampling"]), Rules(**settings["rules"])
    return Settings(**settings | {"sampling": sampling, "rules": rules})


def restore(player: Player, facts: dict[str, Any], piece: bytes) -> None:
    """Brings a new player, whose settings are those of the facts, to where the saved one was."""
    composer = player.composer
    composer.loop.load(piece)
    composer.reader = _reader(composer, facts["reader"])
    composer.tempo, composer.line = int(facts["tempo"]), int(facts["line"])
    for changes in facts["schedule"]:
        composer.schedule.append(tuple(Change(each["kind"], dict(each["asked"])) for each in changes))
    player.start, player.clock = int(facts["start"]), float(facts["clock"])
    player.again, player.repeated = bool(facts["again"]), int(facts["repeated"])
    if facts["playing"] is None:
        return
    player.compose_one()
    player.playing, player.given = player.ready.popleft(), int(facts["given"])
    if facts["playing"] < player.playing.end:  # it was changed inside a bar
        waiting = list(composer.schedule)
        composer.schedule.clear()
        player.playing = composer.cut(player.playing, int(facts["playing"])) or player.playing
        composer.schedule.extend(waiting)
        player.compose_one()


def _composer_facts(composer: Composer, place: Place) -> dict[str, Any]:
    reader = {name: getattr(place.reader, name) for name in _READER}
    reader["velocities"] = [list(pair) for pair in place.reader.velocities.items()]
    return {
        "settings": asdict(place.settings),
        "tempo": place.tempo,
        "line": composer.line,
        "reader": reader,
    }


def _reader(composer: Composer, facts: dict[str, Any]) -> Reader:
    reader = Reader(composer.base)
    for name in _READER:
        setattr(reader, name, type(getattr(reader, name))(facts[name]))
    reader.velocities = {int(slot): int(velocity) for slot, velocity in facts["velocities"]}
    return reader
