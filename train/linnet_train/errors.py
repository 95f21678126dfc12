"""What the workshop raises when the world, and not the caller, is at fault."""

from linnet.errors import LinnetError


class TrainError(LinnetError):
    """Preparing, training or evaluating cannot go on; the message says what to do about it."""
