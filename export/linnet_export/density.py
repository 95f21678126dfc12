"""Where phrases lie among latents, so that random ones are sampled from there.

In training a latent is held near N(0, I) at the price of a fifth, which leaves the phrases in a small and
oblique part of it; what lies elsewhere stands for no music. A distribution that is fitted afterwards finds
them (ex-post density estimation: Ghosh, Sajjadi, Vergari, Black and Schoelkopf, "From Variational to
Deterministic Autoencoders", ICLR 2020).
"""

from binascii import b2a_base64

import numpy as np

from linnet.controls.model_info import Json
from linnet_train.corpus.corpus import Corpus
from linnet_train.data.phrases import Phrase, held_out, length_wishes
from linnet_train.network.network import Network
from linnet_train.training.variational import encode

BARS = 8
"""Of the phrases, one from each piece of the train split."""

LARGEST = 32767


def density(network: Network, corpus: Corpus) -> dict[str, Json] | None:
    """Mean and covariance of the phrases' latents, as the runtime reads them
    (`linnet.controls.model_info.Density`).

    None where there are too few phrases to tell: less than two for each number of the latent.
    """
    pieces = corpus.pieces("train")
    cuts = held_out(pieces, BARS, most=len(pieces))
    size = network.config.latent
    if len(cuts) < 2 * size:
        return None
    latents = encode(network, [Phrase.of(cut, length_wishes(BARS)) for cut in cuts]).mean.double().numpy()
    covariance = np.cov(latents.T).reshape(size, size)
    # A number that no phrase uses has no variance, and a matrix with one has no factor.
    factor = np.linalg.cholesky(covariance + 1e-6 * np.trace(covariance) / size * np.eye(size))
    numbers = np.concatenate([latents.mean(axis=0), *(factor[i:, i] for i in range(size))])
    unit = float(np.abs(numbers).max()) / LARGEST
    data = np.round(numbers / unit).astype("<i2").tobytes()
    return {"unit": unit, "numbers": b2a_base64(data, newline=False).decode()}
