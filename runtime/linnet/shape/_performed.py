"""How people stray from what they play; written by `python -m linnet_train.corpus.performed`.

Measured on the Groove MIDI Dataset (Google LLC, Gillick et al. 2019), licence CC BY 4.0.
"""

LATE_MS = (
    -44.3, -33.5, -26.7, -22.5, -19.4, -16.9, -14.7, -12.7, -11.0, -9.4, -7.9,
    -6.4, -5.1, -3.8, -2.5, -1.2, 0.1, 1.3, 2.6, 3.9, 5.2, 6.5,
    7.9, 9.4, 10.9, 12.6, 14.5, 16.7, 19.1, 22.2, 26.5, 33.4, 45.0,
)  # fmt: skip
"""Milliseconds that a stroke comes late, evenly spaced quantiles. From 165,327 strokes."""

LATE_MS_TOGETHER = 0.660
"""Correlation of strokes meant for one moment."""

LATE_MS_CARRIED = 0.906
"""How much of what strokes of one moment share those of the next share too."""

LOUDER = (
    -39.5, -27.4, -20.3, -16.3, -13.4, -11.3, -9.4, -7.9, -6.6, -5.5, -4.4,
    -3.5, -2.6, -1.8, -0.9, -0.1, 0.1, 0.6, 1.2, 1.8, 2.5, 3.3,
    4.1, 5.0, 5.9, 7.1, 8.7, 10.3, 12.5, 15.5, 20.0, 28.5, 44.1,
)  # fmt: skip
"""Steps of velocity that it is louder, likewise. From 165,327 strokes."""

LOUDER_TOGETHER = 0.108
"""Correlation of strokes meant for one moment."""

LOUDER_CARRIED = 0.798
"""How much of what strokes of one moment share those of the next share too."""
