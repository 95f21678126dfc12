"""Names of the programs and drums of General MIDI (MIDI Association, GM System Level 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = """
Acoustic Grand Piano, Bright Acoustic Piano, Electric Grand Piano, Honky-tonk Piano, Electric Piano 1,
Electric Piano 2, Harpsichord, Clavinet, Celesta, Glockenspiel, Music Box, Vibraphone, Marimba,
Xylophone, Tubular Bells, Dulcimer, Drawbar Organ, Percussive Organ, Rock Organ, Church Organ, Reed
Organ, Accordion, Harmonica, Tango Accordion, Nylon Guitar, Steel Guitar, Jazz Guitar, Clean Electric
Guitar, Muted Guitar, Overdriven Guitar, Distortion Guitar, Guitar Harmonics, Acoustic Bass, Fingered
Bass, Picked Bass, Fretless Bass, Slap Bass 1, Slap Bass 2, Synth Bass 1, Synth Bass 2, Violin, Viola,
Cello, Contrabass, Tremolo Strings, Pizzicato Strings, Orchestral Harp, Timpani, String Ensemble 1,
String Ensemble 2, Synth Strings 1, Synth Strings 2, Choir Aahs, Voice Oohs, Synth Voice, Orchestra Hit,
Trumpet, Trombone, Tuba, Muted Trumpet, French Horn, Brass Section, Synth Brass 1, Synth Brass 2,
Soprano Sax, Alto Sax, Tenor Sax, Baritone Sax, Oboe, English Horn, Bassoon, Clarinet, Piccolo, Flute,
Recorder, Pan Flute, Blown Bottle, Shakuhachi, Whistle, Ocarina, Square Lead, Sawtooth Lead, Calliope
Lead, Chiff Lead, Charang Lead, Voice Lead, Fifths Lead, Bass and Lead, New Age Pad, Warm Pad, Polysynth
Pad, Choir Pad, Bowed Pad, Metallic Pad, Halo Pad, Sweep Pad, Rain, Soundtrack, Crystal, Atmosphere,
Brightness, Goblins, Echoes, Sci-fi, Sitar, Banjo, Shamisen, Koto, Kalimba, Bagpipe, Fiddle, Shanai,
Tinkle Bell, Agogo, Steel Drums, Woodblock, Taiko Drum, Melodic Tom, Synth Drum, Reverse Cymbal, Guitar
Fret Noise, Breath Noise, Seashore, Bird Tweet, Telephone Ring, Helicopter, Applause, Gunshot
"""

PROGRAMS = tuple(" ".join(name.split()) for name in _NAMES.split(","))

_EVERYDAY = {
    "piano": 0, "electric piano": 4, "organ": 19, "guitar": 24, "electric guitar": 27, "bass": 33,
    "double bass": 43, "harp": 46, "strings": 48, "choir": 52, "horn": 60, "brass": 61, "sax": 66,
    "saxophone": 66, "synth": 81,
}  # fmt: skip
"""What people call an instrument of which General MIDI has several, or none of this name."""


def program_number(name: str | int) -> int:
    """The program (0..127) of a number, or of a name such as `violin`, `Church Organ` or `harp`.

    Upper and lower case are the same. Part of a name will do where only one program has it.

    Raises:
        ValueError: For a number out of range, and for a name that no program has, or several have.
    """
    if isinstance(name, int) or name.strip().isdigit():
        if not 0 <= int(name) < len(PROGRAMS):
            raise ValueError(f"a program must be between 0 and {len(PROGRAMS) - 1}, got {name}")
        return int(name)
    wanted = " ".join(name.lower().split())
    names = [program.lower() for program in PROGRAMS]
    if wanted in names:
        return names.index(wanted)
    if wanted in _EVERYDAY:
        return _EVERYDAY[wanted]
    from difflib import get_close_matches  # here, because few names come as far

    found = [number for number, program in enumerate(names) if wanted and f" {wanted} " in f" {program} "]
    if len(found) == 1:
        return found[0]
    near = [PROGRAMS[number] for number in found] or [
        PROGRAMS[names.index(each)] if each in names else each
        for each in get_close_matches(wanted, [*names, *_EVERYDAY], 3, 0.5)
    ]
    hint = f" ({'one of' if found else 'perhaps'} {', '.join(near)}?)" if near else ""
    raise ValueError(f"a program must be between 0 and 127 or a name of General MIDI{hint}, got {name!r}")


def program_numbers(names: str | int | Sequence[str | int]) -> tuple[int, ...]:
    """The programs of some names or numbers, or of a line such as `strings, harp`; at least one.

    `ValueError` as from `program_number`.
    """
    if isinstance(names, str):
        names = [name for name in names.split(",") if name.strip()]
    found = tuple(map(program_number, (names,) if isinstance(names, int) else names))
    if not found:
        raise ValueError("an instrument must be between 0 and 127 or a name of General MIDI, got none")
    return found


_DRUM_NAMES = """
High Q, Slap, Scratch push, Scratch pull, Sticks, Square click, Metronome, Metronome bell, Kick 2, Kick,
Side stick, Snare, Clap, Snare 2, Low floor tom, Closed hat, High floor tom, Pedal hat, Low tom, Open hat,
Low-mid tom, High-mid tom, Crash, High tom, Ride, China, Ride bell, Tambourine, Splash, Cowbell, Crash 2,
Vibraslap, Ride 2, High bongo, Low bongo, Mute conga, Open conga, Low conga, High timbale, Low timbale,
High agogo, Low agogo, Cabasa, Maracas, Short whistle, Long whistle, Short guiro, Long guiro, Claves,
High woodblock, Low woodblock, Mute cuica, Open cuica, Mute triangle, Open triangle, Shaker, Jingle bell,
Bell tree, Castanets, Mute surdo, Open surdo
"""

DRUMS = {27 + i: " ".join(name.split()) for i, name in enumerate(_DRUM_NAMES.split(","))}
"""Short names of the drums by pitch, 27..87 (General MIDI 2, whose 35..81 are those of General MIDI 1)."""

DRUM_FAMILIES = {
    "Kick": (35, 36),
    "Snare": (37, 38, 39, 40),
    "Toms": (41, 43, 45, 47, 48, 50),
    "Hi-hat": (42, 44, 46),
    "Cymbals": (49, 51, 52, 53, 55, 57, 59),
}
"""The drums of a kit, in fewer words, from the lowest; all others are percussion."""

_DRUMS_BY_NAME = {
    **{name.lower(): (number,) for number, name in DRUMS.items()},
    **{name.lower(): drums for name, drums in DRUM_FAMILIES.items()},
    "tom": DRUM_FAMILIES["Toms"],
    "hi-hats": DRUM_FAMILIES["Hi-hat"],
    "hat": DRUM_FAMILIES["Hi-hat"],
}


def drum_numbers(name: str | int) -> tuple[int, ...]:
    """The drums (27..87) of a number, or of a name such as `Side stick`; some have several.

    Kick, snare, toms, hi-hat and cymbals are those of DRUM_FAMILIES. Upper and lower case are the same.

    Raises:
        ValueError: For a number out of range, and for a name that no drum has.
    """
    bounds = f"between {min(DRUMS)} and {max(DRUMS)}"
    if isinstance(name, int) or name.strip().isdigit():
        if int(name) not in DRUMS:
            raise ValueError(f"a drum must be {bounds}, got {name}")
        return (int(name),)
    wanted = " ".join(name.lower().split())
    if wanted not in _DRUMS_BY_NAME:
        from difflib import get_close_matches

        near = get_close_matches(wanted, _DRUMS_BY_NAME, 3, 0.5)
        hint = f" (perhaps {', '.join(near)}?)" if near else ""
        raise ValueError(f"a drum must be {bounds} or a name of General MIDI{hint}, got {name!r}")
    return _DRUMS_BY_NAME[wanted]
