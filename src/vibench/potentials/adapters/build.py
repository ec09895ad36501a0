"""From a recipe to the adapter it describes."""

from vibench.core.protocols import Potential
from vibench.potentials.adapters.ase import ASEPotential
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.pyscf import PySCF
from vibench.potentials.adapters.recipes import ASERecipe, GFN2Recipe, PySCFRecipe


def build_adapter(
    recipe: GFN2Recipe | PySCFRecipe | ASERecipe, *, allow_import: bool = False
) -> Potential:
    """Return the potential that *recipe* describes.

    Parameters
    ----------
    recipe : settings of one of the reference methods
    allow_import : permit an ASE calculator given as ``"module:Class"``, which runs foreign code

    Raises
    ------
    InputError
        If an ASE calculator is unknown, not allowed, or lacks energy or forces.
    """
    match recipe:
        case GFN2Recipe():
            return GFN2(recipe)
        case PySCFRecipe():
            return PySCF(recipe)
        case ASERecipe():
            return ASEPotential(recipe, allow_import=allow_import)
