"""Parity: the same random weights for one network written twice, without a file between them."""

from collections.abc import Mapping

from vibench.core.molecules import Array
from vibench.core.streams import generator


def drawn_arrays(
    shapes: Mapping[str, tuple[int, ...]], seed: int, scale: float = 1.0
) -> dict[str, Array]:
    """Draw weights that are pure functions of their names.

    The array called ``name`` is ``scale`` times standard normal numbers, in C order, from the
    stream ``vibench.core.streams.generator("parity", seed, name)``. It depends on nothing else:
    not on the other names, nor on their order. Both sides of a comparison can therefore draw the
    same weights on their own, and a failure can be reproduced from a seed.

    Parameters
    ----------
    shapes
        Name of each parameter → its shape; names and shapes are those of the code whose
        conventions the comparison follows.
    seed
        Number of the draw.
    scale
        Standard deviation of all numbers.

    Returns
    -------
    dict
        Name → float64 array, in the order of *shapes*.
    """
    return {
        name: scale * generator("parity", seed, name).standard_normal(shape)
        for name, shape in shapes.items()
    }
