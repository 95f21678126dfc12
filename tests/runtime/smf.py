"""Small MIDI files from hex, so that a test shows every byte that matters."""

from linnet import midi
from linnet.music.score import Note

NOTE = "00 903c50 60 803c40 "  # middle C for 96 ticks, velocity 80
C = Note(0, 96, 60, 80)


def smf(*tracks: str, division: int = 96, format: int = 1, promised: int | None = None) -> bytes:
    """A MIDI file of these tracks, given as hex without remarks; an end of track is added to each."""
    count = len(tracks) if promised is None else promised
    header = b"MThd" + (6).to_bytes(4, "big")
    header += b"".join(number.to_bytes(2, "big") for number in (format, count, division))
    return header + b"".join(chunk(track + " 00 ff2f00") for track in tracks)


def chunk(content: str, *, name: bytes = b"MTrk", length: int | None = None) -> bytes:
    """One chunk, by default with its true length."""
    body = bytes.fromhex(content)
    return name + (len(body) if length is None else length).to_bytes(4, "big") + body


def notes_of(*tracks: str, **header: int) -> list[Note]:
    """What linnet makes of such a file."""
    return list(midi.loads(smf(*tracks, **header)).notes)
