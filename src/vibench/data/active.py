"""Selection of structures worth labelling among those that a committee of models has visited."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_offsets
from vibench.data.recipes import AcquisitionRecipe

_POOL: Final = 5
"""The most uncertain structures, this many times as many as are wanted, from which those that
differ most are taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Acquisition:
    """Which of the structures visited are to be labelled, and why not more."""

    chosen: Array
    """(structures,) ascending positions among the structures visited."""
    uncertain_share: float
    """Share of the structures visited whose uncertainty is above the threshold."""
    converged: bool
    """Whether none was chosen because so few are uncertain."""


def force_uncertainty(molecules: Molecules[Array], spread: Array) -> Array:
    """Return the uncertainty of the forces of each structure, that of its worst atom.

    ```
    u = max_i |s_i|,    s_i,α² = Σ_m (F_m,i,α - F̄_i,α)² / (M - 1)
    ```

    | symbol | meaning |
    |---|---|
    | F_m,i,α | component α of the force on atom i that member m of M predicts |
    | s_i | standard deviations of the three components, a vector whose length counts |

    Parameters
    ----------
    molecules
        The structures.
    spread : (atoms, 3)
        Standard deviations s_i,α over the members.

    Returns
    -------
    (structures,)
        Uncertainties in the unit of *spread*.

    References
    ----------
    Y. Zhang et al., Comput. Phys. Commun. 253, 107206 (2020), doi:10.1016/j.cpc.2020.107206: the
    same criterion, with M in place of M - 1.
    """
    if spread.shape != molecules.positions.shape:
        raise InputError(
            f"force spread has shape {spread.shape}, expected {molecules.positions.shape}"
        )
    lengths = np.linalg.norm(spread, axis=1)
    return np.asarray(np.maximum.reduceat(lengths, atom_offsets(molecules)[:-1]))


def acquire(
    descriptors: Array,
    uncertainty_mev_per_angstrom: Array,
    recipe: AcquisitionRecipe,
    *,
    known: Array,
    rng: np.random.Generator,
) -> Acquisition:
    """Choose the structures of one molecule that a round of active learning labels.

    Of the uncertain structures, those between the threshold and the limit of what is unphysical,
    the most uncertain ones are kept, five times as many as are wanted. The most uncertain of them
    is taken first, then again and again the one that is farthest from all that are taken or were
    labelled before (farthest-point sampling), so that no two frames of one moment are labelled.

    Parameters
    ----------
    descriptors : (visited, n)
        Where the structures visited lie.
    uncertainty_mev_per_angstrom : (visited,)
        Their force uncertainties in meV/Å; what is not finite counts as unphysical.
    recipe
        How many are wanted, and of which kind.
    known : (labelled, n)
        Where the structures labelled before lie; there may be none.
    rng
        For the kind ``random``.

    References
    ----------
    G. Imbalzano et al., J. Chem. Phys. 148, 241730 (2018), doi:10.1063/1.5024611 (farthest-point
    sampling of reference structures).
    """
    values, wanted = uncertainty_mev_per_angstrom, recipe.structures_per_round
    physical = values <= recipe.unphysical_mev_per_angstrom
    uncertain = ~(values <= recipe.force_uncertainty_mev_per_angstrom)
    share = float(uncertain.mean()) if len(values) else 0.0
    if recipe.selection == "random":
        pool = np.flatnonzero(physical)
        drawn = rng.choice(pool, min(wanted, len(pool)), replace=False)
        return Acquisition(np.sort(drawn), share, converged=False)
    if len(values) and share <= recipe.converged_share:
        return Acquisition(np.zeros(0, np.int64), share, converged=True)
    candidates = np.flatnonzero(physical & uncertain)
    worst = np.argsort(-values[candidates], kind="stable")[: _POOL * wanted]
    pool = candidates[worst]
    chosen = pool[_farthest_points(descriptors[pool], wanted, known)]
    return Acquisition(np.sort(chosen), share, converged=False)


def _farthest_points(points: Array, count: int, known: Array) -> Array:
    """Return positions of *count* points, or all: the first, then the farthest from all so far."""
    nearest = np.full(len(points), np.inf)
    for one in known:
        nearest = np.minimum(nearest, np.linalg.norm(points - one, axis=1))
    chosen: list[int] = []
    for _ in range(min(count, len(points))):
        chosen.append(int(nearest.argmax()) if chosen else 0)
        distance = np.linalg.norm(points - points[chosen[-1]], axis=1)
        nearest = np.minimum(nearest, distance)
        nearest[chosen[-1]] = -1.0  # at a distance of nought there may be others
    return np.array(chosen, dtype=np.int64)
