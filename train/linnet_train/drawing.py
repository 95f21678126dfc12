"""Pictures with names of people's making in them: text is text, whatever matplotlib would make of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from linnet.tools.text import printable

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def plain_text() -> Iterator[None]:
    """In here a dollar sign is a dollar sign, and begins no formula."""
    import matplotlib as mpl  # takes a while

    with mpl.rc_context({"text.parse_math": False}):
        yield


def draws(function: Callable[P, R]) -> Callable[P, R]:
    """A function that draws, all of it with plain text."""

    @wraps(function)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with plain_text():
            return function(*args, **kwargs)

    return drawn


def label(name: str) -> str:
    """A name for a legend, which leaves out those that begin with an underscore."""
    words = printable(name)
    return f" {words}" if words.startswith("_") else words
