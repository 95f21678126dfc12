"""The loss of a run as a picture."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from linnet.tools.files import write_whole
from linnet_train.drawing import draws

_CURVES = (
    ("loss", "training", "0.75"),
    ("valid_without_wishes", "held out, no wishes", "tab:blue"),
    ("valid_with_wishes", "held out, with wishes", "tab:orange"),
)


@draws
def plot_losses(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Plots nats a token over steps as PNG. Training loss sees dropout, augmentation and missing wishes."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="step", ylabel="nats a token")
    for name, label, colour in _CURVES:
        points = [(line["step"], line[name]) for line in lines if name in line]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, label=f"{label} ({points[-1][1]:.3f})")
    # The first steps fall from ln 672; in full they would squeeze the rest into the bottom of the picture.
    values = sorted(line[name] for line in lines for name, _, _ in _CURVES if name in line)
    if values:
        axes.set_ylim(values[0] * 0.95, values[int(0.95 * (len(values) - 1))] * 1.1)
        axes.legend()
    axes.grid(alpha=0.3)
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_whole(path, picture.getvalue())
