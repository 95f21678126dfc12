"""The parts of the C core that those who train and measure models build on; csrc/*.h has what each promises.

`Tracker` follows a piece token by token: the grammar, the rules and the features. `Piece` is one piece in the
making, `Loop` plays one or many with a network, `Rng` is the generator of random numbers and `sample` draws a
token from logits. `KnownRuns` is a filter of runs of notes, which `runs_of` finds and `add_runs` puts in.
`sources` tells the libraries of two machines apart.
"""

from linnet._core import (
    KnownRuns,
    Loop,
    Mark,
    Piece,
    Rng,
    Session,
    Tracker,
    add_runs,
    runs_of,
    sample,
    sources,
)

__all__ = [
    "KnownRuns",
    "Loop",
    "Mark",
    "Piece",
    "Rng",
    "Session",
    "Tracker",
    "add_runs",
    "runs_of",
    "sample",
    "sources",
]
