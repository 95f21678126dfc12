"""Tells PyInstaller, which asks by an entry point, where the hook for linnet is."""

from pathlib import Path


def get_hook_dirs() -> list[str]:
    """The folder of `hook-linnet.py`."""
    return [str(Path(__file__).parent)]
