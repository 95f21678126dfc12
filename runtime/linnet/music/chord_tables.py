"""What is usual in harmony, in numbers: the notes of a chord, its bass, the chords of a key, how roots move.

Begun from counts over half of the lead sheets that `benchmarks.music.chords` measures on, rounded, and
completed by the book where they are few (minor keys, diminished chords). Rows are weights, not probabilities.
Chords stand in the order of QUALITIES, pitch classes count from the root or the tonic.
"""

__all__ = [
    "BASSES",
    "CAUTION",
    "CAUTION_CHORDS",
    "CAUTION_LINE",
    "IN_MAJOR",
    "IN_MINOR",
    "KINDS",
    "MAJOR_KEY",
    "MINOR_KEY",
    "MOTION",
    "NOTES",
    "NO_CHORD",
]

# fmt: off
NOTES = (
    ( .31, .002, .043, .003,  .25, .012, .006, .275, .006, .065, .005, .025),  # major
    ( .28, .005,  .04,  .25,  .01,  .05,  .01, .265, .015,  .03, .035, .012),  # minor
    (  .3, .005,  .06, .005,  .28,  .01,  .02,  .02,  .26,  .02,  .01,  .01),  # augmented
    ( .22, .002,  .06, .003,  .27,  .01,  .01,  .22, .004,  .04, .002,  .16),  # major seventh
    ( .22, .004,  .05,  .23, .004,  .06, .004,  .23, .006,  .02,  .17, .004),  # minor seventh
    (.255, .008,  .07, .003,  .19, .022, .006,  .25,  .01, .055, .135, .004),  # dominant seventh
    ( .29, .015,  .04,  .29, .005,  .03,  .27, .005,  .03,  .02,  .01,  .01),  # diminished
    (  .2,  .01,  .02,  .25, .003,  .04,  .25, .004,  .03,  .01,  .19, .003),  # half-diminished
    ( .22,  .01,  .02,  .23, .005,  .02,  .23, .005,  .02,  .23, .005,  .01),  # diminished seventh
)
"""How much of the time of a melody falls on each note above the root of its chord."""

BASSES = (
    ( .58, .002,  .02, .003,  .22,  .02, .003,  .13, .003,  .02,  .01,  .01),  # major
    ( .60, .002,  .02,  .21, .003,  .02, .003,  .12,  .01,  .01, .015,  .01),  # minor
    ( .55,  .01,  .02,  .01,  .22,  .01,  .01,  .02,  .14,  .01,  .01,  .01),  # augmented
    ( .68, .003,  .01, .003,  .15,  .01, .003,  .08, .003,  .01, .003,  .05),  # major seventh
    ( .58, .003,  .01,  .18, .003,  .02, .003,  .10, .003,  .01,  .10, .003),  # minor seventh
    ( .54, .003,  .02, .003,  .19,  .02, .003,  .11, .003,  .01,  .13, .003),  # dominant seventh
    ( .34,  .01,  .01,  .46, .005,  .02,  .16, .005,  .01,  .01,  .01,  .01),  # diminished
    ( .42, .003,  .01,  .26, .003,  .01,  .14, .003,  .01,  .01,  .15, .003),  # half-diminished
    ( .34,  .01,  .01,  .22, .005,  .01,  .22, .005,  .01,  .22, .005,  .01),  # diminished seventh
)
"""How often each note above the root is in the bass."""

IN_MAJOR = (
    (  33,  .03,    1,   .2,   .5,   12,  .03,   10,   .2,   .4,    1,  .03),  # major
    (  .2,  .03,    5,  .03,    2,   .6,  .03,   .3,  .03,    7,  .03,   .1),  # minor
    (  .2,  .01,  .01,  .01,  .01,  .01,  .01,   .3,  .01,  .01,  .01,  .01),  # augmented
    (  .5,  .01,  .01,  .01,  .01,   .3,  .01,  .01,  .01,  .01,  .01,  .01),  # major seventh
    ( .03,  .03,  2.5,  .03,   .3,  .03,  .03,  .03,  .03,   .8,  .03,  .03),  # minor seventh
    ( 1.5,  .03,    3,  .03,  1.5,   .2,  .03,   15,   .2,  1.5,   .2,   .3),  # dominant seventh
    ( .01,  .01,   .1,  .01,  .01,  .01,   .2,  .01,  .01,  .01,  .01,   .8),  # diminished
    ( .01,  .01,   .2,  .01,  .01,  .01,  .15,  .01,  .01,  .01,  .01,   .3),  # half-diminished
    ( .01,   .2,  .01,  .01,  .01,  .01,   .2,  .01,  .15,  .01,  .01,   .2),  # diminished seventh
)
"""How usual chords are on each semitone above the tonic of a major key."""

IN_MINOR = (
    (  .7,   .4,  .03,    7,  .03,  1.5,  .03,   10,    6,  .03,    6,  .03),  # major
    (  33,  .03,   .4,  .03,  .03,   10,  .03,  2.5,  .03,  .03,  .03,  .03),  # minor
    ( .01,  .01,  .01,   .3,  .01,  .01,  .01,  .01,  .01,  .01,  .01,  .01),  # augmented
    ( .01,  .01,  .01,   .3,  .01,  .01,  .01,  .01,   .6,  .01,  .01,  .01),  # major seventh
    (  .8,  .03,  .03,  .03,  .03,   .8,  .03,   .5,  .03,  .03,  .03,  .03),  # minor seventh
    (  .7,  .03,   .6,   .3,  .03,   .5,  .03,   12,   .4,  .03,    2,  .03),  # dominant seventh
    ( .01,  .01,  1.2,  .01,  .15,  .01,   .2,  .01,  .01,   .2,  .01,  1.2),  # diminished
    ( .01,  .01,  1.2,  .01,  .01,  .01,  .01,  .01,  .01,  .15,  .01,  .01),  # half-diminished
    ( .01,  .01,  .01,  .01,   .2,  .01,   .3,  .01,  .01,  .01,  .01,  1.2),  # diminished seventh
)
"""The same in minor, with the chords of the raised leading note."""

NO_CHORD = 0.003
"""Share of beats without a chord."""

CAUTION = (0, 0, .5, .3, .3, .1, .3, .3, .3)
"""Against qualities that a few notes suggest too easily: more tones explain more notes."""
CAUTION_LINE, CAUTION_CHORDS = 2.4, 0.3
"""How much that weighs under a single line, and where chords sound."""

KINDS = (0, 5, 6)
"""Where in the order of QUALITIES kinds of chords begin that move in their own ways, as MOTION has them."""

MOTION = (
    (  1,  .5, 1.6,  .7,  .5,   5,  .3, 4.5,  .5, 1.6,  .9,  .4),  # from triads and major or minor sevenths
    ( .8,  .5,  .8,  .3,  .3,  12,  .2, 1.5,  .4,  .8,  .5,  .4),  # from dominant sevenths
    ( .6,   4,  .6,  .4,  .3,   2,  .2,   1,  .4,  .6,  .5,  .5),  # from diminished ones
)
"""How often the next root is so many semitones higher (0: the same root, another quality)."""

MAJOR_KEY = (.18, .006, .13, .01, .15, .11, .012, .19, .012, .1, .018, .08)
MINOR_KEY = (.18, .01, .13, .15, .012, .11, .015, .19, .08, .02, .06, .05)
"""Share of the time of each note above the tonic."""
