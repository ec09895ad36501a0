"""The same cases in vibench."""

from tests.potentials.parity.cases import MACE, SCHNETPACK
from validation.upstream_models import ELEMENTS, MEAN_NEIGHBOURS
from vibench.core.weights import Weights
from vibench.potentials.conversion import mace, schnetpack
from vibench.potentials.learned import LearnedPotential


def converted(case, upstream):
    """Return the potential of a case with the weights of an upstream model."""
    if case in MACE:
        recipe = MACE[case]
        arrays = mace.native_arrays(upstream, recipe, mean_neighbours=MEAN_NEIGHBOURS)
    else:
        recipe = SCHNETPACK[case]
        dipole = None if recipe.architecture == "field_schnet" else 2
        arrays = schnetpack.native_arrays(upstream, recipe, dipole_module=dipole)
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays=arrays,
        reference_energies=dict.fromkeys(ELEMENTS, 0.0),
        level_of_theory="drawn",
        training_checksum="drawn",
        charged=case in SCHNETPACK and case != "field_schnet",
    )
    return LearnedPotential(weights, name=case, dtype="float64", device="cpu")
