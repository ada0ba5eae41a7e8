"""Chance by name: each table draws from a stream of its own, so that a new table changes no other."""

from zlib import crc32

import numpy as np


def stream(seed: int, name: str, block: int = 0) -> np.random.Generator:
    """The source of chance of what is called `name`, in the block of customers of that number.

    Parameters
    ----------
    seed : int
        Of the whole company, 0 or above.
    name : str
        The table, and after a point the part of it, such as `transactions.lines`.
    block : int
        Which block of customers; 0 for what is made once.
    """
    # CRC-32 rather than `hash`, which differs from process to process.
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(name.encode()), block]))
