"""Whether loudness has a shape."""

import numpy as np

from linnet.music.score import Score
from linnet_train.evaluation.musician.reading import full_bars, mean, within


def velocity_between_bars(score: Score) -> float:
    """Standard deviation of the bars' mean velocities (1 to 127); NaN without notes in two bars."""
    bars = [within(score.notes, bar).velocity for bar in full_bars(score)]
    means = [mean(velocity) for velocity in bars if len(velocity)]
    return float(np.std(means)) if len(means) > 1 else np.nan
