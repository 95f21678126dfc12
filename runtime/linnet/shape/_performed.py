"""How people stray from what they play; written by `python -m linnet_train.performed`.

Measured on the Groove MIDI Dataset (Google LLC, Gillick et al. 2019), licence CC BY 4.0.
"""

LATE_MS = (
    -44.3, -31.0, -25.3, -21.6, -18.7, -16.4, -14.3, -12.4, -10.7, -9.2, -7.7,
    -6.3, -5.0, -3.7, -2.4, -1.2, 0.1, 1.3, 2.6, 3.8, 5.1, 6.4,
    7.8, 9.2, 10.7, 12.3, 14.2, 16.2, 18.5, 21.3, 25.1, 30.9, 45.0,
)  # fmt: skip
"""Milliseconds that a stroke comes late, evenly spaced quantiles. From 162,019 strokes."""

LATE_MS_TOGETHER = 0.652
"""Correlation of strokes meant for one moment."""

LATE_MS_CARRIED = 0.903
"""How much of what strokes of one moment share those of the next share too."""

LOUDER = (
    -39.4, -24.5, -18.9, -15.3, -12.7, -10.7, -9.0, -7.6, -6.3, -5.2, -4.2,
    -3.3, -2.4, -1.6, -0.8, 0.0, 0.2, 0.8, 1.3, 1.9, 2.6, 3.3,
    4.1, 5.0, 5.9, 7.0, 8.4, 10.0, 12.0, 14.8, 18.4, 25.1, 44.2,
)  # fmt: skip
"""Steps of velocity that it is louder, likewise. From 162,019 strokes."""

LOUDER_TOGETHER = 0.104
"""Correlation of strokes meant for one moment."""

LOUDER_CARRIED = 0.761
"""How much of what strokes of one moment share those of the next share too."""
