"""The wish for likeness of the bars of a form."""

from linnet.controls.wishes import ALIKE, LIKENESS_BARS


def likeness_wish(measured: int, back: int, alike: float) -> int:
    """The wish for likeness of a bar when its form is played.

    Args:
        measured: the wish that the bar fulfils.
        back: how many bars ago its source was; 0: none.
        alike: how much the two have in common, 0 to 1.

    Returns:
        The value of the wish; a source at a distance that has none stands for "8 bars ago".
    """
    if back and alike >= ALIKE and back not in LIKENESS_BARS:
        return LIKENESS_BARS.index(8) + 2
    return measured
