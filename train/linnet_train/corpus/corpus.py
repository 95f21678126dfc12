"""A corpus on disk: tokens and plans of many pieces in memory-mapped shards, an index, and where the music is
from.

- `prepare.json`: what was asked for, written first; a run that was stopped goes on from here
- `shards/00000.tokens.npy`: uint16, the tokens of its pieces one after the other
- `shards/00000.wishes.npy`: uint8 (rows, ROW_WIDTH), likewise: what each bar holds of wishes and of a plan
- `shards/00000.late.npy`: int16, how late strokes are, beside their tokens; empty for what nobody performed
- `shards/00000.*`: what preparing again needs: records, runs, histograms (shards.py)
- `index.npy`: one row for each piece (INDEX)
- `names.txt`: the name of each piece, a JSON string on each line
- `report.json`, `corpus.png`: for people
- `corpus.json`: format version, time base, styles, sources; written last
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from linnet.tokens import features, vocabulary
from linnet.tokens.quantise import TimeBase
from linnet_train.corpus.shards import array
from linnet_train.errors import TrainError

FORMAT = 2
"""Version of this layout; a corpus of another one is refused."""

_AGAIN = "run linnet-train prepare again, with --fresh"

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")

SLOTS = vocabulary.FAMILIES["slot"].count

INDEX = np.dtype(
    [
        ("shard", "<u4"),
        ("first_token", "<u8"),
        ("tokens", "<u8"),
        ("first_row", "<u8"),
        ("rows", "<u8"),
        ("notes", "<u4"),
        ("seconds", "<f4"),
        ("split", "u1"),
        ("style", "i1"),  # -1: none
        ("source", "<u2"),
        ("group", "<u4"),  # near-duplicates share one
        ("roles", "u1", (SLOTS,)),  # linnet.music.roles.ROLES
    ]
)


@dataclass(frozen=True, slots=True)
class CorpusPiece:
    """One piece of a corpus."""

    name: str
    """Its path below the folder that was prepared."""

    tokens: NDArray[np.uint16]
    """From bos to eos; memory-mapped."""

    wishes: NDArray[np.uint8]
    """Row 0 for the header, then a row for each bar, as `linnet.controls.wishes.measure` has them, in the
    home key that the file's key signature speaks for; memory-mapped. (rows, ROW_WIDTH)
    """

    style: int
    """Index into the corpus's styles; -1 for none."""

    notes: int
    seconds: float
    source: str
    licence: str

    late: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    """Of a performance on the grid: tenths of a millisecond that each stroke of a drum came after its place,
    beside its token; empty for other music. (tokens,)"""

    roles: Sequence[int] = ()
    """Of each slot, by its number in `linnet.music.roles.ROLES`; 0 for none."""


class Corpus:
    """Prepared music, ready to be trained on."""

    def __init__(self, path: Path, about: dict[str, Any], part: Sequence[str] = ()) -> None:  # Any: JSON
        self.path = path
        self.time_base: TimeBase = about["time_base"]
        self.styles: tuple[str, ...] = tuple(about["styles"])
        self.part = tuple(part)
        """The styles that were asked for; empty: all."""
        self.sources: list[dict[str, Any]] = about["sources"]
        """For the passport: name, licence, origin, pieces, notes and seconds of each collection."""
        self.attribution: str = about["attribution"]
        """What the makers of the music ask to be said."""
        self.fingerprint: str = about["fingerprint"]
        """Hash of all pieces and the splits they are in."""

    @classmethod
    def open(cls, path: str | Path) -> "Corpus":
        """The corpus in a folder, or some styles of it: `all.corpus:chopin,mutopia`.

        A part keeps the splits and the numbers of the styles of the whole, so what was trained on the whole
        has not seen what the part holds out.

        Args:
            path: the folder, with `:STYLE,STYLE` after it for a part.

        Raises:
            TrainError: it is no corpus, unfinished, made for another linnet, or without such a style.
        """
        path, part = _whole_and_part(path)
        file = path / "corpus.json"
        if not path.exists():
            raise TrainError(f"{path}: no such corpus (linnet-train prepare makes one)")
        if not file.is_file():
            unfinished = (path / "prepare.json").is_file()
            if unfinished:
                raise TrainError(f"{path} is not finished; run the same linnet-train prepare again")
            raise TrainError(f"{path} is not a corpus: there is no corpus.json in it")
        try:
            about = json.loads(file.read_text(encoding="utf-8"))
            version = about["format"]
            if version != FORMAT:
                raise TrainError(f"{path} has corpus format {version}, this linnet reads {FORMAT}; {_AGAIN}")
            if about["vocabulary"] != vocabulary.table() or about["wishes"] != wish_table():
                raise TrainError(f"{path} was made with another vocabulary or other wishes; {_AGAIN}")
            for style in part:
                if style not in about["styles"]:
                    raise TrainError(f"{path} has no style '{style}'; it has {', '.join(about['styles'])}")
            return cls(path, about, part)
        except (ValueError, KeyError, TypeError) as error:
            raise TrainError(f"{file} is damaged ({error!r}); {_AGAIN}") from error

    def pieces(self, split: Split) -> "Pieces":
        """The pieces of one split: train, valid or test; read when they are asked for."""
        if split not in SPLITS:
            raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
        chosen = self.index["split"] == SPLITS.index(split)
        if self.part:
            chosen &= np.isin(self.index["style"], [self.styles.index(style) for style in self.part])
        return Pieces(self, np.flatnonzero(chosen))

    @property
    def address(self) -> str:
        """What `Corpus.open` takes to find this again from any folder."""
        return ":".join((str(self.path.resolve()), ",".join(self.part))).rstrip(":")

    @cached_property
    def sources_used(self) -> list[dict[str, Any]]:
        """The sources, of a part only those that it has pieces of."""
        if not self.part:
            return self.sources
        pieces = [piece for split in SPLITS for piece in self.pieces(split).numbers.tolist()]
        return [self.sources[number] for number in np.unique(self.index["source"][pieces]).tolist()]

    @cached_property
    def index(self) -> NDArray[np.void]:
        """A row for each piece, see INDEX."""
        try:
            index: NDArray[np.void] = np.load(self.path / "index.npy")
        except (OSError, ValueError, EOFError) as error:
            raise TrainError(f"{self.path / 'index.npy'} is missing or damaged; {_AGAIN}") from error
        if index.dtype != INDEX:
            raise TrainError(f"{self.path / 'index.npy'} does not belong to this corpus; {_AGAIN}")
        return index

    @cached_property
    def names(self) -> list[str]:
        """The name of each piece."""
        path = self.path / "names.txt"
        try:
            names = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError) as error:
            raise TrainError(f"{path} is missing or damaged; {_AGAIN}") from error
        if len(names) != len(self.index):
            raise TrainError(f"{path} has {len(names)} names for {len(self.index)} pieces; {_AGAIN}")
        return names

    def piece(self, number: int) -> CorpusPiece:
        """One row of the index with its tokens and wishes."""
        row = self.index[number]
        source = self.sources[row["source"]]
        tokens, wishes, late = self._shard(int(row["shard"]))
        return CorpusPiece(
            name=self.names[number],
            tokens=tokens[row["first_token"] : row["first_token"] + row["tokens"]],
            wishes=wishes[row["first_row"] : row["first_row"] + row["rows"]],
            style=int(row["style"]),
            notes=int(row["notes"]),
            seconds=float(row["seconds"]),
            source=source["name"],
            licence=source["licence"],
            late=late[row["first_token"] : row["first_token"] + row["tokens"]],
            roles=row["roles"].tolist(),
        )

    def _shard(self, number: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.int16]]:
        if number not in self._open_shards:
            tokens, wishes, late = (array(self.path, number, kind) for kind in ("tokens", "wishes", "late"))
            self._open_shards[number] = tokens, wishes, late
        return self._open_shards[number]

    @cached_property
    def _open_shards(self) -> dict[int, tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.int16]]]:
        return {}


class Pieces(Sequence[CorpusPiece]):
    """Some pieces of a corpus, read when they are asked for."""

    def __init__(self, corpus: Corpus, numbers: NDArray[np.intp]) -> None:
        self.corpus, self.numbers = corpus, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> CorpusPiece: ...
    @overload
    def __getitem__(self, index: slice) -> "Pieces": ...
    def __getitem__(self, index: int | slice) -> "CorpusPiece | Pieces":
        if isinstance(index, slice):
            return Pieces(self.corpus, self.numbers[index])
        return self.corpus.piece(int(self.numbers[index]))


def _whole_and_part(path: str | Path) -> tuple[Path, list[str]]:
    whole, colon, styles = str(path).rpartition(":")
    if Path(path).exists() or not colon or not Path(whole).exists():
        return Path(path), []
    return Path(whole), [style for style in styles.split(",") if style]


def wish_table() -> list[list[object]]:
    """The wishes a corpus was measured for, as plain data."""
    return [[name, count] for name, count in features.WISHES]
