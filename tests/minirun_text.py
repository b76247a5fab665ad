"""A small text for the mini-run's tests: repetitive enough to be learnt, made in a moment."""

import numpy as np

from isoflop.minirun.corpus import Corpus


def corpus(train: int = 400_000, seed: int = 0, digest: str = "0" * 64) -> Corpus:
    """Words of a small random vocabulary, so that a loss falls below the entropy of bytes."""
    source = np.random.default_rng(seed)
    words = [source.integers(97, 123, size=n).astype(np.uint8) for n in source.integers(2, 9, 200)]

    def text(count: int) -> np.ndarray:
        parts, length = [], 0
        while length < count:
            parts += [words[source.integers(len(words))], np.array([32], dtype=np.uint8)]
            length += len(parts[-2]) + 1
        return np.concatenate(parts)[:count]

    return Corpus(text(train), text(80_000), text(300_000), {"text": "test", "sha256": digest})
