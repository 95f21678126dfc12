"""A linnet flies over the evening hills and sings; when the hawk comes, the song changes with it.

    pip install . pygame-ce
    python examples/game.py

Eat seeds, keep away from the hawk, reach the nest before it has caught you three times. Nothing here is
recorded: the song is made while you fly. The lines that do it are in `Music`, and they are all a game needs:
the stream is prepared in the loading screen, advanced once a frame, wishes when the hawk comes, lets a second
hand in when there is company, lays a sting over a treasure, brings the bird's own song back when the hawk is
gone, finishes with the day, and is saved with the savegame.
"""

import argparse
import base64
import contextlib
import json
import math
import os
import random
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import linnet

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
try:
    import pygame
except ImportError:
    sys.exit("this example is drawn with pygame-ce: pip install pygame-ce")

from _stage import BIRD_X, BOTTOM, DAY, HEIGHT, TOP, WIDTH, Picture, open_voice

# What the game asks of the music. The names are those of linnet.Model.generate; `linnet info folk` lists what
# the model has learnt. A minor key a third below shares its notes with the major one, so the turn is smooth.
CALM = {"key": "G major", "density": 3, "register": 4, "bpm": 100}
DANGER = {"key": "E minor", "density": 7, "register": 3, "bpm": 138}

SONG = linnet.Score.from_notes(
    [("G5", 1), ("B5", 1), ("D6", 1.5), ("B5", 0.5), ("C6", 1), ("A5", 1), ("G5", 2)], time_signature="4/4"
)
"""The linnet's own song: it begins the day, and comes back when the hawk is gone."""

TREASURE = linnet.Score.from_notes(
    [("C6", 0.25), ("E6", 0.25), ("G6", 0.25), ("C7", 0.75)], instrument="celesta"
)
"""Over the music, in its key, for every few seeds."""

ALONE, TOGETHER = ("right hand",), ("right hand", "left hand")
"""Who is heard: at first the melody alone; after some seeds its company, too."""

BUDGET = 0.0005
"""Seconds of a frame that composing may take, where 0.0167 are there; on average it takes a tenth of them."""

FPS = 60
HAWK_EVERY, HAWK_STAYS = 4000, 15.0  # pixels of flight; seconds
HEARTS, GOLDEN, COMPANY = 3, 5, 8  # that it has; each fifth seed; seeds after which it is not alone


class Music:
    """The song: a stream of notes without end. The rest of the game asks nothing else of linnet."""

    def __init__(self, model: linnet.Model, seed: int) -> None:
        self.model = model
        self.costs: deque[float] = deque(maxlen=10 * FPS)  # seconds a frame
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """A new day: its song, in the melody alone."""
        self.asked = CALM
        roles = ", ".join(TOGETHER)
        self.stream = self.model.stream(seed=seed, time_signature="4/4", roles=roles, **CALM)
        self.stream.layers(*ALONE, at="now")
        self.stream.prepare()  # for the loading screen: the first bars are there when the game begins
        self.stream.play(SONG, name="song")

    def advance(self, dt: float) -> list[linnet.DueNote]:
        """What is to be played in this frame. A game that pauses does not call it, and the music waits."""
        begin = time.perf_counter()
        notes = self.stream.advance(dt, budget=BUDGET)
        self.costs.append(time.perf_counter() - begin)
        return notes

    def follow(self, danger: bool) -> None:
        """A fright does not wait for the bar line: what is left of the bar after the next beat is made anew,
        within the budget of the next frames. Relief waits for the next bar.
        """
        self.asked = DANGER if danger else CALM
        self.stream.wish(**self.asked, at="beat" if danger else "bar")

    def company(self, parts: tuple[str, ...]) -> None:
        """Who is heard from the next bar line on; all of it is composed together, so who comes in fits."""
        self.stream.layers(*parts)

    def treasure(self) -> None:
        """A sting at the next beat, in the key and over the chord of the moment."""
        self.stream.sting(TREASURE, volume=0.8)

    def escape(self) -> None:
        """The song comes back, inside the music, which varies it then."""
        self.stream.play(SONG, name="song")

    def end(self) -> None:
        """Two bars more, to a close on the tonic."""
        self.stream.finish(bars=2)

    def restore(self, saved: bytes, danger: bool) -> None:
        """Goes on where `stream.save()` was called, to the note. What was wished for is in it."""
        stream = self.model.restore(saved)
        stream.prepare()
        self.stream, self.asked = stream, DANGER if danger else CALM


@dataclass
class World:
    """All that the game must remember beside its music; hills and seeds follow from seed and distance."""

    seed: int
    day: int = 1
    hearts: int = HEARTS
    safe: float = 0.0  # seconds for which the hawk cannot catch it again
    over: bool = False  # the day ends: it is in its nest, or has been caught too often
    distance: float = 0.0
    y: float = 200.0
    score: int = 0
    hawk: float = -1.0  # seconds since it came; below 0 it is away
    hawk_y: float = 0.0
    eaten: list[int] = field(default_factory=list)  # numbers of the last seeds

    @property
    def danger(self) -> bool:
        return self.hawk >= 0

    @property
    def speed(self) -> float:
        return 220 if self.danger else 150

    @property
    def hawk_x(self) -> float:
        """It crosses from right to left, again and again."""
        return WIDTH + 120 - self.hawk * 260 % (WIDTH + 240)

    @property
    def dawn(self) -> float:
        """How much of the way to the nest is behind it, 0 to 1."""
        return self.distance / DAY - self.day + 1

    def toggle_hawk(self) -> None:
        self.hawk, self.hawk_y = (-1.0, 0.0) if self.danger else (0.0, TOP)

    def seeds(self) -> dict[int, tuple[float, float]]:
        """Number and place of the seeds in sight that were not eaten."""
        places = {}
        for k in range(int(self.distance / 110), int(self.distance / 110) + 9):
            row = random.Random(f"{self.seed} seeds {k // 4}").uniform(TOP + 20, BOTTOM - 20)
            if k not in self.eaten:
                places[k] = (k * 110 - self.distance, row + 20 * math.sin(k))
        return places

    def fly(self, dt: float, climb: int) -> None:
        """So many seconds on; `climb` is 1, 0 or -1."""
        before = self.distance // HAWK_EVERY
        self.safe = max(self.safe - dt, 0.0)
        self.distance += self.speed * dt
        self.y = min(max(self.y - climb * 240 * dt, TOP), BOTTOM)
        for k, (x, y) in self.seeds().items():
            if math.hypot(x - BIRD_X, y - self.y) < 24:
                self.score += 1
                self.eaten = [*self.eaten, k][-8:]
        if self.danger:
            self.hawk += dt
            if self.hawk_x > BIRD_X:  # once it is past the bird it cannot turn
                self.hawk_y += (self.y - self.hawk_y) * min(1.5 * dt, 1)
            if math.hypot(self.hawk_x - BIRD_X, self.hawk_y - self.y) < 32 and self.safe <= 0:
                self.hearts, self.safe = self.hearts - 1, 2.0
            if self.hawk > HAWK_STAYS:
                self.toggle_hawk()
        elif self.distance // HAWK_EVERY > before:
            self.toggle_hawk()


class Game:
    """World and music together; it neither draws nor sounds, so it can be tried without a screen."""

    def __init__(self, model: linnet.Model, seed: int, savegame: Path) -> None:
        self.world = World(seed)
        self.music = Music(model, seed)
        self.savegame = savegame
        self.message, self.message_until = "", 0.0
        self.trail: deque[tuple[float, float, int]] = deque(maxlen=64)  # where notes began, length, pitch

    def update(self, dt: float, climb: int = 0) -> list[linnet.DueNote]:
        """One frame: the notes that begin in it."""
        world, music = self.world, self.music
        was, score = world.danger, world.score
        if not world.over:
            world.fly(dt, climb)
        if world.danger != was:
            self.turn()
        if world.score // GOLDEN > score // GOLDEN:
            music.treasure()
        if score < COMPANY <= world.score:
            music.company(TOGETHER)
        if not world.over and (world.hearts <= 0 or world.distance >= DAY * world.day):
            world.over = True
            self.tell(
                "home again: the day ends" if world.hearts > 0 else "caught: it sleeps, and tries again"
            )
            music.end()
        notes = music.advance(dt)
        if music.stream.done:
            self.wake()
        self.trail += [(self.world.distance, note.duration * self.world.speed, note.pitch) for note in notes]
        return notes

    def turn(self) -> None:
        """The hawk has come, or is gone."""
        danger = self.world.danger
        self.music.follow(danger)
        if danger or self.world.score >= COMPANY:
            self.music.company(TOGETHER)
        else:
            self.music.company(ALONE)
        if not danger and self.world.hearts == HEARTS:
            self.music.escape()

    def wake(self) -> None:
        """The next day, or this one again."""
        caught = self.world.hearts <= 0
        day = self.world.day + (not caught)
        self.world = World(
            self.world.seed + 1, day, distance=DAY * (day - 1.0), score=0 if caught else self.world.score
        )
        self.music.begin(self.world.seed)
        self.trail.clear()

    def press(self, key: int) -> None:
        if key == pygame.K_h:
            self.world.toggle_hawk()
            self.turn()
        elif key == pygame.K_F5:
            self.tell(self.save())
        elif key == pygame.K_F9:
            self.tell(self.load())

    def tell(self, message: str) -> None:
        self.message, self.message_until = message, time.monotonic() + 4
        print(message)

    def save(self) -> str:
        """One file for world and music, written whole or not at all; says how it went."""
        music = base64.b64encode(self.music.stream.save()).decode()
        part = self.savegame.with_name(self.savegame.name + ".part")
        try:
            part.write_text(json.dumps({"world": asdict(self.world), "music": music}))
            part.replace(self.savegame)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            return f"not saved: {self.savegame}: {error.strerror}"
        return f"saved {self.savegame}"

    def load(self) -> str:
        """Goes on with the saved game; where it cannot be read, the game that is played goes on."""
        try:
            saved = json.loads(self.savegame.read_text())
            world = World(**{each.name: each.type(saved["world"][each.name]) for each in fields(World)})
            self.music.restore(base64.b64decode(saved["music"]), world.danger)  # nothing has changed so far
        except OSError as error:
            return f"not loaded: {self.savegame}: {error.strerror}"
        except linnet.SnapshotError as error:
            return f"not loaded: {self.savegame}: {error}"
        except (ValueError, KeyError, TypeError):
            return f"not loaded: {self.savegame} is no saved game, or damaged"
        self.world = world
        self.trail.clear()
        return f"loaded {self.savegame}"


def main() -> None:
    parser = argparse.ArgumentParser(description="A linnet flies, and its song is made as it flies.")
    parser.add_argument("--seed", type=int, help="brings the same hills and the same song back")
    parser.add_argument("--savegame", type=Path, default="linnet-game.json", help="the file of F5 and F9")
    parser.add_argument("--frames", type=int, help="end after so many")
    args = parser.parse_args()
    seed = random.randrange(10_000) if args.seed is None else args.seed

    pygame.display.init()
    pygame.font.init()
    pygame.display.set_caption("linnet")
    screen = pygame.display.set_mode((WIDTH, HEIGHT), pygame.SCALED | pygame.RESIZABLE)
    picture = Picture()
    screen.blit(picture.font.render("the linnet tunes its throat …", True, (244, 236, 222)), (16, 12))
    pygame.display.flip()
    game, voice = Game(linnet.load("folk"), seed, args.savegame), open_voice()

    clock, frames, playing = pygame.time.Clock(), 0, True
    while playing and frames != args.frames:
        dt = min(clock.tick(FPS) / 1000, 0.1)  # a window that was dragged about must not make the bird leap
        for event in pygame.event.get():
            if event.type == pygame.QUIT or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE):
                playing = False
            elif event.type == pygame.KEYDOWN:
                game.press(event.key)
        keys = pygame.key.get_pressed()
        notes = game.update(dt, climb=keys[pygame.K_UP] - keys[pygame.K_DOWN])
        if voice is not None:
            voice.play(notes)
        picture.draw(screen, game, dt)
        pygame.display.flip()
        frames += 1
    stream = game.music.stream
    print(f"seed {seed}: {stream.seconds:.1f} s of music, {stream.repeated} bars repeated", flush=True)
    if voice is not None:
        voice.close()
        os._exit(0)
    pygame.quit()


if __name__ == "__main__":
    main()
