"""Models: load one, make music with it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from os import PathLike, fspath
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, Unpack, overload

from linnet.controls import kinds
from linnet.controls.contradictions import contradictions
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import Options, check_names
from linnet.controls.wish_values import unusual
from linnet.engine import modelfile
from linnet.engine.engine import Engine
from linnet.engine.network import EngineName
from linnet.errors import ModelError
from linnet.generation import pieces
from linnet.generation.latents import Latents
from linnet.generation.parts import Progress
from linnet.generation.reworking import Reworking
from linnet.music.score import Score
from linnet.tools.chance import new_seed
from linnet.tools.dataclass import replace
from linnet.tools.lazy import later
from linnet.tools.say import say

if TYPE_CHECKING:  # a third of what `linnet generate` would import
    from linnet.controls.keywords import PieceOptions, StreamOptions
    from linnet.generation import continuing
    from linnet.stream import Stream
else:
    continuing = later("linnet.generation.continuing")

__all__ = ["DEFAULT", "Model", "load", "models"]

DEFAULT = "folk"
"""The model a newcomer hears first."""

_COUNT, _AHEAD = kinds.whole(1, 10_000), kinds.whole(1, 1000)

_BESIDE = {"generate": ("count", "progress", "given", "steps"), "stream": ("ahead", "worker", "given")}
"""What calls take beside options."""

_PACKAGED = Path(__file__).parent / "models"


def models() -> list[str]:
    """Names of the models that came with linnet."""
    return sorted(path.stem for path in _PACKAGED.glob("*.onnx"))


def load(
    name_or_path: str | PathLike[str] = DEFAULT,
    *,
    engine: EngineName = "auto",
    threads: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Model:
    """A packaged model by name, or any model file by path. Never touches the network.

    Args:
        name_or_path: A name of `linnet.models()`, or the path of an .onnx file.
        engine: What runs the network: `"onnxruntime"`, or `"native"` for linnet's own, which plays exact
            models alone, the same notes to the byte, and needs no onnxruntime. `"auto"` is what the
            environment variable LINNET_ENGINE says, or else onnxruntime wherever it can be opened.
        threads: How many share the work of one step, in onnxruntime; more than one pays only for models far
            larger than the packaged ones.
        settings: Session settings of onnxruntime, by key, such as `{"session.disable_prepacking": "1"}`.

    Raises:
        FileNotFoundError: When there is neither a packaged model nor a file of that name.
        ModelError: Or one of its kin, for a file that cannot be used.
    """
    text = fspath(name_or_path)
    if text in models():
        return Model(_PACKAGED / f"{text}.onnx", engine=engine, threads=threads, settings=settings)
    if Path(text).name == text and not Path(text).suffix and not Path(text).exists():
        raise FileNotFoundError(f"{text} is neither a file nor a packaged model ({', '.join(models())})")
    return Model(Path(text), engine=engine, threads=threads, settings=settings)


class Model(Reworking, Latents):
    """A trained network with all that is needed to play it; immutable, and shared freely between threads."""

    def __init__(
        self,
        file: str | PathLike[str],
        *,
        engine: EngineName = "auto",
        threads: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Opens a model file, with the arguments of `load`."""
        self.file = Path(file)
        """Path of the .onnx file."""
        self.engine: Final = Engine.open(self.file, engine=engine, threads=threads, settings=settings)
        """The network, step by step, for who trains or measures models."""
        modelfile.check_vocabulary(self.engine.info)
        self._said: set[str] = set()  # once is enough
        self._opened_with = engine, threads, None if settings is None else dict(settings)

    @property
    def info(self) -> ModelInfo:
        """What the file says about itself."""
        return self.engine.info

    def __copy__(self) -> Model:
        return self

    def __deepcopy__(self, memo: object) -> Model:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle: the name of a packaged model, or else the path, and which file it is."""
        packaged = self.file.parent == _PACKAGED
        name = self.file.stem if packaged else str(self.file.absolute())
        return _reopened, (name, self.info.sha256, *self._opened_with)

    def __repr__(self) -> str:
        return f"<linnet.Model {self.info.name}: {fspath(self.file)}>"

    @overload
    def generate(
        self,
        *,
        count: None = None,
        progress: Progress | None = None,
        given: Score | None = None,
        **options: Unpack[PieceOptions],
    ) -> Score: ...
    @overload
    def generate(
        self,
        *,
        count: int,
        progress: Progress | None = None,
        given: Score | None = None,
        **options: Unpack[PieceOptions],
    ) -> list[Score]: ...
    def generate(
        self,
        *,
        count: int | None = None,
        progress: Progress | None = None,
        given: Score | None = None,
        **options: Unpack[PieceOptions],
    ) -> Score | list[Score]:
        """A new piece. The same options give the same bytes; None, for any of them: as the model likes.

        Numbers may be numpy's, lists may be tuples, ranges or arrays; `linnet.Options` holds all of them.

        Args:
            count: So many pieces, 1 to 10,000, played together, as a list; their seeds are `seed`, `seed + 1`
                and so on, and each is the same as if it were made alone.
            progress: Called now and then with how much is made and how much is wanted, in bars or, where
                there are none, in hundredths of a second.
            given: Music that stands as it is, around which the rest is composed: the `roles` asked for, or
                those that it lacks. Length, meter and tempo are its own. See also `add`, `fill` and `vary`.
            **options: What to play:

                Length. `bars`, 1 to 100,000 (16 unless given): exactly so many full bars, every note closed
                inside them; an upbeat comes before them, as a short first bar (`Score.upbeat`,
                `Score.full_bars`). Or `seconds`, 0.1 to 100,000, or `minutes`: the piece ends exactly then,
                to the microsecond; bars and tempo are chosen, near the tempo that is asked for or usual,
                unless `bars` or a form says how many. Models in the performance base have no bars, and last
                30 seconds unless asked otherwise.

                `loop=True`: to be played round and round. It has no upbeat and does not close; the network
                has composed the way from its last bar to its first. Markers say where it loops, and its sound
                rings on over the seam (`Score.save`).

                Form. `form`: letters for sections, such as `"AABA"`. Whenever a letter comes back, its
                section is like the last one of that letter. A section has 8 bars (4 in pieces shorter than 24
                bars), and the piece begins without an upbeat; the form starts over when it is through. Or the
                number of one of the model's own forms (`Model.info.forms`): that of a piece people made,
                with its meter, upbeat and scale; unless a form is given, one of these is chosen by the
                seed. A piece whose key is known closes on its tonic, or on its triad where there are chords.
                Or sections with their bars, `"intro:4 A:8/open A:8/closed B:8 A':8 outro:4"`: a section comes
                back as the last one of its name was, `A'` is A varied, and the tune rests where a section
                ends open (on a note of the dominant) or closed (on the tonic). `Score.markers` has their
                names. `sections`, `{"A": score}`, gives some of them, to be kept note for note; the rest is
                composed around them. `cadence`: bars in which the tune comes to rest, `16` or `"8/open,16"`.
                `""` leaves all of it to chance. A model that composes plans (`Model.info.plan`) makes a new
                one instead, by the seed; what is given of a plan is kept, and the rest composed around it.

                Chance. `seed`, 0 to 2**64 - 1; without one there is a new one, which is written into the
                score's texts. `temperature`, `top_k`, `top_p`, `min_p`: see `linnet.Sampling`.
                `candidates`, 1 to 64: each section is composed so many times, and goes on as the one that the
                model's judge finds most like people's. The first is the music of one candidate; eight take
                about three times the time.

                Wishes lean the model that way. `key`: `"D major"`, `"A minor"`, `"F#m"`; unless key, scale or
                primer is given, one that is usual in the model's music, by the seed. `style`: a name or
                number from the model. `density` 1 to 8, `register` 1 to 5 from low to high, `texture` 1 to 6:
                how many notes sound together on average; `loudness` 1 to 8, for models that have learnt it.
                `valence`, `arousal` and `section` are for models that learnt from music with such labels.
                `chords`, for models that have learnt it: a chord a bar, `"C Am F G7"`, or bars of several,
                which share its beats, `"C | F G7"`, or a list of such bars; `%` is the bar before, `.` a
                chord that goes on, `N` none. Or a lead sheet with chord symbols, as a score or the name of
                its file. They begin again until the piece is over, which closes on the last of them. The key
                is theirs unless one is asked for; numerals (`"I vi IV V7"`) count from it. Their names stand
                in the score (`Score.markers`).
                `guidance`, 0 to 10: how much they weigh: 1 as learnt, 2 or 3 stricter, and every token then
                takes two rows of the network.

                Mood. `mood`: a name (`linnet.moods.MOODS`) or a pair, valence and arousal from -1 to 1. It
                stands in for those of `key`, `scale`, `density`, `register` and `bpm` that are not given, and
                sets how loud and how detached the new notes are played.

                Latent. `latent`: of a variational model the phrase to play, one from `encode`, from
                `sample_latent`, or from anywhere on the way between two; without one it is chosen by the
                seed. `guidance` says how much it weighs, as with wishes.

                Tempo and meter are kept exactly: `bpm`, 10 to 1,000, in quarter notes a minute,
                `time_signature` such as `"6/8"` or `(6, 8)`. Both win over the primer's. `bpm="80:60"`, or
                `(80, 60)`, moves evenly from one tempo to the next.

                What changes on the way. `at`: times and what begins there, `[("0:20", "joyful"), (31.5,
                "hit"), (40, "density=7+key=A minor+hit")]`: a mood, options of `Stream.wish`, or a hit, an
                accent and a marker. Each falls on a bar line, exactly then; tempos bend a little for it.
                `curve`: rows with a `time` and options, `[{"time": 0, "valence": 0.5}, ...]`, or the name of
                a CSV file; at every bar line the music is asked for what stands there.

                Rules are never broken: `scale`, `pitch_range`, `polyphony` (most notes together in a track),
                `longest`, `programs`, `drums`; see `linnet.Rules`. `parallels` and `crossing` say whether
                voices may move in parallel fifths and octaves and may cross: `"forbidden"`, `"allowed"`, or
                `"counted"`, and then the score's texts say how often. Nor is played what the model was never
                taught (`Model.info.repertoire`): drums, ranges, rhythms; programs that it does not know are
                heard where its own play. Where its plan closes a phrase the tune rests on the tonic, unless
                `cadences=False`. No run of what the model learnt from is written again, where it carries a
                filter of it, unless `original=False`. Music does not get stuck unless `watchdog=False`: the
                note that would go on with a loop is barred, in bars that a form does not want alike, and so
                is silence.

                For lessons, rules as well: `rhythm` (`"1/4,1/8,1/4."`), `leap`, `step_share`, `rest`,
                `accidentals`, `hands`, `call_and_response`, `rhythm_only`. For care, bounds and how fast they
                change: `loudness_range` and `loudness_change`, drums and moods included; `bpm_range`,
                `bpm_change`, `most_notes`, `more_notes`, `register_change`. See `linnet.Rules`. `fade`: the
                last so many bars grow softer, to silence.

                Who plays. `instrument`: a General MIDI program, 0 to 127, or its name, for all tracks, or one
                for each. It changes no note. `timing`: the drums of a model that learnt from people who
                played (`Model.info.timing`) come early and late as theirs do, and the score has finer ticks
                for it; False leaves them on the grid.

                Roles. `roles`, for models that have learnt them (`Model.info.repertoire.roles`): what each
                who plays is there for, such as `("lead", "chords", "bass", "drums")` or `"soprano, alto,
                tenor, low voice"`. They become the tracks, in the order of `linnet.music.roles.ROLES`, and
                keep to the ranges and the number of notes at once of people who have that role.

                Going on. `primer` is music to go on from, starting at the next bar line. Its key, scale,
                meter, tempo, density, texture, register and instruments go on unless others are asked for,
                and unless a form is given its phrases come back. In another key than the primer's the new
                part moves there from its first bar on, and the primer stays as it is. The new part alone
                comes back, or both with `with_primer=True`.

        Returns:
            The piece, or a list of them when `count` is given.

        Raises:
            TypeError: For an option that does not exist, and for a value of the wrong kind.
            ValueError: For values that are out of range or cannot go together.
        """
        if given is not None:
            return self._around(given, options, count)
        wanted = self._options("generate", options)
        if count is None:
            return pieces.generate(self.engine, [wanted], progress=progress)[0]
        count = kinds.read("count", _COUNT, count)
        assert wanted.seed is not None
        many = [replace(wanted, seed=wanted.seed + i) for i in range(count)]
        return pieces.generate(self.engine, many, progress=progress)

    def stream(
        self,
        *,
        ahead: int = 2,
        worker: bool = False,
        given: Score | None = None,
        **options: Unpack[StreamOptions],
    ) -> Stream:
        """Music without end, to be heard and steered while it is made; see `linnet.Stream`.

        Args:
            ahead: How many bars (or stretches of two seconds, where there are no bars) are composed beyond
                the one that plays, 1 to 1,000.
            worker: Whether a thread of its own composes them; `Stream.advance` then only hands them out.
            given: Music that is heard as it is, round after round, and accompanied: by the `roles` asked for,
                or those that it lacks. Its meter and, without `bpm`, its tempo are kept.
            **options: Those of `generate`, without `bars`, `seconds`, `instrument` and `with_primer`: `seed`,
                `form`, `temperature`, `top_k`, `top_p`, `min_p`, `candidates` (of each bar), `latent`, `bpm`,
                `time_signature`, `key`, `style`, `density`, `register`, `texture`, `loudness`, `chords`,
                `valence`, `arousal`, `section`, `mood`, `guidance`, `scale`, `pitch_range`, `polyphony`,
                `longest`, `programs`, `drums`, `parallels`, `crossing`, `cadences`, `original`, `watchdog`,
                `rhythm`, `leap`, `step_share`, `rest`, `accidentals`, `hands`, `call_and_response`,
                `rhythm_only`, `loudness_range`, `loudness_change`, `bpm_range`, `bpm_change`, `most_notes`,
                `more_notes`, `register_change`, `timing`, `roles`, `primer`. The form is in sections of 8
                bars, or some of the model's own one after the other.

        Raises:
            TypeError: For an option that does not exist, and for a value of the wrong kind.
            ValueError: For values that are out of range or cannot go together.
        """
        ahead = kinds.read("ahead", _AHEAD, ahead)
        opening = _opening()
        wanted = self._options("stream", options)
        stream: Stream = opening.begin(self, wanted, ahead=ahead, worker=worker, given=given)
        return stream

    def restore(self, saved: bytes, *, worker: bool = False) -> Stream:
        """Goes on with a stream where `Stream.save` kept it.

        The bar that was playing is composed again first, which takes some milliseconds.

        Args:
            saved: What `Stream.save` returned.
            worker: As in `stream`.

        Raises:
            SnapshotError: When the data are damaged, of another version, or saved with another model.
        """
        stream: Stream = _opening().restore(self, saved, worker=worker)
        return stream

    def _options(self, call: Literal["generate", "stream"], options: PieceOptions | StreamOptions) -> Options:
        """The options of a call, with a seed."""
        check_names(call, options, self.info, _BESIDE[call])
        wanted = Options(**options)
        for line in (*contradictions(wanted, self.info), *unusual(wanted, self.info)):
            if line not in self._said:
                self._said.add(line)
                say(line)
        if wanted.primer is not None:
            primer = continuing.primed(self.info, wanted.primer, wanted.time_signature)
            wanted = replace(wanted, primer=primer)
        return wanted if wanted.seed is not None else replace(wanted, seed=new_seed())


def _reopened(
    name: str, sha256: str, engine: EngineName, threads: int, settings: Mapping[str, str] | None
) -> Model:
    """For pickle."""
    model = load(name, engine=engine, threads=threads, settings=settings)
    if model.info.sha256 != sha256:
        raise ModelError(
            f"{model.file} is not the model that was pickled: its sha256 is {model.info.sha256[:12]}, "
            f"and was {sha256[:12]}"
        )
    return model


@cache  # a program that ends imports nothing any more, not even what it has
def _opening() -> ModuleType:
    try:
        from linnet.stream import opening
    except ImportError as error:
        if sys.is_finalizing():
            raise RuntimeError("the first stream cannot begin while the program ends") from error
        raise
    return opening
