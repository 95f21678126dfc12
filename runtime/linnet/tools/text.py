"""Text of unknown origin, made fit to be shown."""


def counted(number: int, noun: str) -> str:
    """So many of something: `1 bar`, `1,200 notes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def visible(text: str) -> str:
    """The text without what a terminal would obey or XML cannot hold; the rest stays in its place."""
    return "".join(c if c.isprintable() else " " for c in text)


def printable(text: str) -> str:
    """The text without what neither a terminal nor XML can take: control characters, line breaks, halves of
    characters.
    """
    return " ".join(visible(text).split())
