"""What the exporter raises when the world, and not the caller, is at fault."""

from linnet.errors import LinnetError


class ExportError(LinnetError):
    """A run that cannot become a model file; the message says why."""
