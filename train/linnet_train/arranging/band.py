"""A tune as a band plays it: sections, who plays in them, and a close."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from linnet.music.chord import Chord
from linnet.music.score import Notes, Score, TempoChange, TimeSignature, Track
from linnet.music.theory import QUALITIES
from linnet_train.arranging.bass import bass_line, root
from linnet_train.arranging.comping import comp, voicings
from linnet_train.arranging.drums import CRASH, KICK, Drummer, kicks
from linnet_train.arranging.ground import EIGHTH, LOUD, Ground, Row, Stretch
from linnet_train.arranging.styles import Style
from linnet_train.arranging.tune import TICKS, Tune

Player = str
"""`lead`, `second`, `chords`, `pad`, `bass` or `drums`."""

LEAD_CENTRE = {29: 69, 30: 69, 27: 69, 57: 62, 60: 64, 66: 66}
"""Mean pitch of a lead by program; 73 for others."""

PAD_CENTRE = 67


@dataclass(frozen=True, slots=True)
class Section:
    """Bars of the tune, and who plays them."""

    first: int
    bars: int
    players: frozenset[Player]


def arrange(tune: Tune, style: Style, drummer: Drummer, random: Random) -> Score:
    """The tune for lead, chords, bass and drums, at times with a second voice and a pad. It ends on its last
    chord, which all hold.
    """
    sections = _sections(tune, random)
    played, swing = drummer.play(style.drums, tune.meter, [each.bars for each in sections], random)
    parts: dict[Player, list[Row]] = {
        player: [] for player in ("lead", "second", "chords", "pad", "bass", "drums")
    }
    bass, comping = random.choice(style.basses), random.choice(style.comping)
    programs = {
        "lead": random.choice(style.lead),
        "second": random.choice(style.lead),
        "chords": random.choice(style.chords),
        "pad": random.choice(style.pad),
        "bass": random.choice(style.bass),
        "drums": 0,
    }
    shift = _octaves(tune, LEAD_CENTRE.get(programs["lead"], 73))
    bar, at = tune.bar, 0
    for section, drums in zip(sections, played, strict=True):
        chords = tune.chords[section.first * tune.beats : (section.first + section.bars) * tune.beats]
        ground = Ground(chords, tune.beat, bar, swing)
        lead = _lead(tune, section, shift, swing)
        louder = 6 if "pad" in section.players else 0
        own = {
            "lead": lead,
            "second": _second(lead, chords, tune.beat),
            "chords": comp(comping, ground, random),
            "pad": comp("hold", ground, random, centre=PAD_CENTRE, size=3),
            "bass": bass_line(bass, ground, [kicks(each) for each in drums]),
            "drums": [
                (i * bar + tick, 6, drum, velocity)
                for i, each in enumerate(drums)
                for tick, drum, velocity in each
            ],
        }
        if "drums" in section.players and at:
            own["drums"] += [(0, 6, CRASH, 100)]
        for player in section.players:
            parts[player] += [
                (at + on, length, pitch, min(127, velocity + louder))
                for on, length, pitch, velocity in own[player]
            ]
        at += section.bars * bar
    _close(parts, tune, at, shift)
    return _score(parts, programs, tune, at + bar, random.randint(*style.bpm), random)


def _sections(tune: Tune, random: Random) -> list[Section]:
    """Now and then an introduction, the tune, some bars without it, the tune again where there is room."""
    rhythm = frozenset({"bass", "chords", "drums"})
    with_lead = rhythm | {"lead"}
    full = with_lead | {"pad"} | ({"second"} if random.random() < 0.35 else set())
    found: list[Section] = []
    if random.random() < 0.5:
        first = random.choice(
            (
                rhythm,
                frozenset({"drums", "bass"}),
                frozenset({"chords", "pad"}),
                frozenset({"chords", "drums"}),
            )
        )
        found.append(Section(0, 4, first))
    half = tune.bars // 2 - tune.bars // 2 % 4
    if half and random.random() < 0.5:  # the others come in for the second half
        thin = random.choice((with_lead - {"chords"}, with_lead, with_lead - {"drums"}))
        found += [Section(0, half, thin), Section(half, tune.bars - half, random.choice((with_lead, full)))]
    else:
        found.append(Section(0, tune.bars, random.choice((with_lead, full))))
    if tune.bars <= 24:
        if random.random() < 0.3:
            found.append(
                Section(0, 4, random.choice((rhythm, rhythm | {"pad"}, frozenset({"drums", "bass"}))))
            )
        found.append(Section(0, tune.bars, full))
    return found


def _octaves(tune: Tune, centre: int) -> int:
    mean = sum(pitch for _, _, pitch in tune.notes) / len(tune.notes)
    return 12 * round((centre - mean) / 12)


def _lead(tune: Tune, section: Section, shift: int, swing: int) -> list[Row]:
    """The notes that begin in a section, its upbeat left out."""
    first, end = section.first * tune.bar, (section.first + section.bars) * tune.bar
    straight = not any(onset % EIGHTH for onset, _, _ in tune.notes)
    rows = []
    for onset, length, pitch in tune.notes:
        if first <= onset < end:
            late = swing if straight and onset % TICKS == EIGHTH else 0
            early = swing if straight and (onset + length) % TICKS == EIGHTH else 0
            loud = LOUD + (8 if onset % tune.bar == 0 else 0)
            rows.append((onset - first + late, min(length + early, end - onset) - late, pitch + shift, loud))
    return [row for row in rows if row[1] > 0]


def _second(lead: list[Row], chords: tuple[Chord, ...], beat: int) -> list[Row]:
    """A tone of the chord below each longer note of the lead."""
    rows = []
    for onset, length, pitch, _ in lead:
        chord = chords[onset // beat]
        tones = {(chord.root + tone) % 12 for tone in QUALITIES[chord.quality]}
        below = next((p for p in range(pitch - 3, pitch - 11, -1) if p % 12 in tones), None)
        if below is not None and length >= EIGHTH:
            rows.append((onset, length, below, LOUD - 14))
    return rows


def _close(parts: dict[Player, list[Row]], tune: Tune, at: int, shift: int) -> None:
    """A bar in which all hold the last chord of the tune, its root below."""
    last, length = tune.chords[-1], tune.bar
    top = tune.notes[-1][2] + shift
    tones = {(last.root + tone) % 12 for tone in QUALITIES[last.quality]}
    top = min(
        (p for p in range(top - 6, top + 7) if p % 12 in tones), key=lambda p: abs(p - top), default=top
    )
    parts["lead"].append((at, length, top, LOUD + 6))
    parts["bass"].append((at, length, root(last.root), LOUD + 6))
    chord = voicings([Stretch(0, length, last)])[0]
    parts["chords"] += [(at, length, pitch, LOUD) for pitch in chord]
    if parts["pad"]:
        parts["pad"] += [(at, length, pitch + 12, LOUD - 10) for pitch in chord[:3]]
    if parts["drums"]:
        parts["drums"] += [(at, 6, KICK, 104), (at, 6, CRASH, 104)]


def _score(
    parts: dict[Player, list[Row]],
    programs: dict[Player, int],
    tune: Tune,
    end: int,
    bpm: int,
    random: Random,
) -> Score:
    tracks = []
    for player, rows in parts.items():
        once = {
            (on, pitch): (on, length, pitch, max(1, min(127, velocity + random.randint(-4, 4))))
            for on, length, pitch, velocity in rows
        }
        if once:
            notes = Notes.of_rows(once.values())
            tracks.append(Track(notes, programs[player], is_drum=player == "drums", name=player))
    quarters = bpm * 3 / 2 if tune.meter == "6/8" and bpm < 100 else bpm
    return Score(
        TICKS,
        tuple(tracks),
        (TempoChange.at_bpm(0, quarters),),
        (TimeSignature.named(tune.meter),),
        end=end,
    )
