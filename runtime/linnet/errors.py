"""The errors linnet raises when the world, and not the caller, is at fault.

Wrong arguments stay `ValueError` or `TypeError`, and a missing file stays `FileNotFoundError`.
"""


class LinnetError(Exception):
    """Anything that went wrong and is not a mistake in the calling code; catch this one to catch them all."""


class MidiError(LinnetError, ValueError):
    """A MIDI file that cannot be read as music; the message names the file, the place and the fault."""


class NotationError(LinnetError, ValueError):
    """Sheet music that cannot be read: a MusicXML or ABC file that is damaged, or is none."""


class ModelError(LinnetError):
    """A model that cannot be used."""


class ModelFormatError(ModelError, ValueError):
    """A file that is not a linnet model: foreign, empty, cut short or damaged."""


class ModelVersionError(ModelError):
    """A linnet model from a format version this linnet does not speak; the message names both versions."""


class VocabularyError(LinnetError, ValueError):
    """Tokens that break the grammar, or a vocabulary that is not this linnet's."""


class SnapshotError(LinnetError, ValueError):
    """A saved stream that cannot be restored: damaged, of another version, or of another model."""


def in_one_line(error: Exception) -> str:
    """What went wrong, for a person to read: no traceback, no line breaks."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    usual = "not enough memory" if isinstance(error, MemoryError) else type(error).__name__
    return " ".join(str(error).split()) or usual
