"""What there is instead of options and commands that people look for."""

from __future__ import annotations

__all__ = ["COMMANDS", "ELSEWHERE", "OPTIONS"]

_SHAPED = "linnet shape does that to any MIDI file, such as --swing 0.6 --humanise 0.5"
_TEMPO = "--bpm 110 is the tempo, in quarter notes a minute"
_LOUD = (
    "how loud is played follows --mood: calm is soft, excited is loud; linnet shape --smooth evens a file out"
)
_CHORDS = (
    "--chords 'C Am F G7' spells them out, for models that have learnt it; --key or --scale choose the "
    "notes, --texture 4 lets about four sound together"
)
_LENGTH = "--bars 32 is the length, or --seconds 60"
_METER = "--time-signature 6/8 is the meter"
_STYLE = "--style leans to one of the collections that a model learnt from; linnet info MODEL lists them"
_WHO = "--instrument harp says who plays, --programs violin,cello what a band may play"
_VOICES = (
    "--polyphony 1 keeps to a single voice; how many tracks there are is the model's, see linnet info, or "
    "--roles lead,bass,drums says who plays, for models that have learnt it"
)
_PITCH = "--range C4 C6 holds the notes between two pitches; --register 1 to 5 leans low or high"
_WORDS = "linnet takes no words; --mood, --key, --style and --density say what the music is to be like"
_PRIMER = "linnet continue FILE goes on from a MIDI file"
_COUNT = "--count 8 makes so many pieces, into a folder"
_SOUND = (
    "the name says what is written: -o tune.wav for sound, .pdf or .musicxml for sheet music, .svg for a "
    "picture"
)

OPTIONS = {
    **dict.fromkeys(("tempo", "speed", "pace"), _TEMPO),
    **dict.fromkeys(("velocity", "velocities", "volume", "dynamics", "loud"), _LOUD),
    **dict.fromkeys(("chord", "progression", "harmony"), _CHORDS),
    **dict.fromkeys(("length", "duration", "measures"), _LENGTH),
    **dict.fromkeys(("meter", "metre", "time", "signature"), _METER),
    **dict.fromkeys(("genre", "artist", "composer", "like"), _STYLE),
    **dict.fromkeys(("program", "patch", "sound"), _WHO),
    **dict.fromkeys(("voices", "tracks", "parts"), _VOICES),
    **dict.fromkeys(("octave", "pitch", "pitches", "transpose"), _PITCH),
    **dict.fromkeys(("prompt", "text", "lyrics", "words"), _WORDS),
    **dict.fromkeys(("primer", "input", "midi", "melody"), _PRIMER),
    **dict.fromkeys(("number", "num", "n", "samples", "variations", "pieces"), _COUNT),
    **dict.fromkeys(("wav", "mp3", "audio", "musicxml", "pdf", "sheet"), _SOUND),
    **dict.fromkeys(
        ("device", "gpu", "cuda", "cpu"), "music is made on the CPU; linnet doctor says how fast"
    ),
    "model": "the model's name comes first: linnet generate folk",
    "no-drums": "--drums '' silences the drums",
    "random-seed": "--seed 7 brings the same notes back",
    "out": "-o FILE is the file to write",
    "mode": "--key 'A minor' or --scale 'D dorian' has the mode",
    "humanize": _SHAPED,
    "quantize": _SHAPED,
}
"""In place of options of `linnet generate`, by their names without hyphens."""

ELSEWHERE = {name: f"in linnet generate, {text}" for name, text in OPTIONS.items()}
"""Likewise for commands that make no new music."""

COMMANDS = {
    **dict.fromkeys(("compose", "create", "make", "new", "gen", "sample", "improvise"), "generate"),
    **dict.fromkeys(("extend", "complete"), "continue"),
    **dict.fromkeys(("harmonise", "harmonize", "accompany"), "add"),
    **dict.fromkeys(("inpaint", "infill", "replace"), "fill"),
    **dict.fromkeys(("respond", "reply"), "answer"),
    **dict.fromkeys(("variations", "variation"), "vary"),
    **dict.fromkeys(("describe", "list", "models", "about", "inspect", "analyse", "analyze"), "info"),
    **dict.fromkeys(("view", "draw", "plot", "picture", "roll"), "show"),
    **dict.fromkeys(("edit", "transform", "humanize", "humanise", "quantize", "quantise"), "shape"),
    **dict.fromkeys(("convert", "synth", "synthesize", "wav", "musicxml"), "render"),
    **dict.fromkeys(("listen", "hear", "live", "stream"), "play"),
    **dict.fromkeys(("exercise", "exercises", "teach", "lesson", "worksheet"), "practice"),
    **dict.fromkeys(("interpolate", "blend", "mix"), "morph"),
    **dict.fromkeys(("check", "diagnose", "benchmark", "test"), "doctor"),
    **dict.fromkeys(("train", "fit", "prepare", "evaluate"), "that is for linnet-train: linnet-train --help"),
    "export": "that is for linnet-export: linnet-export --help",
    "help": "linnet --help lists the commands, linnet COMMAND --help the options of one",
    "version": "linnet --version",
}
"""Other words for the commands, or what to do instead."""
