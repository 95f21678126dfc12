"""SoundFonts in the places where systems keep them."""

import os
import sys
from pathlib import Path

VARIABLE = "LINNET_SOUNDFONT"
"""Environment variable with the path of the SoundFont to be played, and no other."""

_SOUND_FONTS = (".sf2", ".sf3", ".dls")


_SOUND_FOLDERS = {
    "win32": (r"C:\soundfonts", r"C:\Windows\System32\drivers"),
    "darwin": (
        "~/Library/Audio/Sounds/Banks",
        "/Library/Audio/Sounds/Banks",
        "/opt/homebrew/share/soundfonts",
        "/usr/local/share/soundfonts",
    ),
}.get(
    sys.platform,
    (
        "~/.local/share/sounds/sf2",
        "~/.local/share/soundfonts",
        "/usr/local/share/soundfonts",
        "/usr/share/sounds/sf2",
        "/usr/share/sounds/sf3",
        "/usr/share/soundfonts",
    ),
)


def sound_fonts() -> list[str]:
    """Files that a synthesizer can play MIDI with, in the places where systems keep them, the best first.

    Debian's default-GM.sf2 is a link to the one that was chosen to be the system's.
    """
    found = []
    for folder in _SOUND_FOLDERS:
        try:
            found += [
                str(path)
                for path in sorted(Path(folder).expanduser().iterdir(), key=_default_first)
                if path.suffix.lower() in _SOUND_FONTS
            ]
        except (OSError, RuntimeError):  # there is none, or no home
            continue
    return list(dict.fromkeys(map(os.path.realpath, found)))


def _default_first(path: Path) -> tuple[bool, str]:
    return not path.name.lower().startswith("default"), path.name
