"""The smallest SoundFont: one looped sine wave, in every program and in the drum kit (SoundFont 2.04)."""

import math
import struct


def sine_font() -> bytes:
    """The bytes of an .sf2 file. Key 69 sounds at 440 Hz, from its first frame to its release."""
    cycle = 100  # frames, at 44,000 a second
    wave = [round(30000 * math.sin(2 * math.pi * i / cycle)) for i in range(40 * cycle)] + [0] * 46
    names = [*((f"Sine {i}", i, 0) for i in range(128)), ("Drums", 0, 128)]
    presets = [
        struct.pack("<20sHHHIII", name.encode(), i, bank, k, 0, 0, 0)
        for k, (name, i, bank) in enumerate(names)
    ]
    presets.append(struct.pack("<20sHHHIII", b"EOP", 0, 0, len(names), 0, 0, 0))
    sample = struct.pack(
        "<20sIIIIIBbHH", b"Sine", 0, 40 * cycle, 10 * cycle, 30 * cycle, 44000, 69, 0, 0, 1
    )  # fmt: skip
    end = struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    loop, last = (54, 1), (53, 0)  # generators sampleModes and sampleID; 41 is instrument
    data = {
        b"phdr": b"".join(presets),
        b"pbag": b"".join(struct.pack("<HH", k, 0) for k in range(len(names) + 1)),
        b"pmod": bytes(10),
        b"pgen": struct.pack("<HH", 41, 0) * len(names) + bytes(4),
        b"inst": struct.pack("<20sH", b"Sine", 0) + struct.pack("<20sH", b"EOI", 1),
        b"ibag": struct.pack("<HHHH", 0, 0, 2, 0),
        b"imod": bytes(10),
        b"igen": struct.pack("<HHHH", *loop, *last) + bytes(4),
        b"shdr": sample + end,
    }
    information = (
        _chunk(b"ifil", struct.pack("<HH", 2, 1))
        + _chunk(b"isng", b"EMU8000\0")
        + _chunk(b"INAM", b"Sine\0\0")
    )
    return _chunk(
        b"RIFF",
        b"sfbk"
        + _chunk(b"LIST", b"INFO" + information)
        + _chunk(b"LIST", b"sdta" + _chunk(b"smpl", struct.pack(f"<{len(wave)}h", *wave)))
        + _chunk(b"LIST", b"pdta" + b"".join(_chunk(name, content) for name, content in data.items())),
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
