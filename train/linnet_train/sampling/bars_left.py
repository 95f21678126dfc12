"""Tells a piece without end how many bars are left to it."""

from linnet.controls.wishes import INDEX, MOST_BARS_LEFT
from linnet.core import Piece

_BARS_LEFT = INDEX["bars_left"]


def tell_bars_left(piece: Piece, bars: int | None) -> None:
    """What the tracker says by itself when a rule makes the piece end, where there are bars."""
    if bars is None:
        return
    wishes = piece.tracker.wishes
    left = 1 + min(max(bars - piece.tracker.bars, 0), MOST_BARS_LEFT)
    if wishes[_BARS_LEFT] != left:
        wishes[_BARS_LEFT] = left
        piece.tracker.wish(wishes)
