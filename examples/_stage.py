"""How examples/game.py looks and sounds: shapes and plucked strings, or a synthesizer where there is one."""

from __future__ import annotations

import colorsys
import math
import random
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

import pygame

import linnet
from linnet.synth import Synth
from linnet.synth.speaker import Speaker

if TYPE_CHECKING:
    from game import Game, World

WIDTH, HEIGHT = 800, 450
BIRD_X, TOP, BOTTOM = 420, 50, 330
"""Where the bird is, and how high and low it flies."""

DAY = 12000
"""Pixels from the morning to the nest."""

Colour = tuple[int, int, int]


# ---- heard ------------------------------------------------------------------------------------------------


class Voice:
    """The song as sound: a synthesizer, and a loudspeaker that takes from it in a thread of its own."""

    def __init__(self) -> None:
        self.synth = Synth(programs=[0, 8, 21])
        self.speaker = Speaker(self.synth.render, rate=self.synth.rate)

    def play(self, notes: list[linnet.DueNote]) -> None:
        self.synth.play(notes)

    def close(self) -> None:
        """Ends the sound. SDL's device is left to the end of the process: to close it while it asks for sound
        has kept programs waiting for ever.
        """
        self.speaker.ahead.close()


def open_voice() -> Voice | None:
    """None where there is no loudspeaker: the song is also seen."""
    try:
        return Voice()
    except linnet.LinnetError as error:
        print(error)
        return None


# ---- seen -------------------------------------------------------------------------------------------------


class Plumage(NamedTuple):
    """What a bird looks like."""

    body: Colour
    back: Colour
    breast: Colour
    wing: float
    size: float
    """Below 0 it looks to the left."""


LINNET = Plumage(body=(164, 118, 86), back=(112, 74, 52), breast=(214, 58, 66), wing=15, size=1.2)
HAWK = Plumage(body=(52, 38, 40), back=(30, 20, 24), breast=(112, 84, 70), wing=30, size=-2.5)


class Picture:
    """Draws the game, with nothing but shapes."""

    def __init__(self) -> None:
        self.font = pygame.font.Font(None, 22)
        self.calm = self._sky((24, 34, 78), (236, 150, 112), sun=(255, 214, 150))
        self.danger = self._sky((14, 8, 26), (138, 34, 40), sun=(196, 60, 50))
        self.glow = pygame.Surface((WIDTH, HEIGHT), pygame.SRCALPHA)
        self.alarm = 0.0  # 0 calm .. 1 danger

    def draw(self, surface: pygame.Surface, game: Game, dt: float) -> None:
        world = game.world
        self.alarm += (world.danger - self.alarm) * min(3 * dt, 1)
        surface.blit(self.calm, (0, 0))
        self.danger.set_alpha(round(255 * self.alarm))
        surface.blit(self.danger, (0, 0))
        self._hills(surface, world)
        self._song(surface, game)
        for number, (x, y) in world.seeds().items():
            golden = number % 5 == 0
            pygame.draw.circle(
                surface, (255, 236, 150) if golden else (250, 214, 110), (x, y), 8 if golden else 5
            )
        self._nest(surface, world)
        if world.danger:
            self._bird(surface, world.hawk_x, world.hawk_y, world.hawk * 6, HAWK)
        self._bird(surface, BIRD_X, world.y, world.distance / 14, LINNET)
        self._words(surface, game)

    def _sky(self, top: Colour, bottom: Colour, sun: Colour) -> pygame.Surface:
        sky = pygame.Surface((WIDTH, HEIGHT))
        for y in range(HEIGHT):
            pygame.draw.line(sky, pygame.Color(top).lerp(bottom, min(y / 340, 1)), (0, y), (WIDTH, y))
        pygame.draw.circle(sky, sun, (640, 290), 44)
        return sky.convert()

    def _hills(self, surface: pygame.Surface, world: World) -> None:
        for depth, (near, base) in enumerate(((0.15, 330), (0.4, 365), (1.0, 400))):
            phases = random.Random(f"{world.seed} hills {depth}")
            waves = [(phases.uniform(90, 260), phases.uniform(0, 7), phases.uniform(6, 22)) for _ in range(3)]
            far = world.distance * near
            line = [
                (x, base + sum(high * math.sin((x + far) / long + turn) for long, turn, high in waves))
                for x in range(0, WIDTH + 10, 10)
            ]
            colour = pygame.Color(62, 74, 104).lerp((16, 24, 34), depth / 2)
            colour = colour.lerp((24, 10, 18), 0.7 * self.alarm)
            pygame.draw.polygon(surface, colour, [(0, HEIGHT), *line, (WIDTH, HEIGHT)])

    def _song(self, surface: pygame.Surface, game: Game) -> None:
        """A ring around the bird for a note that begins, and the note behind it: its height is its pitch."""
        self.glow.fill((0, 0, 0, 0))
        for begun, length, pitch in game.trail:
            travelled = game.world.distance - begun
            colour = [round(255 * part) for part in colorsys.hsv_to_rgb(pitch % 12 / 12, 0.4, 1)]
            fade = max(1 - travelled / BIRD_X, 0)
            pill = pygame.Rect(BIRD_X - travelled, TOP + (92 - pitch) * 7, min(length, travelled) + 6, 8)
            pygame.draw.rect(self.glow, (*colour, round(240 * fade)), pill, border_radius=4)
            if travelled < 70:
                ring = (*colour, round(200 * (1 - travelled / 70)))
                pygame.draw.circle(self.glow, ring, (BIRD_X, game.world.y), 18 + travelled * 0.7, 3)
        surface.blit(self.glow, (0, 0))

    def _nest(self, surface: pygame.Surface, world: World) -> None:
        """Where the day ends; and how far it is, as a line of light along the top."""
        x = BIRD_X + DAY * world.day - world.distance
        if x < WIDTH + 60:
            for row, width in enumerate((64, 52, 36)):
                rect = pygame.Rect(x - width / 2, BOTTOM - 4 + row * 8, width, 12)
                pygame.draw.ellipse(surface, (112 - 18 * row, 84 - 14 * row, 50 - 8 * row), rect)
        pygame.draw.rect(surface, (90, 80, 100), pygame.Rect(WIDTH - 216, 16, 200, 4), border_radius=2)
        done = round(200 * min(max(world.dawn, 0), 1))
        pygame.draw.rect(surface, (250, 214, 110), pygame.Rect(WIDTH - 216, 16, done, 4), border_radius=2)

    def _bird(self, surface: pygame.Surface, x: float, y: float, flap: float, kind: Plumage) -> None:
        def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
            return [(x + kind.size * right, y + abs(kind.size) * down) for right, down in points]

        tip = -2 - kind.wing * math.sin(flap)
        pygame.draw.polygon(surface, kind.body, at((-10, 0), (-27, -5), (-25, 4)))  # tail
        pygame.draw.polygon(surface, kind.body, at((-14, 0), (-2, -8), (14, -8), (17, 0), (6, 8), (-4, 7)))
        pygame.draw.circle(surface, kind.body, at((14, -4))[0], 7 * abs(kind.size))
        pygame.draw.polygon(surface, kind.breast, at((3, 2), (17, 0), (10, 7), (1, 7)))
        pygame.draw.polygon(surface, (236, 190, 90), at((20, -6), (25, -2), (20, -1)))  # beak
        pygame.draw.circle(surface, (250, 250, 240), at((16, -6))[0], 1.5 * abs(kind.size))
        pygame.draw.polygon(surface, kind.back, at((-8, -2), (8, -3), (-7, tip), (-13, tip)))

    def _words(self, surface: pygame.Surface, game: Game) -> None:
        asked, stream, costs = game.music.asked, game.music.stream, game.music.costs
        cost = 1000 * statistics.fmean(costs) if costs else 0
        world = game.world
        state = f"{asked['key']}, {asked['bpm']} bpm, density {asked['density']}"
        played = f"heard {stream.seconds:.0f} s, {stream.repeated} bars repeated, {cost:.2f} ms a frame"
        keys = "up, down: fly to the nest     H: hawk     F5: save     F9: load"
        lines = {
            12: f"day {world.day}     seeds {world.score}     hearts {'o ' * max(world.hearts, 0)}",
            HEIGHT - 46: f"{'danger' if world.danger else 'calm'}: {state}     {played}",
            HEIGHT - 24: f"{keys}     seed {world.seed}",
        }
        if time.monotonic() < game.message_until:
            lines[36] = game.message
        for y, text in lines.items():
            surface.blit(self.font.render(text, True, (244, 236, 222)), (16, y))
