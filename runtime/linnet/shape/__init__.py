"""Shaping: small pure functions from a score to a score, for any MIDI file.

from linnet import Score, shape

score = Score.open("in.mid")
score = shape.snap(score, scale="D dorian")
score = shape.swing(score, strength=0.6)
score = shape.humanise(score, strength=0.5, seed=7)
score.save("out.mid")

Each takes a `strength` from 0, which gives back the very same score, to 1. Tracks, programs, names and texts
stay what they are, and drums keep their pitches. Chance needs a seed and nothing else: the same seed gives
the same notes. What is not said to change stays: notes are taken away by `thin`, and by `repair` where one is
struck twice at once; they are added by `thicken` and `close`.

ValueError says which argument is out of range: a strength outside 0 to 1, a grid, a scale or a range that is
none, a number of bars below 1.

Used together they make sense in the order in which a score becomes a performance, the order of `__all__`:
first what is written, then how it is played.

Numbers are rounded to whole ticks after additions, products, quotients and square roots of 64-bit floats,
which are the same on every CPU. Only which key `close` takes a piece to be in, unless it is told, rests on
more (correlations by numpy).
"""

from linnet.shape.articulation import legato, repair
from linnet.shape.density import thicken, thin
from linnet.shape.dynamics import smooth
from linnet.shape.ending import close
from linnet.shape.human import humanise
from linnet.shape.pitches import fold, snap
from linnet.shape.tempo import ritardando, rubato
from linnet.shape.timing import quantise, swing

__all__ = [
    "quantise",
    "snap",
    "fold",
    "repair",
    "thin",
    "thicken",
    "close",
    "swing",
    "legato",
    "smooth",
    "humanise",
    "rubato",
    "ritardando",
]
