"""What music costs in tokens, beside Performance-388 and MidiTok's REMI; and whether all of it survives.

    python -m benchmarks.speed.tokens [DIR] [--every N] [--peers-every N]

prints a Markdown table with a row for each folder of DIR: tokens a note and a second, of the grid and the
performance base of linnet, of Performance-388 (Oore et al. 2018) and of REMI. All four divide by the notes
and seconds of the file. Every file is also sent through the codec and back, in both bases; exits with 1 when
decode(encode(score)) is not quantise(score), or encode(decode(tokens)) not tokens.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks import DATA
from linnet.errors import MidiError
from linnet.music.score import Score
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase

OURS: tuple[TimeBase, ...] = ("grid", "performance")


@dataclass
class Column:
    """Tokens of one tokenizer, over the notes and seconds of the files it was given."""

    tokens: int = 0
    notes: int = 0
    seconds: float = 0.0

    def add(self, tokens: int, score: Score) -> None:
        self.tokens += tokens
        self.notes += len(score.notes)
        self.seconds += length(score)


@dataclass
class Corpus:
    """One row of the table."""

    name: str
    files: int = 0
    columns: dict[str, Column] = field(default_factory=dict)

    def add(self, column: str, tokens: int, score: Score) -> None:
        self.columns.setdefault(column, Column()).add(tokens, score)


def length(score: Score) -> float:
    """Seconds until the last note has ended."""
    return float(score.seconds(int(score.notes.end.max(initial=0))))


# ---- the tokenizers ----------------------------------------------------------------------------------------


def performance_388(score: Score) -> int:
    """Events of Oore et al. (2018): note-on, note-off, shifts of 10 ms up to 1 s, 32 velocities on change."""
    notes = score.notes
    onset, end = (np.floor(score.seconds(ticks) * 100 + 0.5) for ticks in (notes.onset, notes.end))
    end = np.maximum(end, onset + 1)
    times = np.unique(np.concatenate([np.zeros(1), onset, end]))
    shifts = int(np.ceil(np.diff(times) / 100).sum())
    order = np.lexsort((notes.pitch, onset))
    velocity = (notes.velocity[order].astype(np.int64) - 1) // 4
    changes = int((np.diff(velocity, prepend=-1) != 0).sum())
    return 2 * len(notes) + shifts + changes


@cache
def _remi(programs: bool) -> Any:
    from miditok import REMI, TokenizerConfig  # takes seconds to import

    settings = {"use_programs": True, "one_token_stream_for_programs": True} if programs else {}
    return REMI(TokenizerConfig(**settings))


def remi(path: Path) -> int:
    """MidiTok's REMI as it comes; with programs, in one stream, where there are several tracks."""
    import symusic

    score = symusic.Score(path)
    tokens = _remi(len(score.tracks) > 1)(score)
    return sum(map(len, tokens)) if isinstance(tokens, list) else len(tokens)


# ---- the way there and back --------------------------------------------------------------------------------


def broken(score: Score, tokens: Any, time_base: TimeBase) -> Iterator[str]:
    """The promises of the codec that this score breaks."""
    decoded = codec.decode(tokens, time_base)
    if decoded != codec.quantise(score, time_base):
        yield f"decode(encode(score)) != quantise(score), {time_base}"
    if not np.array_equal(codec.encode(decoded, time_base), tokens):
        yield f"encode(decode(tokens)) != tokens, {time_base}"


# ---- the command -------------------------------------------------------------------------------------------


def folders(root: Path) -> Iterator[tuple[str, list[Path]]]:
    """Each folder with the MIDI files at any depth below it; the files of the root itself come last."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        files = sorted(folder.rglob("*.mid"))
        if files:
            yield folder.name, files
    own = sorted(root.glob("*.mid"))
    if own:
        yield root.name, own


def measure(corpus: Corpus, path: Path, with_peers: bool) -> list[str]:
    """Counts one file; what it says against the codec comes back."""
    score = Score.open(path)
    corpus.files += 1
    complaints = []
    for time_base in OURS:
        tokens = codec.encode(score, time_base)
        corpus.add(time_base, len(tokens), score)
        complaints += broken(score, tokens, time_base)
    if with_peers:
        corpus.add("Performance-388", performance_388(score), score)
        corpus.add("REMI", remi(path), score)
    return complaints


def total(corpora: list[Corpus]) -> Corpus:
    everything = Corpus("all", sum(corpus.files for corpus in corpora))
    for corpus in corpora:
        for name, column in corpus.columns.items():
            into = everything.columns.setdefault(name, Column())
            into.tokens += column.tokens
            into.notes += column.notes
            into.seconds += column.seconds
    return everything


def table(corpora: list[Corpus]) -> Iterator[str]:
    names = [*OURS, "Performance-388", "REMI"]
    yield "| | files | notes | hours | " + " | ".join(f"{n} a note | a second" for n in names) + " |"
    yield "|---" * (4 + 2 * len(names)) + "|"
    for corpus in [*corpora, total(corpora)]:
        grid = corpus.columns.get("grid", Column())
        cells = [corpus.name, str(corpus.files), f"{grid.notes:,}", f"{grid.seconds / 3600:.1f}"]
        for name in names:
            column = corpus.columns.get(name, Column())
            cells += [f"{column.tokens / per:.2f}" if per else "" for per in (column.notes, column.seconds)]
        yield "| " + " | ".join(cells) + " |"


def main(arguments: list[str] | None = None, say: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.tokens", description="What music costs in tokens."
    )
    parser.add_argument("dir", nargs="?", type=Path, default=DATA / "train")
    parser.add_argument("--every", type=int, default=1, help="take every Nth file of a folder")
    parser.add_argument("--peers-every", type=int, default=1, help="let the peers read every Nth of those")
    options = parser.parse_args(arguments)
    if not options.dir.is_dir():
        parser.error(f"{options.dir} is no folder")

    work = [(name, files[:: options.every]) for name, files in folders(options.dir)]
    corpora, failures = [], 0
    with tqdm(total=sum(len(files) for _, files in work), unit="file", file=sys.stderr) as progress:
        for name, files in work:
            corpora.append(Corpus(name))
            for i, path in enumerate(files):
                try:
                    complaints = measure(corpora[-1], path, i % options.peers_every == 0)
                except MidiError as error:
                    progress.write(f"not read: {error}", sys.stderr)
                    complaints = []
                for complaint in complaints:
                    progress.write(f"{path}: {complaint}", sys.stderr)
                failures += bool(complaints)
                progress.update()
    for line in table(corpora):
        say(line)
    read = sum(corpus.files for corpus in corpora)
    say(f"\n{read - failures} of {read} files come back unchanged from the codec, in both bases.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
