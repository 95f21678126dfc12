"""How people stray from what they play; written by `python -m linnet_train.performed`.

Measured on the Groove MIDI Dataset (Google LLC, Gillick et al. 2019), licence CC BY 4.0.
"""

LATE_MS = (
    -44.3, -31.1, -25.3, -21.6, -18.8, -16.4, -14.3, -12.4, -10.7, -9.2, -7.7,
    -6.3, -5.0, -3.7, -2.4, -1.2, 0.1, 1.3, 2.6, 3.8, 5.1, 6.4,
    7.7, 9.2, 10.7, 12.3, 14.1, 16.2, 18.5, 21.3, 25.1, 30.9, 45.0,
)  # fmt: skip
"""Milliseconds that a stroke comes late, evenly spaced quantiles. From 165,327 strokes."""

LATE_MS_TOGETHER = 0.660
"""Correlation of strokes meant for one moment."""

LATE_MS_CARRIED = 0.906
"""How much of what strokes of one moment share those of the next share too."""

LOUDER = (
    -39.5, -24.6, -19.0, -15.4, -12.8, -10.8, -9.1, -7.7, -6.4, -5.3, -4.3,
    -3.4, -2.5, -1.7, -0.9, -0.1, 0.1, 0.7, 1.2, 1.8, 2.5, 3.2,
    4.0, 4.9, 5.8, 6.9, 8.3, 9.9, 11.9, 14.7, 18.3, 25.0, 44.1,
)  # fmt: skip
"""Steps of velocity that it is louder, likewise. From 165,327 strokes."""

LOUDER_TOGETHER = 0.108
"""Correlation of strokes meant for one moment."""

LOUDER_CARRIED = 0.798
"""How much of what strokes of one moment share those of the next share too."""
