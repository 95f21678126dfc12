"""What a player may ask for: every option with its kind of value, its bounds and its help, stated once.

From `Options` are made the keyword arguments of `Model.generate`, `Model.stream`, `Stream.wish` and
`Stream.restrict` (`linnet.controls.keywords` has their types), the options of the commands, what a saved
stream keeps, and the text in a MIDI file that says how it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from linnet.controls import chord_kinds, form_kinds, kinds, scenes
from linnet.controls.kinds import Kind
from linnet.controls.rules import GROUPS, About, Call, Rules
from linnet.controls.rules import option as _option
from linnet.music.score import Score
from linnet.tokens import features
from linnet.tools.dataclass import dataclass, field, fields

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo
    from linnet.controls.moods import Mood

__all__ = ["ABOUT", "Options", "check_names", "known", "read_changes"]

_WISHES = dict(features.WISHES)


def _wish(kind: Kind, help: str, wish: str) -> Any:  # a field of any type
    return _option(kind, help, "wishes", "generate", "stream", "wish", wish=wish)


def _level(wish: str) -> Kind:
    most = _WISHES[wish] - 1
    return kinds.whole(1, most, f"1-{most}")


def _chance(kind: Kind, help: str) -> Any:  # a field of any type
    return _option(kind, help, "chance", "generate", "stream", "wish")


@dataclass(frozen=True, kw_only=True)
class Options(Rules):
    """What a player asks for; None, for most: as the model likes.

    Values are read into plain ones, so that all of them can be saved: numpy's numbers, enums, sets, ranges
    and arrays become int, float and tuple. TypeError or ValueError, in one line, for what cannot be read.
    """

    bars: int | None = _option(
        kinds.whole(1, 100_000),
        "exactly so many full bars, after an upbeat (default: 16)",
        "length",
        "generate",
        base="grid",
    )
    fade: int | None = _option(
        kinds.whole(1, 100_000), "the last so many bars grow softer, to silence", "length", "generate",
        base="grid",
    )  # fmt: skip
    seconds: float | None = _option(
        kinds.number(0.1, 100_000),
        "exactly so many seconds; bars and tempo are chosen (default for models without bars: 30)",
        "length", "generate",
    )  # fmt: skip
    minutes: float | None = _option(
        kinds.number(0.01, 1000), "so many minutes, exactly", "length", "generate"
    )
    loop: bool | None = _option(
        kinds.FLAG,
        "to be played round and round: the last bar leads to the first, and markers say where it loops",
        "length",
        "generate",
        base="grid",
    )
    form: str | int | None = _option(
        kinds.FORM,
        'sections, such as AABB: like letters, like music; or with bars and names: "intro:4 A:8 A:8/open '
        "B:8 A':8\", A' is A varied; or the number of one of the model's; '' for none",
        "length",
        wish="likeness",
        base="grid",
    )
    sections: Mapping[str, Score] | None = _option(
        form_kinds.SECTIONS,
        "a section that is given, for a form that names it: A=my.mid; it is kept, and varied where A' comes",
        "length",
        "generate",
        wish="likeness",
        base="grid",
        flag="--section",
    )
    cadence: Iterable[tuple[int, str]] | str | int | None = _option(
        form_kinds.CADENCE,
        "bars in which the tune comes to rest: 16, or 8/open,16/closed",
        "length",
        "generate",
        wish="key",
        base="grid",
    )
    seed: int | None = _option(
        kinds.whole(0, 2**64 - 1), "the same seed, the same notes (default: a new one)", "chance"
    )
    temperature: float | None = _chance(
        kinds.number(0), "above 1 bolder, below 1 safer, 0 always the likeliest"
    )
    top_k: int | None = _chance(kinds.whole(0), "choose from the N likeliest tokens; 0: all")
    top_p: float | None = _chance(
        kinds.number(0, 1), "choose from the likeliest that together reach this probability; 1: all"
    )
    min_p: float | None = _chance(
        kinds.number(0, 1), "choose from those at least so many times as likely as the best; 0: all"
    )
    candidates: int | None = _option(
        kinds.whole(1, 64),
        "compose each section so many times and go on with the best, 1 to 64 (default: 1)",
        "chance",
        base="grid",
    )
    latent: Iterable[float] | None = _option(
        kinds.LATENT, "the phrase that a latent of a variational model stands for", "chance", flag=None
    )
    bpm: float | str | Sequence[float] | None = _option(
        scenes.BPM,
        "quarter notes a minute, kept exactly; in a piece 80:60 moves from one to the other",
        "time",
        *("generate", "stream", "wish"),
        base="grid",
    )
    at: Iterable[tuple[float | str, str]] | None = _option(
        scenes.AT,
        "from a time on another mood or option, at a bar line that falls there: 0:20 joyful, 0:30 hit (an "
        "accent and a marker), 0:40 density=7+hit; may be given again",
        "time",
        "generate",
        base="grid",
    )
    curve: str | Iterable[Mapping[str, object]] | None = _option(
        scenes.CURVE,
        "rows with a time and options that change along them: time,valence,arousal or time,density,bpm ..",
        "time",
        "generate",
        base="grid",
    )
    time_signature: str | tuple[int, int] | None = _option(
        kinds.METER, "such as 6/8, kept exactly", "time", base="grid"
    )
    key: str | None = _wish(kinds.KEY, "such as 'D major', Am or F#m", "key")
    style: str | int | None = _wish(kinds.STYLE, "one of the model's styles; see linnet info", "style")
    density: int | None = _wish(_level("density"), "from few notes to many", "density")
    register: int | None = _wish(_level("register"), "from low to high", "register")
    texture: int | None = _wish(
        _level("polyphony"), "how many notes sound together on average, from one to many", "polyphony"
    )
    loudness: int | None = _wish(_level("loudness"), "from soft to loud", "loudness")
    chords: str | Sequence[str] | Score | None = _option(
        chord_kinds.CHORDS,
        "a chord a bar, again and again: 'C Am F G7', or bars of several: 'C | F G'; numerals too; or "
        "a lead sheet, tune.abc or .musicxml; for models that have learnt it",
        "wishes",
        *("generate", "stream", "wish"),
        wish="chords",
        base="grid",
    )
    valence: int | None = _wish(
        _level("valence"),
        "from gloomy to glad, for models that learnt from music with such labels",
        "valence",
    )
    arousal: int | None = _wish(
        _level("arousal"),
        "from calm to excited, for models that learnt from music with such labels",
        "arousal",
    )
    section: int | None = _option(
        _level("section"),
        "part of a piece, for models that learnt from music with such labels",
        "wishes",
        *("generate", "stream", "wish"),
        wish="section",
        flag="--section-label",
    )
    mood: Mood | None = _option(
        kinds.MOOD, "such as calm, or valence and arousal, each from -1 to 1: -0.6,0.8", "wishes",
        "generate", "stream", "wish",
    )  # fmt: skip
    guidance: float | None = _option(
        kinds.number(0, 10), "how much wishes weigh; 1: as learnt, 0: not at all, at most 10", "wishes"
    )
    instrument: int | str | Sequence[int | str] | None = _option(
        kinds.INSTRUMENT,
        "who plays: a General MIDI program, 0 to 127, or a name such as violin; or one for each track",
        "playing",
        "generate",
    )
    timing: bool | None = _option(
        kinds.FLAG,
        "drums on the grid, not as people time them",
        "playing",
        base="grid",
        flag="--no-timing",
    )
    roles: Sequence[str] | str | None = _option(
        kinds.ROLES_OF_PLAYERS,
        "who plays, by what each is there for: lead,chords,bass,drums; for models that have learnt roles",
        "playing",
        base="grid",
    )
    primer: Score | None = _option(
        kinds.PRIMER, "music to go on from, from its next bar line on", "primer", flag=None
    )
    with_primer: bool = field(
        default=False,
        metadata={
            "about": About(
                kinds.FLAG, "the primer too, not the new part alone", "primer", ("generate",), flag=None
            )
        },
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.with_primer is None:
            object.__setattr__(self, "with_primer", False)

    @property
    def steady_bpm(self) -> float | None:
        """The tempo; ValueError for one that moves, which is for pieces."""
        if isinstance(self.bpm, str | Sequence):
            raise ValueError("bpm must be one number here: only a piece knows where it moves to")
        return self.bpm

    @property
    def asked_scenes(self) -> tuple[scenes.Scene, ...]:
        """What is asked for by `at`, as it was read."""
        found: Any = self.at or ()
        return tuple(found)

    @property
    def asked_curve(self) -> scenes.Curve:
        """Those of the curve, as they were read."""
        found: Any = self.curve or ()
        return tuple(found)

    @property
    def given(self) -> dict[str, Any]:  # plain values, of several kinds
        """What is asked for, by name: what JSON can keep, without the primer."""
        values = {name: getattr(self, name) for name in ABOUT if name not in ("primer", "sections")}
        return {name: value for name, value in values.items() if value is not None}


_GROUPS = list(GROUPS)

ABOUT: dict[str, About] = {
    each.name: each.metadata["about"]
    for each in sorted(fields(Options), key=lambda each: _GROUPS.index(each.metadata["about"].group))
}
"""All options by name."""

Options.__doc__ = "\n".join(
    [
        f"{Options.__doc__}".rstrip(),
        "",
        "    Attributes:",
        *(f"        {name}: {about.help[:1].upper()}{about.help[1:]}." for name, about in ABOUT.items()),
    ]
)


def cadences_of(rules: Rules) -> Iterable[tuple[int, str]]:
    """The cadences that are asked for, as `Options` has read them: bar and kind."""
    found: Any = rules.cadence if isinstance(rules, Options) else None  # a tuple, where it is given
    return found or ()


def known(call: Call, info: ModelInfo) -> list[str]:
    """The options of a call that mean something to a model."""
    learnt = {wish["name"] for wish in info.wishes if wish["trained"]}
    return [
        name
        for name, about in ABOUT.items()
        if call in about.calls
        and about.base in (None, info.time_base)
        and (not about.wish or about.wish in learnt)
        and (name != "latent" or info.latent is not None)
        and (name != "timing" or info.timing is not None)
        and (name != "roles" or (info.repertoire is not None and bool(info.repertoire.roles)))
        and (name != "candidates" or info.judge is not None)
    ]


def check_names(call: Call, names: Iterable[str], info: ModelInfo, beside: Sequence[str] = ()) -> None:
    """TypeError for a name that is no option of a call; it says what is near, and what there is.

    `beside`: what else the call takes, and may have been meant.
    """
    for name in names:
        if name in ABOUT and call in ABOUT[name].calls:
            continue
        there = known(call, info)
        if name in ABOUT:
            hint = _elsewhere(ABOUT[name])
        else:
            from difflib import get_close_matches  # here, because it is for mistakes alone

            near = get_close_matches(
                name, [*there, *beside, *(each for each in ABOUT if each not in there)], 1
            )
            hint = f", did you mean {near[0]}?" if near else ""
        raise TypeError(f"{call} takes no {name!r}{hint}; {info.name} knows {', '.join(there)}")


def read_changes(call: Call, changes: Mapping[str, Any], info: ModelInfo) -> dict[str, Any]:
    """Options to be changed while a stream plays, as plain values by name; None takes one back.

    Any: as in `Options`. TypeError or ValueError for what cannot be.
    """
    check_names(call, changes, info, ("at",))
    return {
        name: None if value is None else kinds.read(name, ABOUT[name].kind, value)
        for name, value in changes.items()
    }


def _elsewhere(about: About) -> str:
    """Where an option has its place."""
    if "restrict" in about.calls:
        return ", which is a rule: use restrict"
    if "wish" in about.calls:
        return ", which is a wish: use wish"
    if "stream" in about.calls:
        return ", which stays as it is from the beginning of a stream"
    return ", which is for pieces: use generate"
