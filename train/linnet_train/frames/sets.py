"""Sets of the classical frame benchmark: piano rolls in one `.npz` file with the three published splits.

For each split, `<split>_roll` holds frames packed as bits, uint8 (frames, 11), of which the first 88 are the
keys of a piano from MIDI pitch 21 up, and `<split>_offsets` holds int64 (pieces + 1): piece i is the frames
from `offsets[i]` to `offsets[i + 1]`.
"""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from linnet_train.errors import TrainError

PITCHES = 88
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Rolls:
    """Pieces one after another: who sounds in which frame."""

    roll: NDArray[np.bool_]  # (frames, pitches)
    offsets: NDArray[np.int64]  # (pieces + 1,)

    @property
    def pieces(self) -> int:
        """How many there are."""
        return len(self.offsets) - 1

    @property
    def piece_of(self) -> NDArray[np.int64]:
        """The piece that each frame belongs to, (frames,)."""
        return np.repeat(np.arange(self.pieces), np.diff(self.offsets))

    @property
    def place(self) -> NDArray[np.int64]:
        """Where in its piece each frame stands, (frames,)."""
        return np.arange(len(self.roll)) - self.offsets[:-1][self.piece_of]


@dataclass(frozen=True, slots=True)
class FrameSet:
    """The three splits of a set."""

    train: Rolls
    valid: Rolls
    test: Rolls


def read(path: Path) -> FrameSet:
    """Reads a set. TrainError says in one line what is wrong with the file."""
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    try:
        file = np.load(path)
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise TrainError(f"{path}: not an .npz file: {_first_line(error)}") from error
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise TrainError(f"{path}: a single array, not an .npz file of named ones")
    with file:
        return FrameSet(*(_split(path, file, name) for name in SPLITS))


def _split(path: Path, file: "np.lib.npyio.NpzFile", name: str) -> Rolls:
    arrays = []
    for key in (f"{name}_roll", f"{name}_offsets"):
        if key not in file:
            raise TrainError(f"{path}: no array '{key}' (found: {', '.join(sorted(file)) or 'none'})")
        try:
            arrays.append(file[key])
        except (ValueError, OSError, EOFError, BadZipFile) as error:
            raise TrainError(f"{path}: array '{key}' is damaged: {_first_line(error)}") from error
    packed, offsets = arrays
    width = -(-PITCHES // 8)
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != width:
        raise TrainError(
            f"{path}: '{name}_roll' must be uint8 (frames, {width}), found {packed.dtype} {packed.shape}"
        )
    if offsets.ndim != 1 or not np.issubdtype(offsets.dtype, np.integer) or len(offsets) < 2:
        raise TrainError(
            f"{path}: '{name}_offsets' must be two or more integers, found {offsets.dtype} {offsets.shape}"
        )
    offsets = offsets.astype(np.int64)
    if offsets[0] != 0 or offsets[-1] != len(packed) or (np.diff(offsets) < 0).any():
        raise TrainError(
            f"{path}: '{name}_offsets' must rise from 0 to the {len(packed)} frames of '{name}_roll'"
        )
    if not (np.diff(offsets) > 1).any():
        raise TrainError(f"{path}: the {name} split has no piece of two frames or more")
    return Rolls(np.unpackbits(packed, axis=1)[:, :PITCHES].astype(np.bool_), offsets)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
