"""What a stream is asked for: wishes, rules, where it goes and how it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack

from linnet.controls import kinds
from linnet.controls.keywords import RuleOptions, WishOptions
from linnet.controls.latent import latent_of
from linnet.controls.model_info import ModelInfo
from linnet.controls.options import ABOUT, read_changes
from linnet.music.score import Score
from linnet.stream import clock
from linnet.stream.player import Player
from linnet.stream.segment import Change
from linnet.stream.timeline import At
from linnet.stream.transition import Transition

__all__ = ["Steering", "Where"]

Where = At | Literal["section"]
"""Where a change is heard first."""

_GLIDE = kinds.whole(1, 1000)
_ENDING = kinds.whole(1, 16)
_VARY, _BRIDGE = kinds.whole(0, 64), kinds.whole(0, 16)
_SOON = kinds.number(0.05, 600)


class Steering:
    """What a stream is asked for; `linnet.Stream` is one of these."""

    _player: Player
    _read: bool

    if TYPE_CHECKING:

        @property
        def info(self) -> ModelInfo: ...

        def _told(self, call: str, args: Mapping[str, Any]) -> None: ...

    def wish(self, *, at: Where = "bar", **wishes: Unpack[WishOptions]) -> None:
        """Changes wishes, tempo and chance, from the next bar line on; what is not named stays as it is.

        A bar line less than a tenth of a second away counts as passed. Where a wish is not what it was, a new
        section begins: the form starts over, so that nothing old comes back. Other chords begin with their
        first.

        With `at="beat"` or `"now"` the rest of the bar is composed anew, from its first onset at or after the
        next beat or this moment. What was handed out stays.

        The call itself composes nothing. The next calls of `advance` do, each within its budget, or the
        worker does, or `prepare`; until then the music goes on as it was, so that a change is heard some
        milliseconds later on a laptop, and a beat or a bar later on a machine that is slow. A wish that is as
        it was is nothing, and of many for one place only the last word counts: a game may wish in every
        frame.

        Args:
            at: `"bar"`, `"beat"`, `"now"`, or `"section"`: where the next section of the form begins.
            **wishes: As in `Model.generate`: `key`, `style`, `density`, `register`, `texture`, `loudness`,
                `chords`, `valence`, `arousal`, `section`, `mood`, `bpm`, `temperature`, `top_k`, `top_p`,
                `min_p`. None takes one back: a wish is not wished any more, the tempo is left to the network,
                and tokens are chosen as the model likes. A mood keeps the tonic, and whatever was asked for
                by name and not taken back.

        Raises:
            TypeError: For a wish that does not exist, and for a value of the wrong kind.
            ValueError: For a value out of range, and for a wish the model has not learnt.
        """
        self._change("wish", wishes, at)

    def restrict(self, *, at: Where = "bar", **rules: Unpack[RuleOptions]) -> None:
        """Changes rules as `wish` changes wishes.

        Args:
            at: `"bar"`, `"beat"`, `"now"` or `"section"`, as in `wish`.
            **rules: Those of `linnet.Rules`: `scale`, `pitch_range`, `polyphony`, `longest`, `programs`,
                `drums`, `parallels`, `crossing`, `cadences`, `original`, `watchdog`, and those for lessons:
                `rhythm`, `leap`, `step_share`, `rest`, `accidentals`, `hands`, `call_and_response`,
                `rhythm_only`; and for care: `loudness_range`, `loudness_change`, `bpm_range`, `bpm_change`,
                `most_notes`, `more_notes`, `register_change`. None lifts one.

        Raises:
            TypeError: For a rule that does not exist, and for a value of the wrong kind.
            ValueError: For a value out of range, and for rules that no note could keep.
        """
        self._change("restrict", rules, at)

    def glide(self, latent: Iterable[float], *, bars: int = 1) -> None:
        """Takes the latent of a variational model elsewhere, from the next bar line on, in so many bars.

        With 8 bars the music turns from one phrase into another, an eighth of the way at each bar line, as a
        game does that moves to another scene. A later glide sets out from wherever this one has come.

        Args:
            latent: Where to, (latent,).
            bars: How many it takes to get there, 1 to 1,000.

        Raises:
            ValueError: For a latent of another size, and for a model without one.
        """
        bars = kinds.read("bars", _GLIDE, bars)
        to = latent_of(self.info, kinds.read("latent", ABOUT["latent"].kind, latent), 0)
        self._player.glide(to, bars)
        self._told("glide", {"latent": list(to), "bars": bars})

    def finish(
        self, *, at: Literal["bar", "section"] = "bar", bars: int = 2, in_seconds: float | None = None
    ) -> None:
        """Brings the music to its end: some bars that lead to a close on the tonic, and then silence.

        The last bars are composed for it, from the next bar line on, as those of a piece are: with the
        dominant where the model follows chords, and with a note or a chord of the tonic, held, at the end.
        When it is over `done` is true, an event of the kind `end` was given, and nothing is due any more.

        Args:
            at: `"bar"`, or `"section"`: the last bars begin with the next section, or with the next bar.
            bars: How many, 1 to 16.
            in_seconds: The end comes exactly so many seconds from now, 0.05 to 600, as for a cut or a door
                that closes: the number of bars and their tempo are chosen for it. Where there is no time for
                half a bar after the next bar line, the music is cut off and closed by two written chords.

        Raises:
            TypeError: For a value of the wrong kind.
            ValueError: For a value out of range, for a stream without bars or without a key, and for one that
                is read by its tokens.
        """
        bars = kinds.read("bars", _ENDING, bars)
        self._must_have_lines(at)
        if in_seconds is None:
            self._player.finish(bars, at)
            self._told("finish", {"at": at, "bars": bars})
            return
        seconds = kinds.read("in_seconds", _SOON, in_seconds)
        self._player.finish_in(clock.of_seconds(seconds))
        self._told("finish", {"in_seconds": seconds})

    def play(
        self,
        theme: Score,
        *,
        at: Literal["bar", "section"] = "bar",
        vary: int | None = None,
        key: str | None = None,
        name: str = "",
    ) -> None:
        """Plays a theme inside the music, from the next bar line on: a leitmotif that the music takes up.

        Its notes stand as they are, moved to the key of the music; who has no part in it goes on and
        accompanies. The bars after it are like it, in part, and its end is new: it is varied, and then left.

        Args:
            theme: The theme, at most 32 bars, in the meter of the music. An upbeat has a bar of its own. Its
                first track is played by the music's first player, and so on.
            at: `"bar"` or `"section"`.
            vary: In how many bars after it the music varies it, 0 to 64; as many as it has unless given. A
                model that has not learnt what comes back goes on as it likes.
            key: What the theme is in; found in its notes unless given.
            name: What the event of the kind `theme` calls it.

        Raises:
            TypeError: For a value of the wrong kind.
            ValueError: For a theme without notes, longer or in another meter, and for a stream without bars
                or one that is read by its tokens.
        """
        if not isinstance(theme, Score):
            raise TypeError(f"a theme is a linnet.Score, got {type(theme).__name__}")
        self._must_have_lines(at)
        vary = None if vary is None else kinds.read("vary", _VARY, vary)
        self._player.play(theme, at, vary, key, str(name))
        self._told("play", {"theme": theme, "at": at, "vary": vary, "key": key, "name": str(name)})

    def transition(
        self,
        *,
        at: Where | Literal["cue"] = "bar",
        cue: str = "",
        fill: bool = False,
        bridge: int = 0,
        **wishes: Unpack[WishOptions],
    ) -> None:
        """Goes over to another character of the music, and remembers where it was, for `back`.

        As `wish`, with a way there: a fill makes the bar before fuller, a bridge leads over in some bars, in
        tempo and density step by step, and comes to the dominant where the model follows chords.

        Args:
            at: `"now"`, `"beat"`, `"bar"`, `"section"`; or `"cue"`: at the next bar line after `Stream.cue`.
            cue: The name of the cue.
            fill: Whether the bar before is a fill; the change is a bar later then, if it must be.
            bridge: Bars between, 0 to 16.
            **wishes: As in `wish`.

        Raises:
            TypeError: For a wish that does not exist, and for a value of the wrong kind.
            ValueError: For a value out of range, a wish the model has not learnt, a way that does not begin
                at a bar line, and a cue without a name.
        """
        options = Change(read_changes("wish", wishes, self.info)).options
        if at == "cue":
            if not cue:
                raise ValueError("a cue has a name, such as cue='door'")
            plan = Transition("bar", options, bool(fill), kinds.read("bridge", _BRIDGE, bridge))
            self._player.prepare_cue(str(cue), plan)
        else:
            self._go(at, options, fill, bridge, back=False)
        self._told("transition", {"at": at, "cue": cue, "fill": fill, "bridge": bridge, **options})

    def cue(self, name: str) -> None:
        """Gives the cue for which a transition waits; KeyError where none does."""
        self._player.give_cue(name)
        self._told("cue", {"name": name})

    def back(self, *, at: Literal["bar", "section"] = "bar", fill: bool = False, bridge: int = 0) -> None:
        """Goes back to where the music was before the last `transition`, from the next bar line on.

        It goes on from the bar line at which it was left, with the notes that would have come then, as if
        nothing had been. What was asked for there is asked for again.

        Args:
            at: `"bar"` or `"section"`.
            fill: As in `transition`.
            bridge: Likewise.

        Raises:
            ValueError: Where no transition has left a place.
        """
        self._go(at, {}, fill, bridge, back=True)
        self._told("back", {"at": at, "fill": fill, "bridge": bridge})

    def _go(self, at: str, options: Mapping[str, Any], fill: bool, bridge: int, *, back: bool) -> None:
        bridge = kinds.read("bridge", _BRIDGE, bridge)
        if at not in ("now", "beat", "bar", "section"):
            raise ValueError(f"at must be 'now', 'beat', 'bar', 'section' or 'cue', got {at!r}")
        if (fill or bridge or back) and at in ("now", "beat"):
            raise ValueError("a fill, a bridge and the way back begin at a bar line: at='bar' or 'section'")
        self._must_have_lines("bar")
        self._player.transition(Transition(at, options, bool(fill), bridge, back))

    def _must_have_lines(self, at: str) -> None:
        if at not in ("bar", "section"):
            raise ValueError(f"at must be 'bar' or 'section', got {at!r}")
        if self._read:
            raise ValueError("this stream is read by its tokens: hear another one")
        if self.info.time_base != "grid":
            raise ValueError(f"{self.info.name} has no bars")

    def _change(self, call: Literal["wish", "restrict"], options: Mapping[str, Any], at: Where) -> None:
        change = Change(read_changes(call, options, self.info))
        if at not in ("bar", "beat", "now", "section"):
            raise ValueError(f"at must be 'bar', 'beat', 'now' or 'section', got {at!r}")
        if at != "bar" and self._read:
            raise ValueError("a stream that is read by its tokens changes at bar lines")
        if at == "section":
            self._player.change_at_line(change, "section")
        else:
            self._player.change(change, at)
        self._told(call, {"at": at, **change.options})
