"""The one place where options become a request with everything settled: for pieces and for streams, at the
start and while a stream plays.

What the player asks for wins. What he leaves open a mood may say, then the form (people's pieces have a
meter, a key, a style ...), then what is usual in the model's music.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from linnet._core import Rng
from linnet.controls import form as forms
from linnet.controls import going_on, moods
from linnet.controls.form import Form, Plan
from linnet.controls.latent import between, latent_of
from linnet.controls.limits import Limits, limits_of
from linnet.controls.options import ABOUT, Options
from linnet.controls.repertoire import heard_program
from linnet.controls.sampling import Sampling, guidance_of, sampling_of
from linnet.controls.wishes import INDEX
from linnet.music.key import home_shift
from linnet.music.theory import key_index
from linnet.tokens.quantise import TICKS_PER_SECOND
from linnet.tokens.vocabulary import tempo_index
from linnet.tools.chance import Streams, new_seed

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo
    from linnet.music.score import Score

__all__ = ["Request", "changed", "resolve", "restored", "usual_key"]

_BARS, _SECONDS = 16, 30
"""Length of a piece unless given."""

_HELD_BY = {
    "density": ("density",),
    "polyphony": ("polyphony", "texture"),
    "register": ("register", "pitch_range"),
}
"""Options that leave a form nothing to say about a wish."""

_SETTLE_SCALE = {"key", "scale", "mood", "pitch_range"}
"""Who changes one of these in a stream takes leave of the scale that its form began with."""


_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10, 11)
"""What a key is made of, from its tonic on; a minor key has two sevenths."""

_NAMES = tuple(INDEX)
"""The wish of each column."""

_ENOUGH = 5
"""Pitch classes of a key that are a scale."""


@dataclass(frozen=True, slots=True)
class Request:
    """A piece or a stream to be made, with everything settled."""

    options: Options
    """What the player asks for."""

    seed: int
    length: int
    """Bars on the grid, hundredths of a second in the performance base; a primer comes on top. 0: endless."""

    sampling: Sampling
    guidance: float
    limits: Limits
    """The hard rules."""

    scale: str | tuple[int, ...] | None = None
    """Among them: the player's, or else the mood's or the form's."""

    wishes: tuple[int, ...] = (0,) * len(INDEX)
    """By column, 0 for none: the player's, or else the mood's, the form's or the model's usual one."""

    tonic: int = 0
    """Pitch class of the key, or of the key that a mood would take."""

    bpm: float | None = None
    time_signature: str | None = None
    latent: tuple[float, ...] = ()
    """Of a variational model."""

    form: str = ""
    plan: Plan | None = None
    """What the form says bar by bar."""

    first: int = 1
    """The bar in which the form begins, a primer's bars not counted."""

    home: bool = False
    """Whether the network reads and writes in the home key."""

    closes: bool = True
    """Whether the piece is made to close in its key; not where form "" leaves all of it to chance."""

    @property
    def mood(self) -> moods.Point | None:
        """Valence and arousal."""
        return None if self.options.mood is None else moods.point(self.options.mood)

    @property
    def shift(self) -> int | None:
        """Semitones from the home key to the sounding one; None for a network that does not care."""
        if not self.home:
            return None
        key = self.wishes[INDEX["key"]]
        return home_shift(key - 1 if key else self.tonic)

    def heard_program(self, program: int) -> int:
        """Who is heard where the network plays a program: that one, unless the player allows only others."""
        return heard_program(program, self.options.programs)

    @property
    def primer(self) -> Score | None:
        """Music to go on from."""
        return self.options.primer

    @property
    def held(self) -> frozenset[int]:
        """Columns of wishes about which the form has nothing to say, because the player or his mood has."""
        given = {name for name in ABOUT if getattr(self.options, name) is not None}
        if self.options.mood is not None:
            given.update(moods.GOVERNED)
        return frozenset(INDEX[wish] for wish, names in _HELD_BY.items() if not given.isdisjoint(names))


def resolve(info: ModelInfo, options: Options, *, endless: bool = False) -> Request:
    """The request of a new piece, or of a stream, which is endless.

    Raises:
        ValueError: For options that are out of the model's range or cannot go together.
    """
    seed = new_seed() if options.seed is None else options.seed
    if options.primer is not None:
        key = going_on.key_of(options.primer)
    else:
        key = _usual_key(info, seed, options.mood)
    nothing_yet = Request(
        options=Options(),
        seed=seed,
        length=0 if endless else _length(info, options),
        sampling=Sampling(),
        guidance=guidance_of(options, info),
        limits=Limits(),
        tonic=(key or 0) % 12,
        latent=latent_of(info, options.latent, seed),
        time_signature=None if options.time_signature is None else str(options.time_signature),
        closes=options.form != "",
        home=info.home,
    )
    if options.time_signature is not None and info.time_base != "grid":
        raise ValueError(f"{info.name} keeps human timing: it has no time_signature")
    return _with_form(info, _with_options(info, nothing_yet, options, options.given), key)


def changed(info: ModelInfo, request: Request, changes: Mapping[str, Any], *, bars: int = 1) -> Request:
    """The request after changes: plain values by name, None for what is taken back.

    A latent is approached, in so many `bars`; the request is the one of the first.

    Raises:
        ValueError: For values that are out of the model's range or cannot go together.
    """
    options = replace(request.options, **changes)
    if "latent" in changes:
        target = latent_of(info, options.latent, 0)
        request = replace(request, latent=between(request.latent, target, 1 / bars))
    request = _with_options(info, request, options, changes)
    if request.scale is None and not _SETTLE_SCALE.isdisjoint(changes):
        return _in_new_key(info, request)
    return request


def _in_new_key(info: ModelInfo, request: Request) -> Request:
    """The request with a scale of the key that is wished for: what the form has of it, or all of it.

    A wish alone would leave the music in its old key, which it has heard so much of; and the scales of forms
    have chromatic notes that would do so too. Where the player's pitches have none of the scale, the wish has
    to do.
    """
    key = request.wishes[INDEX["key"]]
    if not key:
        return request
    numbered = request.form and not request.form.isalpha()
    people = info.forms[int(request.form.split()[0])] if numbered else None
    steps = _MAJOR if key <= 12 else _MINOR
    scale = tuple(sorted((step + key - 1) % 12 for step in steps))
    of_form = tuple(each for each in (people and _scale(people, key)) or () if each in scale)
    scale = of_form if len(of_form) >= _ENOUGH else scale
    try:
        return replace(request, scale=scale, limits=limits_of(request.options, info, scale))
    except ValueError:
        return request


def restored(
    info: ModelInfo,
    *,
    options: Options,
    seed: int,
    scale: Any,
    wishes: Sequence[int],
    tonic: int,
    latent: Sequence[float],
    form: str,
    first: int,
) -> Request:
    """The request of a stream that was saved, from what cannot be found out again; the rest follows from it.

    Any: whatever stood there. ValueError or TypeError for a scale, a form or a latent that no stream has.
    """
    scale = Options(scale=scale).scale
    form = forms.check(form, info.forms)
    point = None if options.mood is None else moods.point(options.mood)
    own = [name for name in moods.GOVERNED if getattr(options, name) is not None]
    return Request(
        options=options,
        seed=seed,
        length=0,
        sampling=sampling_of(options, info),
        guidance=guidance_of(options, info),
        limits=limits_of(options, info, scale),
        scale=scale,
        wishes=tuple(wishes),
        tonic=tonic,
        bpm=options.bpm if point is None else moods.implied(point, own, tonic, info).get("bpm", options.bpm),
        latent=latent_of(info, latent or None, seed),
        form=form,
        plan=forms.plan(form, info.forms, 0) if form else None,
        first=first,
        home=info.home,
    )


def usual_key(keys: Mapping[str, float], seed: int) -> str | None:
    """One of the keys, chosen by their shares; None where there are none. The same seed, the same key."""
    reach = Rng(seed, stream=Streams.KEY).uniform() * sum(keys.values())
    for name, share in keys.items():
        reach -= share
        if reach < 0:
            return name
    return next(iter(keys), None)


def _with_options(info: ModelInfo, before: Request, options: Options, names: Collection[str]) -> Request:
    """The request with other options, of which these are new; about the others it stays as it is."""
    mood = None if options.mood is None else moods.point(options.mood)
    tonic = before.tonic if options.key is None else key_index(options.key) % 12
    values: dict[str, Any] = {name: getattr(options, name) for name in names}
    if mood is not None or "mood" in names:
        own = [name for name in moods.GOVERNED if getattr(options, name) is not None]
        values |= moods.implied(mood, own, tonic, info)
    bpm, scale = values.get("bpm", before.bpm), before.scale
    if bpm is not None and info.time_base != "grid":
        raise ValueError(f"{info.name} keeps human timing: it has no bpm")
    if options.scale is not None:
        scale = options.scale if isinstance(options.scale, str) else tuple(options.scale)
    elif not _SETTLE_SCALE.isdisjoint(names):
        scale = values.get("scale")
    return replace(
        before,
        options=options,
        sampling=sampling_of(options, info),
        limits=limits_of(options, info, scale),
        scale=scale,
        wishes=_wishes(info, before.wishes, values),
        tonic=tonic,
        bpm=bpm,
    )


def _wishes(info: ModelInfo, before: tuple[int, ...], values: Mapping[str, Any]) -> tuple[int, ...]:
    """Those before, but for what these values say."""
    wishes = list(before)
    for name, value in values.items():
        wish = ABOUT[name].wish
        if name == "bpm" and info.has_learnt("tempo"):
            wishes[INDEX["tempo"]] = 0 if value is None else tempo_index(value) + 1
        elif ABOUT[name].group == "wishes" and wish:
            wishes[INDEX[wish]] = 0 if value is None else _wish_value(info, name, wish, value)
    return tuple(wishes)


def _wish_value(info: ModelInfo, name: str, wish: str, value: str | int) -> int:
    """The number of a wish; ValueError for one that the model has not learnt."""
    about = next((entry for entry in info.wishes if entry["name"] == wish), None)
    if about is None or not about["trained"]:
        raise ValueError(f"{name} is a wish this model has not learnt")
    names = list(about.get("values", ()))
    if name == "key":
        return key_index(str(value)) + 1
    if isinstance(value, str):
        if value in names:
            return names.index(value) + 1
        if not value.isdecimal():
            raise ValueError(f"{name} must be one of {', '.join(names) or 'its numbers'}, got {value!r}")
    most = len(names) or about["count"] - 1
    if not 1 <= int(value) <= most:
        raise ValueError(f"{name} must be between 1 and {most}, got {value}")
    return int(value)


def _with_form(info: ModelInfo, request: Request, key: int | None) -> Request:
    """The request of a beginning, with a form, and with what the form or the model's habits say beside it.

    `key` is the primer's, or one that is usual in the model's music.
    """
    form = _form(info, request)
    wishes, scale, meter = list(request.wishes), request.scale, request.time_signature
    people = None
    if form and not form.isalpha() and request.primer is None:
        people = info.forms[int(form.split()[0])]
        meter = meter or people.time_signature
        for name in ("style", "tempo"):
            if info.has_learnt(name):
                wishes[INDEX[name]] = wishes[INDEX[name]] or people.wishes[name]
    column = INDEX["key"]
    primer, stays = request.primer, False
    if primer is not None:
        for place, value in going_on.habits(primer, info.time_base).items():
            if not wishes[place] and place not in request.held and info.has_learnt(_NAMES[place]):
                wishes[place] = value
        stays = not wishes[column] or wishes[column] == (key or 0) + 1
        if stays and scale is None and request.options.pitch_range is None and request.options.mood is None:
            scale = going_on.scale_of(primer)
    if not wishes[column] and request.options.scale is None and info.has_learnt("key"):
        wishes[column] = (people and people.wishes["key"]) or (0 if key is None else key + 1)
    if people is not None and scale is None and request.options.pitch_range is None:
        scale = _scale(people, wishes[column])
    plan = forms.plan(form, info.forms, request.length, upbeat=request.primer is None) if form else None
    if primer is not None and stays and request.options.form is None and info.has_learnt("likeness"):
        new = going_on.plan(primer, request.length)
        form, plan = ("", new) if new else (form, plan)
    return replace(
        request,
        form=form,
        plan=plan,
        time_signature=meter,
        wishes=tuple(wishes),
        tonic=(wishes[column] - 1) % 12 if wishes[column] else (key or 0) % 12,
        scale=scale,
        limits=limits_of(request.options, info, scale),
    )


def _form(info: ModelInfo, request: Request) -> str:
    """The form asked for, else one of the model's: chosen by the seed among those that suit."""
    form, primer = request.options.form, request.primer
    able = info.time_base == "grid" and info.has_learnt("likeness")
    if form and not able:
        raise ValueError(f"form is not for {info.name}: it has not learnt to make bars alike")
    if form is not None or not able:
        return forms.check(str(form or ""), info.forms)
    if not info.forms:
        return str(info.defaults.get("form", ""))
    meter = request.time_signature
    if primer is not None:
        meter = f"{primer.time_signatures[-1].numerator}/{primer.time_signatures[-1].denominator}"
    key, style = request.wishes[INDEX["key"]], request.wishes[INDEX["style"]]
    return forms.choose(info.forms, request.seed, request.length, time_signature=meter, key=key, style=style)


def _scale(form: Form, key: int) -> tuple[int, ...] | None:
    """The pitch classes of a form in another key; None where one of the two is major and the other minor."""
    if not key or not form.wishes["key"] or (key > 12) != (form.wishes["key"] > 12):
        return None
    return tuple(sorted((step + key - 1) % 12 for step in form.scale))


def _usual_key(info: ModelInfo, seed: int, mood: moods.Mood | None) -> int | None:
    """By the seed; of the mood's mode where the model knows any."""
    keys = info.defaults.get("keys", {})
    if mood is not None:
        mode = moods.mode(moods.point(mood))
        keys = {name: share for name, share in keys.items() if name.endswith(mode)} or keys
    name = usual_key(keys, seed)
    return None if name is None else key_index(name)


def _length(info: ModelInfo, options: Options) -> int:
    """In bars, or in hundredths of a second in the performance base."""
    if info.time_base == "grid":
        if options.seconds is not None:
            raise ValueError(f"{info.name} counts bars: ask for bars instead of seconds")
        return _BARS if options.bars is None else options.bars
    if options.bars is not None:
        raise ValueError(f"{info.name} keeps human timing and has no bars: ask for seconds")
    return round((_SECONDS if options.seconds is None else options.seconds) * TICKS_PER_SECOND)
