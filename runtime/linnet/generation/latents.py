"""What a variational model does with its latents; `linnet.Model` is one of these."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, Unpack

from linnet.controls import latent as _latent
from linnet.controls.model_info import Latent, ModelInfo
from linnet.controls.options import Options
from linnet.engine.engine import Engine
from linnet.music.score import Score
from linnet.tools.lazy import later, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.controls.keywords import PieceOptions, StreamOptions
    from linnet.engine import latent as _encoding
    from linnet.generation import morph as _morph
else:
    _encoding, _morph = later("linnet.engine.latent"), later("linnet.generation.morph")

__all__ = ["Latents"]


class Latents:
    """Reads phrases into latents, draws new ones, and goes from one phrase to another."""

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine:
            """The network that plays."""

        @property
        def info(self) -> ModelInfo:
            """What the file says about itself."""

        def _options(
            self, call: Literal["generate", "stream"], options: PieceOptions | StreamOptions
        ) -> Options:
            """The options of a call, with a seed."""

    def encode(self, score: Score) -> NDArray[np.float32]:
        """The latent of a variational model that stands for a phrase; the same on every CPU.

        `generate(latent=...)` plays it again, as well as so few numbers can tell.

        Args:
            score: A phrase with notes, of as many bars as the model has learnt to read (2 to 16, in
                `phrase`).

        Returns:
            The latent, (latent,).

        Raises:
            ValueError: For a phrase without notes or of another length, and for a model that is no
                variational one.
        """
        about = self._about_latent()
        return _encoding.encode(self._encoder, score, self.info, about)

    def sample_latent(self, seed: int) -> NDArray[np.float32]:
        """A random latent, of a phrase that nobody wrote. The same seed, the same everywhere.

        Args:
            seed: 0 to 2**64 - 1.

        Returns:
            The latent, (latent,).

        Raises:
            ValueError: For a model that is no variational one, and for a seed out of range.
        """
        return np.array(_latent.sample(self._about_latent(), seed), np.float32)

    def morph(self, a: Score, b: Score, *, steps: int = 8, **options: Unpack[PieceOptions]) -> list[Score]:
        """Phrases on the way from a to b, both included as the model has them.

        No phrase has fewer notes of b, or more of a, than the one before, and none leaves their range. Tempo
        and number of bars go along.

        Args:
            a: The phrase to begin with.
            b: The phrase to end with, in the same meter.
            steps: How many phrases, 2 to 1,000.
            **options: Those of `generate`; the seed is one for all, and the temperature 0 unless given.

        Raises:
            ValueError: As from `encode`, and for phrases in two meters.
        """
        wanted = self._options("generate", options)
        ends = self.encode(a).tolist(), self.encode(b).tolist()
        return _morph.morph(self.engine, a, b, ends=ends, steps=steps, options=wanted)

    def _about_latent(self) -> Latent:
        if self.info.latent is None:
            raise ValueError(f"{self.info.name} has no latent: it is not a variational model")
        return self.info.latent

    @cached_property
    def _encoder(self) -> Engine:
        source = f"{self.info.source}: its encoder"
        return Engine(self._about_latent().encoder, source=source, engine=self.engine.runs_on)
