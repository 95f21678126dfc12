"""What a user should know and did not ask for: a line in the log, which Python shows on stderr."""

from linnet.tools.text import printable


def say(words: str) -> None:
    """One line; whoever does not want it silences the logger `linnet`."""
    import logging  # most music is made without a word

    logging.getLogger("linnet").warning("linnet: %s", printable(words))
