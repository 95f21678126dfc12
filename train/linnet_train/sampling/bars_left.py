"""The wish for bars left, for pieces that no rule ends."""

from linnet.controls.wishes import INDEX, MOST_BARS_LEFT
from linnet.core import Piece

_BARS_LEFT = INDEX["bars_left"]


def set_bars_left(piece: Piece, bars: int | None) -> None:
    """Sets the wish to what the tracker sets it to when a rule ends the piece; `bars` None leaves it as it
    is.
    """
    if bars is None:
        return
    wishes = piece.tracker.wishes
    left = 1 + min(max(bars - piece.tracker.bars, 0), MOST_BARS_LEFT)
    if wishes[_BARS_LEFT] != left:
        wishes[_BARS_LEFT] = left
        piece.tracker.wish(wishes)
