"""MACE: products of messages couple several neighbours at once.

References
----------
I. Batatia, D. P. Kovács, G. N. C. Simm, C. Ortner, G. Csányi, NeurIPS 2022 (arXiv:2206.07697).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.potentials.geometry import Geometry
from vibench.potentials.mace_layers import (
    LinearByDegree,
    LinearByElement,
    Messages,
    Neighbours,
    NeighbourTable,
    Products,
    of_degree,
    scaled_silu,
)
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.potentials.training_statistics import TrainingStatistics


@dataclass(frozen=True, slots=True, eq=False)
class _Elements:
    """Atoms of a batch, grouped by element."""
