"""How examples/game.py looks and sounds: shapes and plucked strings, or a synthesizer where there is one."""

from __future__ import annotations

import colorsys
import contextlib
import math
import random
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pygame
import pygame.midi

import linnet

if TYPE_CHECKING:
    from game import Game, World

WIDTH, HEIGHT = 800, 450
BIRD_X, TOP, BOTTOM = 420, 50, 330
"""Where the bird is, and how high and low it flies."""

Colour = tuple[int, int, int]


# ---- heard ------------------------------------------------------------------------------------------------


class Synthesizer:
    """Notes for a MIDI port. It must be told when they end."""

    def __init__(self, port: int) -> None:
        self.out = pygame.midi.Output(port)
        self.channels: dict[int, int] = {}  # of a program
        self.sounding: list[list] = []  # seconds left, pitch, channel

    def play(self, notes: list[linnet.DueNote], dt: float) -> None:
        for ending in self.sounding:
            ending[0] -= dt
        # What ends within this frame ends before its notes begin, so that none of them is cut off.
        for _, pitch, channel in [ending for ending in self.sounding if ending[0] <= dt]:
            self.out.note_off(pitch, 0, channel)
        self.sounding = [ending for ending in self.sounding if ending[0] > dt]
        for note in notes:
            channel = 9 if note.is_drum else self._channel(note.program)
            self.out.note_on(note.pitch, note.velocity, channel)
            self.sounding.append([note.onset + note.duration, note.pitch, channel])

    def _channel(self, program: int) -> int:
        if program not in self.channels:
            self.channels[program] = len(self.channels) % 9
            self.out.set_instrument(program, self.channels[program])
        return self.channels[program]

    def close(self) -> None:
        for _, pitch, channel in self.sounding:
            self.out.note_off(pitch, 0, channel)
        self.out.close()


class Strings:
    """A plucked string for each pitch, where there is no synthesizer. It fades by itself, as a harp does."""

    RATE = 44100

    def __init__(self) -> None:
        pygame.mixer.init(self.RATE, -16, 1, 512, allowedchanges=0)
        pygame.mixer.set_num_channels(24)
        self.sounds = {pitch: self._pluck(pitch) for pitch in range(40, 100)}

    def play(self, notes: list[linnet.DueNote], dt: float) -> None:
        for note in notes:  # all at once: within a frame nobody hears which came first
            if not note.is_drum and note.pitch in self.sounds:
                channel = self.sounds[note.pitch].play()
                if channel is not None:
                    channel.set_volume(note.velocity / 127)

    def _pluck(self, pitch: int) -> pygame.mixer.Sound:
        seconds = np.arange(int(1.2 * self.RATE)) / self.RATE
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        wave = sum(
            np.sin(2 * np.pi * k * frequency * seconds) * np.exp(-seconds * (3 + 2 * k)) / k**1.3
            for k in range(1, 7)
            if k * frequency < self.RATE / 2
        )
        wave *= np.minimum(seconds / 0.004, 1) * np.minimum((1.2 - seconds) / 0.05, 1)  # no clicks
        return pygame.mixer.Sound(np.int16(wave * 6000))

    def close(self) -> None:
        pygame.mixer.quit()


def open_voice() -> Synthesizer | Strings | None:
    """A synthesizer if the system has one, else strings of our own, else none: the song is also seen."""
    with contextlib.suppress(pygame.midi.MidiException):
        pygame.midi.init()
        for port in range(pygame.midi.get_count()):
            _, name, _, is_output, is_open = pygame.midi.get_device_info(port)
            # Linux always has a port that only leads to other programs' inputs.
            if is_output and not is_open and b"through" not in name.lower():
                return Synthesizer(port)
    with contextlib.suppress(pygame.error):
        return Strings()
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
        for x, y in world.seeds().values():
            pygame.draw.circle(surface, (250, 214, 110), (x, y), 5)
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
        lines = {
            12: f"seeds {game.world.score}",
            HEIGHT - 46: f"{'danger' if game.world.danger else 'calm'}: {asked['key']}, {asked['bpm']} bpm, "
            f"density {asked['density']}     heard {stream.seconds:.0f} s, {stream.repeated} bars repeated, "
            f"{cost:.2f} ms a frame",
            HEIGHT - 24: f"up, down: fly     H: hawk     F5: save     F9: load     seed {game.world.seed}",
        }
        if time.monotonic() < game.message_until:
            lines[36] = game.message
        for y, text in lines.items():
            surface.blit(self.font.render(text, True, (244, 236, 222)), (16, y))
