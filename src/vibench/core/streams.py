"""Random streams that are pure functions of what they are for, never of what ran before."""

import hashlib

import numpy as np


def generator(*labels: str | float, block: int = 0) -> np.random.Generator:
    """Return the random generator that belongs to *labels* and a *block* number.

    The same labels and block give the same numbers in any process and in any order of calls:
    the labels are hashed into the key of a counter-based generator (Philox 4x64; J. K. Salmon et
    al., SC '11, doi:10.1145/2063384.2063405) and the block is set in the highest word of its
    counter, so blocks never overlap.
    """
    digest = hashlib.sha256("\x1f".join(str(label) for label in labels).encode()).digest()
    key = np.frombuffer(digest[:16], dtype=np.uint64)
    counter = np.array([0, 0, 0, block], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
