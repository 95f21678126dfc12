"""The key that music is in where nobody asks for one, and the pitch classes that come with a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from linnet._core import Rng
from linnet.controls import moods
from linnet.controls.form import Form
from linnet.controls.progression import Progression, has_numerals
from linnet.music.key import KEYS
from linnet.music.theory import key_index, pitch_class, scale_classes
from linnet.tools.chance import Streams

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo
    from linnet.controls.options import Options

__all__ = ["in_key", "key_of_chords", "key_of_scale", "scale_of_key", "usual", "usual_key"]

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10, 11)
"""What a key is made of, from its tonic on; a minor key has two sevenths."""

_ENOUGH = 5
"""Pitch classes of a key that are a scale."""


def usual(info: ModelInfo, seed: int, mood: moods.Mood | None) -> int | None:
    """A key that is usual in the model's music, by the seed; of the mood's mode where the model knows any."""
    keys = info.defaults.get("keys", {})
    if mood is not None:
        mode = moods.mode(moods.point(mood))
        keys = {name: share for name, share in keys.items() if name.endswith(mode)} or keys
    name = usual_key(keys, seed)
    return None if name is None else key_index(name)


def usual_key(keys: Mapping[str, float], seed: int) -> str | None:
    """One of the keys, chosen by their shares; None where there are none. The same seed, the same key."""
    reach = Rng(seed, stream=Streams.KEY).uniform() * sum(keys.values())
    for name, share in keys.items():
        reach -= share
        if reach < 0:
            return name
    return next(iter(keys), None)


def key_of_scale(scale: str | Iterable[int], usual: int = 0) -> int:
    """The key in KEYS that music in a scale is at home in.

    A named scale has its tonic, and is minor where it has a minor third and no major one. Of numbers it is
    the key that shares the most with them and has the least beside; among equals the `usual` one if it is
    among them, else the first.
    """
    classes = scale_classes(scale)
    if isinstance(scale, str):
        tonic = pitch_class(scale.split()[0])
        minor = (tonic + 3) % 12 in classes and (tonic + 4) % 12 not in classes
        return tonic + 12 * minor
    fits = [len(classes & own) - len(own - classes) for own in map(_classes, range(len(KEYS)))]
    best = [key for key, fit in enumerate(fits) if fit == max(fits)]
    return usual if usual in best else best[0]


def key_of_chords(info: ModelInfo, options: Options) -> int | None:
    """The key that chords are in, where they are asked for by their names and no key is. ValueError where the
    model has not learnt chords.
    """
    if options.chords is None:
        return None
    if not info.has_learnt("chords"):
        raise ValueError(
            f"chords are a wish that {info.name} has not learnt: key and scale choose the notes, and texture "
            "how many sound together"
        )
    text = str(options.chords)
    if options.key is not None or has_numerals(text) or not info.has_learnt("key"):
        return None
    return Progression.read(text).key


def in_key(form: Form, key: int) -> tuple[int, ...] | None:
    """The pitch classes of a form in another key, as a wish has it; None where one of the two is major and
    the other minor, and for no key.
    """
    if not key or not form.wishes["key"] or (key > 12) != (form.wishes["key"] > 12):
        return None
    return tuple(sorted((step + key - 1) % 12 for step in form.scale))


def scale_of_key(key: int, form: Form | None) -> tuple[int, ...]:
    """What a form has of a key, as a wish has it, where that is enough for a scale; else all of the key.

    The scales of forms have chromatic notes, which would leave the music in the key that it is in.
    """
    scale = _classes(key - 1)
    own = scale.intersection((form and in_key(form, key)) or ())
    return tuple(sorted(own if len(own) >= _ENOUGH else scale))


def _classes(key: int) -> frozenset[int]:
    steps = _MAJOR if key < 12 else _MINOR
    return frozenset((step + key) % 12 for step in steps)
