"""Music without end for one page: composed ahead, made into sound, steered by what the page sends."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from linnet import sound
from linnet.errors import LinnetError, in_one_line
from linnet.music.chord import Chord
from linnet.studio.takes import take
from linnet.synth import Synth
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.stream import DueNote, Stream
    from linnet.studio.models import Models
    from linnet.studio.pool import Pool

__all__ = ["MOST_LIVE", "Live", "chord_of", "play"]

Json = dict[str, Any]

MOST_LIVE = 8
"""Pages that hear music without end at once."""

STEP, LEAD = 0.1, 0.5
"""Seconds that are made at a time, and that are sent before they are heard."""

COMING = 3
"""Bars to come that the page is told of."""

_BEYOND = 0.002
"""Seconds past a bar line, so that the next bar has begun."""

_TICKS = TICKS_PER_BEAT["grid"]

_WISHES = ("mood", "bpm", "density", "key", "chords")
_SHAPES = {
    (0, 4, 7): "major", (0, 3, 7): "minor", (0, 3, 6): "diminished", (0, 4, 8): "augmented",
    (0, 4, 7, 10): "dominant seventh", (0, 4, 7, 11): "major seventh", (0, 3, 7, 10): "minor seventh",
}  # fmt: skip


def chord_of(pitches: object) -> Chord | None:
    """The chord that somebody holds on a keyboard; None where it is none that has a name."""
    if not isinstance(pitches, list) or not all(isinstance(each, int) for each in pitches):
        raise ValueError("pitches must be numbers from 0 to 127")
    if not pitches:
        return None
    classes = sorted({pitch % 12 for pitch in pitches})
    lowest = min(pitches) % 12
    for root in sorted(classes, key=lambda each: each != lowest):
        shape = tuple(sorted((each - root) % 12 for each in classes))
        if shape in _SHAPES:
            return Chord(root, _SHAPES[shape], lowest)
    return None


def _row(begin: float, note: DueNote) -> list[Any]:  # numbers and a role
    """A note as the page is told of it; seconds since the music began."""
    onset, duration = round(begin + note.onset, 4), round(note.duration, 4)
    return [onset, duration, note.pitch, note.velocity, note.track, note.role, note.program]


class Live:
    """One page's stream and its synthesizer. One thread at a time plays and steers it."""

    def __init__(self, models: Models, asked: Json) -> None:
        """`asked`: `model`, and the wishes to begin with."""
        self._models = models
        self._name = str(asked.get("model", ""))
        model = models.get(self._name)
        self._learnt = {wish["name"] for wish in model.info.wishes if wish["trained"]} | {"bpm", "mood"}
        self.barred = model.info.time_base == "grid"
        self.stream: Stream = model.stream(**self._wishes(asked.get("wishes", {})))
        self.stream.prepare()
        self._synth = Synth(rate=sound.RATE)
        self._told = -1

    def _wishes(self, wishes: object) -> Json:
        if not isinstance(wishes, Mapping):
            raise ValueError("wishes must be names with values")
        strange = [name for name in wishes if name not in _WISHES]
        if strange:
            raise ValueError(f"live takes no {strange[0]}: {', '.join(_WISHES)}")
        return {
            name: value
            for name, value in wishes.items()
            if name in self._learnt and (self.barred or name != "bpm")
        }

    def step(self) -> tuple[bytes, Json]:
        """The next frames, and what the page is told of them: notes, and at each bar what is to come."""
        begin = self.stream.seconds
        due = self.stream.advance(STEP, budget=None)
        self._synth.play(due)
        frames = self._synth.render(round(STEP * sound.RATE))
        words: Json = {"at": round(begin, 4)}
        if due:
            words["notes"] = [_row(begin, note) for note in due]
        if self.stream.done:
            words["over"] = True
            return self._bytes(frames), words
        here = self.stream.position
        if here.bar != self._told:
            self._told = here.bar
            words["here"] = {"bar": here.bar, "key": here.key, "bpm": round(here.bpm, 1)}
        return self._bytes(frames), words

    def _bytes(self, frames: NDArray[np.float32]) -> bytes:
        return np.rint(32767 * np.clip(frames, -1, 1)).astype("<i2").tobytes()

    def coming(self) -> list[Json]:
        """The bar that plays and those to come, as they are planned now: what a fork would play."""
        if not self.barred:
            return []
        ahead, found = self.stream.fork(), []
        begin, here = ahead.seconds, ahead.position
        for _ in range(COMING + 1):
            notes = ahead.advance(here.seconds_to_bar + _BEYOND, budget=None)
            rows = [_row(begin, note) for note in notes]
            section = here.section if here.section_bar == 1 else ""
            at = round(begin - here.tick * 60 / (_TICKS * here.bpm), 4)  # where the bar began
            found.append({"bar": here.bar, "at": at, "chord": here.chord, "section": section, "notes": rows})
            begin, here = ahead.seconds, ahead.position
            if ahead.done:
                break
        return found

    def steer(self, asked: Json) -> Json | None:
        """Does what the page asks for; what it is told then."""
        match asked.get("do"):
            case "wish":
                self.stream.wish(**self._wishes(asked.get("wishes", {})))
                self._told = -1  # what is to come is another
            case "layers":
                parts = asked.get("parts")
                if parts is not None and not isinstance(parts, list):
                    raise ValueError("parts must be a list of roles")
                self.stream.layers(*(parts or ()))
                self._told = -1
            case "finish" if self.barred:
                self.stream.finish()
                self._told = -1
            case "finish":
                self.stream.fade(3)
            case "chord":
                chord = chord_of(asked.get("pitches"))
                if chord is None:
                    return {"chord": ""}
                if "chords" in self._learnt:
                    self.stream.wish(chords=str(chord))
                elif chord.quality in ("major", "minor") and "key" in self._learnt:
                    self.stream.wish(key=f"{Chord(chord.root)} {chord.quality}")
                self._told = -1
                return {"chord": str(chord)}
            case "keep":
                score = self.stream.record()
                if not len(score.notes):
                    raise ValueError("nothing was heard yet")
                step = {"do": "live", "name": "live.mid", "model": self._name}
                return {"take": take(score, [step], self._models)}
            case other:
                raise ValueError(f"live does wish, layers, finish, chord and keep, got {other!r}")
        return None

    def close(self) -> None:
        """Ends it."""
        self.stream.close()


async def play(socket: WebSocket, models: Models, pool: Pool) -> None:
    """Plays to a page until it leaves, or the music is over."""
    live: Live | None = None
    try:
        live = await pool.run(Live, models, await _asked(socket))
        waiting: asyncio.Queue[Json] = asyncio.Queue(64)
        listener = asyncio.create_task(_listen(socket, waiting))
        try:
            await _going(socket, live, pool, waiting, listener)
        finally:
            listener.cancel()
    except (WebSocketDisconnect, RuntimeError):  # the page has left: what is sent then is refused
        pass
    except (LinnetError, ValueError, TypeError) as error:
        await _tell(socket, {"error": in_one_line(error), "over": True})
    finally:
        if live is not None:
            live.close()


async def _going(
    socket: WebSocket, live: Live, pool: Pool, waiting: asyncio.Queue[Json], listener: asyncio.Task[None]
) -> None:
    begun, made = time.monotonic(), 0.0
    planned: asyncio.Task[None] | None = None
    while not listener.done():
        while not waiting.empty():
            try:
                if (answer := await pool.run(live.steer, waiting.get_nowait())) is not None:
                    await _tell(socket, answer)
            except (LinnetError, ValueError, TypeError) as error:
                await _tell(socket, {"error": in_one_line(error)})
        early = begun + made - LEAD - time.monotonic()
        if early > 0:
            await asyncio.sleep(early)
        elif early < -5:  # the machine slept, or the page did: no hurry to catch up
            begun = time.monotonic() - made
        frames, words = await pool.run(live.step)
        made += STEP
        await _tell(socket, words)
        await socket.send_bytes(frames)
        if "here" in words and (planned is None or planned.done()):
            planned = asyncio.create_task(_plan(socket, live, pool))
        if words.get("over"):
            with suppress(ValueError):
                kept = await pool.run(live.steer, {"do": "keep"})
                await _tell(socket, kept or {})
            break


async def _plan(socket: WebSocket, live: Live, pool: Pool) -> None:
    """Tells what is to come, beside the music and not before it."""
    with suppress(LinnetError, RuntimeError, WebSocketDisconnect):
        await _tell(socket, {"coming": await pool.run(live.coming)})


async def _listen(socket: WebSocket, waiting: asyncio.Queue[Json]) -> None:
    while True:
        try:
            await waiting.put(await _asked(socket))
        except ValueError:
            continue
        except (WebSocketDisconnect, RuntimeError):
            return


async def _asked(socket: WebSocket) -> Json:
    asked = json.loads(await socket.receive_text())
    if not isinstance(asked, dict):
        raise ValueError("a message must be an object of JSON")
    return asked


async def _tell(socket: WebSocket, words: Json) -> None:
    await socket.send_text(json.dumps(words))
