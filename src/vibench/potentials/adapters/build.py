"""From a recipe to the adapter it describes."""

from pathlib import Path

from vibench.core.errors import InputError
from vibench.core.protocols import Potential
from vibench.potentials.adapters.ase import ASEPotential
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.plugin import load_plugin
from vibench.potentials.adapters.pyscf import PySCF
from vibench.potentials.adapters.recipes import (
    AdapterRecipe,
    ASERecipe,
    GFN2Recipe,
    MACECalculatorRecipe,
    PluginRecipe,
    PySCFRecipe,
    SchNetPackRecipe,
)


def build_adapter(
    recipe: AdapterRecipe,
    *,
    path: Path | None = None,
    allow_import: bool = False,
    trust: bool = False,
    device: str = "auto",
) -> Potential:
    """Return the potential that *recipe* describes.

    Parameters
    ----------
    recipe : settings of one of the adapters
    path : file of a trained model; default: the recipe's own path
    allow_import : permit an ASE calculator given as ``"module:Class"``, which runs foreign code
    trust : permit the file of a model that can execute code when it is read
    device : of networks

    Raises
    ------
    InputError
        If an ASE calculator is unknown, not allowed, or lacks energy or forces; if a model's file
        is missing, not trusted or of another kind; if a plugin is not what it should be.
    """
    match recipe:
        case GFN2Recipe():
            return GFN2(recipe)
        case PySCFRecipe():
            return PySCF(recipe)
        case ASERecipe():
            return ASEPotential(recipe, allow_import=allow_import)
        case PluginRecipe():
            return load_plugin(recipe)
        case _:
            return _trained(recipe, path or Path(recipe.path), trust=trust, device=device)


def _trained(
    recipe: SchNetPackRecipe | MACECalculatorRecipe, path: Path, *, trust: bool, device: str
) -> Potential:
    """Return a trained model of another code; each brings torch, which other adapters need not."""
    if not path.is_file():
        raise InputError(f"no model file at {path}")
    if not trust:
        raise InputError(
            f"{path} can execute code when it is opened, as files of {recipe.kind} models can: "
            "give --trust if it comes from somebody you trust, or make a safe file of it once "
            f"and for all with: vibench models import {recipe.kind} {path}"
        )
    if isinstance(recipe, SchNetPackRecipe):
        from vibench.potentials.adapters.schnetpack import SchNetPackPotential

        return SchNetPackPotential(recipe, path, device=device)
    from vibench.potentials.adapters.mace import MACEPotential

    return MACEPotential(recipe, path, device=device)
