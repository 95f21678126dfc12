"""The one place where options become a request with everything settled: for pieces and for streams, at the
start and while a stream plays.

What the player asks for wins. What he leaves open a mood may say, then the form (people's pieces have a
meter, a key, a style ...), then what is usual in the model's music.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from linnet.controls import form as forms
from linnet.controls import going_on, keys, moods
from linnet.controls.extent import length_of, with_cadences
from linnet.controls.latent import between, latent_of
from linnet.controls.limits import Limits, limits_of
from linnet.controls.options import Options
from linnet.controls.plan_types import BEAT, IN_REGISTER, RETURNS
from linnet.controls.players import Players, players_asked, players_of_form
from linnet.controls.progression import Progression
from linnet.controls.repertoire import checked_program, usual_instrument
from linnet.controls.request import Request
from linnet.controls.sampling import Sampling, candidates_of, guidance_of, sampling_of
from linnet.controls.timing import Timing
from linnet.controls.wish_values import with_values
from linnet.controls.wishes import INDEX
from linnet.music.key import KEYS, home_key
from linnet.music.theory import key_index, scale_classes
from linnet.music.timeline import TimeSignature
from linnet.tokens.quantise import check_meter
from linnet.tools.chance import new_seed
from linnet.tools.dataclass import replace

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["changed", "resolve", "restored"]

_SETTLE_SCALE = {"key", "scale", "mood", "pitch_range", "chords"}
"""Who changes one of these in a stream takes leave of the scale that its form began with."""

_SETTLE_PLAYERS = {"drums", "hands", "rhythm_only"}
"""Options that leave a form nothing to say about who plays."""

_NAMES = tuple(INDEX)
"""The wish of each column."""


def resolve(info: ModelInfo, options: Options, *, endless: bool = False) -> Request:
    """The request of a new piece, or of a stream, which is endless.

    Raises:
        ValueError: For options that are out of the model's range or cannot go together.
    """
    seed = new_seed() if options.seed is None else options.seed
    if options.primer is not None:
        key = home_key(options.primer) if info.home else going_on.key_of(options.primer)
    else:
        key = keys.usual(info, seed, options.mood)
    nothing_yet = Request(
        options=Options(),
        seed=seed,
        length=0 if endless else length_of(info, options),
        sampling=Sampling(),
        guidance=guidance_of(options, info),
        limits=Limits(),
        candidates=candidates_of(options, info),
        key=key or 0,
        latent=latent_of(info, options.latent, seed),
        time_signature=None if options.time_signature is None else str(options.time_signature),
        closes=options.form != "" and not options.loop,
        home=info.home,
        instrument=None if options.primer is not None else usual_instrument(info.defaults, seed),
        timing=_timing(info, options),
        returns=float(info.defaults.get("returns", RETURNS)),
        beat=float(info.defaults.get("beat", BEAT)),
        in_register=float(info.defaults.get("in_register", IN_REGISTER)),
    )
    nothing_yet = _with_players(nothing_yet, players_asked(info, options))
    if options.time_signature is not None and info.time_base != "grid":
        raise ValueError(f"{info.name} keeps human timing: it has no time_signature")
    if options.time_signature is not None:
        meter = TimeSignature.named(str(options.time_signature))
        check_meter(meter, "time_signature is", info.meters, info.name)
    return _with_form(info, _with_options(info, nothing_yet, options, options.given), key)


def _with_players(request: Request, found: Players | None) -> Request:
    """The request with those who play, whose limits are yet to be found."""
    return replace(request, players=found, roles=found.roles if found else ())


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
        request = _in_new_key(info, request)
    return _with_room_for_chords(info, request)


def _in_new_key(info: ModelInfo, request: Request) -> Request:
    """The request with a scale of the key that is wished for: what the form has of it, or all of it.

    A wish alone would leave the music in its old key, which it has heard so much of. Where the player's
    pitches have none of the scale, the wish has to do.
    """
    key = request.wishes[INDEX["key"]]
    if not key:
        return request
    numbered = forms.is_numbered(request.form)
    scale = keys.scale_of_key(key, info.forms[int(request.form.split()[0])] if numbered else None)
    try:
        limits = limits_of(request.options, info, scale, request.players, key=key - 1)
        return replace(request, scale=scale, limits=limits)
    except ValueError:
        return request


def restored(
    info: ModelInfo,
    *,
    options: Options,
    seed: int,
    scale: Any,
    wishes: Sequence[int],
    key: int,
    latent: Sequence[float],
    form: str,
    first: int,
    chords_first: int,
    players: Any,
    instrument: Any = None,  # streams that were saved before there was one have none
) -> Request:
    """The request of a stream that was saved, from what cannot be found out again; the rest follows from it.

    Any: whatever stood there. ValueError or TypeError for a scale, a form or a latent that no stream has.
    """
    scale = Options(scale=scale).scale
    form = forms.check(form, info.forms)
    point = None if options.mood is None else moods.point(options.mood)
    own = [name for name in moods.GOVERNED if getattr(options, name) is not None]
    who = None if players is None else Players.restored(players)
    # Whoever plays in a primer was no part of the form when it was drawn.
    roles = None if who is None else who.roles if who.order is None else ()
    return Request(
        options=options,
        seed=seed,
        length=0,
        sampling=sampling_of(options, info),
        guidance=guidance_of(options, info),
        limits=limits_of(options, info, scale, who, key=key),
        candidates=candidates_of(options, info),
        scale=scale,
        wishes=tuple(wishes),
        key=key,
        bpm=options.steady_bpm
        if point is None
        else moods.implied(point, own, key % 12, info).get("bpm", options.steady_bpm),
        latent=latent_of(info, latent or None, seed),
        form=form,
        plan=forms.plan(form, info.forms, 0, roles=roles) if form else None,
        first=first,
        progression=_progression(options, key),
        chords_first=chords_first,
        players=who,
        roles=who.roles if who else (),
        home=info.home,
        instrument=checked_program(instrument),
        timing=_timing(info, options),
        returns=float(info.defaults.get("returns", RETURNS)),
        beat=float(info.defaults.get("beat", BEAT)),
        in_register=float(info.defaults.get("in_register", IN_REGISTER)),
    )


def _with_options(info: ModelInfo, before: Request, options: Options, names: Collection[str]) -> Request:
    """The request with other options, of which these are new; about the others it stays as it is."""
    mood = None if options.mood is None else moods.point(options.mood)
    key = before.key if options.key is None else key_index(options.key)
    own = [name for name in moods.GOVERNED if getattr(options, name) is not None]
    values: dict[str, Any] = {name: getattr(options, name) for name in names}
    chords = keys.key_of_chords(info, options)
    if chords is not None and not {"chords", "key"}.isdisjoint(names):
        values["key"] = KEYS[chords]
    if mood is not None or "mood" in names:
        own = own if chords is None else [*own, "key"]
        values |= moods.implied(mood, own, key % 12, info)
    if (
        chords is None
        and info.home
        and "scale" in names
        and options.scale is not None
        and options.key is None
    ):
        key = keys.key_of_scale(options.scale, key)
        values |= {"key": KEYS[key]} if info.has_learnt("key") else {}
    elif values.get("key"):
        key = key_index(values["key"])
    if options.bpm is not None and "bpm" in values:
        values["bpm"] = options.steady_bpm
    bpm, scale = values.get("bpm", before.bpm), before.scale
    if bpm is not None and info.time_base != "grid":
        raise ValueError(f"{info.name} keeps human timing: it has no bpm")
    if bpm is not None and options.bpm is None and options.bpm_range is not None:  # a mood's
        bpm = min(max(bpm, options.bpm_range[0]), options.bpm_range[1])
    if options.scale is not None:
        scale = options.scale if isinstance(options.scale, str) else tuple(options.scale)
    elif not _SETTLE_SCALE.isdisjoint(names):
        scale = values.get("scale")
    return replace(
        before,
        options=options,
        sampling=sampling_of(options, info),
        limits=limits_of(options, info, scale, before.players, key=key),
        scale=scale,
        wishes=with_values(info, before.wishes, values),
        key=key,
        bpm=bpm,
        progression=_progression(options, key),
    )


def _progression(options: Options, key: int) -> Progression | None:
    """The chords asked for, numerals in that key of `linnet.music.key.KEYS`."""
    return None if options.chords is None else Progression.read(str(options.chords), key)


def _with_room_for_chords(info: ModelInfo, request: Request) -> Request:
    """The request with the tones of its chords in its scale, unless the player asks for a scale."""
    chords, scale = request.progression, request.scale
    if chords is None or scale is None or request.options.scale is not None:
        return request
    scale = tuple(sorted(scale_classes(scale) | chords.pitch_classes))
    limits = limits_of(request.options, info, scale, request.players, key=request.key)
    return replace(request, scale=scale, limits=limits)


def _with_form(info: ModelInfo, request: Request, key: int | None) -> Request:
    """The request of a beginning, with a form, and with what the form or the model's habits say beside it.

    `key` is the primer's, or one that is usual in the model's music.
    """
    form = _form(info, request)
    wishes, scale, meter = list(request.wishes), request.scale, request.time_signature
    people = None
    if forms.is_numbered(form) and request.primer is None:
        people = info.forms[int(form.split()[0])]
        if request.players is None and not _SETTLE_PLAYERS & request.options.given.keys():
            request = _with_players(request, players_of_form(info, people))
        meter = meter or people.time_signature
        if info.has_learnt("tempo") and not wishes[INDEX["tempo"]]:
            wishes[INDEX["tempo"]] = forms.usual_tempo(info.forms, people, style=wishes[INDEX["style"]])
        if info.has_learnt("style"):
            wishes[INDEX["style"]] = wishes[INDEX["style"]] or people.wishes["style"]
    elif request.primer is None and info.usual_styles and not wishes[INDEX["style"]]:
        wishes[INDEX["style"]] = info.forms[int(_one_of_people(info, request).split()[0])].wishes["style"]
    column = INDEX["key"]
    primer, stays = request.primer, False
    if primer is not None:
        for place, value in going_on.habits(primer, info.time_base).items():
            if not wishes[place] and place not in request.held and info.has_learnt(_NAMES[place]):
                wishes[place] = value
        stays = not wishes[column] or wishes[column] == (key or 0) + 1
        if scale is None and request.options.pitch_range is None and request.options.mood is None:
            scale = going_on.scale_in(primer, key, None if stays else wishes[column] - 1)
        if not stays and info.home:
            request = replace(request, primer_key=key)
    if not wishes[column] and request.options.scale is None and info.has_learnt("key"):
        wishes[column] = (people and people.wishes["key"]) or (0 if key is None else key + 1)
    if people is not None and scale is None and request.options.pitch_range is None:
        scale = keys.in_key(people, wishes[column])
    # In endless music the key may change, and a stream that is restored then must have the same plan.
    is_minor = wishes[column] > 12 if wishes[column] and request.length else None
    upbeat = request.primer is None and not request.options.loop
    roles = request.players.roles if request.players else None if primer is None else ()
    plan = (
        forms.plan(form, info.forms, request.length, upbeat=upbeat, is_minor=is_minor, roles=roles)
        if form
        else None
    )
    comes_back = stays or request.primer_key is not None
    if primer is not None and comes_back and request.options.form is None and info.has_learnt("likeness"):
        new = going_on.plan(primer, request.length)
        form, plan = ("", new) if new else (form, plan)
    plan, closes = with_cadences(request, plan, has_key=bool(wishes[column]))
    if meter is not None and request.progression is not None:
        request.progression.check_meter(meter)
    if meter is not None:
        request.limits.exercise.check_meter(meter)
    key = wishes[column] - 1 if wishes[column] else request.key
    request = replace(
        request,
        progression=_progression(request.options, key),  # numerals count from the key that is found only now
        form=form,
        plan=plan,
        closes=closes,
        time_signature=meter,
        wishes=tuple(wishes),
        key=key,
        scale=scale,
        limits=limits_of(request.options, info, scale, request.players, key=key),
    )
    return _with_room_for_chords(info, request)


def _form(info: ModelInfo, request: Request) -> str:
    """The form asked for, else one of the model's: chosen by the seed among those that suit."""
    form = request.options.form
    able = info.time_base == "grid" and info.has_learnt("likeness")
    if form and not able:
        raise ValueError(f"form is not for {info.name}: it has not learnt to make bars alike")
    if form is not None or not able:
        return forms.check(str(form or ""), info.forms)
    return _one_of_people(info, request) if info.forms else str(info.defaults.get("form", ""))


def _one_of_people(info: ModelInfo, request: Request) -> str:
    """The number of one of people's forms, or several, chosen by the seed among those that suit."""
    primer, meter = request.primer, request.time_signature
    if primer is not None:
        meter = f"{primer.time_signatures[-1].numerator}/{primer.time_signatures[-1].denominator}"
    elif meter is None and request.progression is not None:
        meter = request.progression.meter([form.time_signature for form in info.forms])
    key, style = request.wishes[INDEX["key"]], request.wishes[INDEX["style"]]
    fits = request.limits.exercise.suits
    # A composed plan is as long as the piece, whatever the form; and people's short pieces are simple.
    bars = min(request.length, 1) if info.plan is not None else request.length
    return forms.choose(
        info.forms,
        request.seed,
        bars,
        time_signature=meter,
        key=key,
        style=style,
        usual=info.usual_styles,
        suits=fits,
    )


def _timing(info: ModelInfo, options: Options) -> Timing | None:
    """The model's, unless the player wants none."""
    if options.timing and info.timing is None:
        raise ValueError(f"{info.name} has no timing: it learnt from nobody who played")
    return None if options.timing is False else info.timing
