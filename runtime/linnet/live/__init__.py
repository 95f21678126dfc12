"""Live playing: with somebody who plays, in their time, on ports, with clocks.

`linnet.live.jam.Jam` is the whole of it; `linnet jam` runs one on ports. The other modules are its parts.
"""

__all__ = ["MODES"]

MODES = ("answer", "accompany", "duet")
"""Ways of playing together: call and response, parts around the player, a voice beside theirs."""
