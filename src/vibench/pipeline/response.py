"""Response of molecules to an electric field."""

from pathlib import Path

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.potentials import open_potential
from vibench.pipeline.short_forms import read_potential
from vibench.pipeline.tasks import Resources


def polarizability(molecule: MoleculeRecipe, potential: str, resources: Resources) -> Array:
    """Return the (3, 3) static polarizability ∂μ/∂F in e·Å²/V of a molecule at its geometry.

    Raises
    ------
    InputError
        If the potential has none.
    """
    recipe, files = read_potential(potential, dtype="float64")
    paths = {role: Path(path) for role, path in files.items()}
    with open_potential(recipe, paths, resources) as opened:
        compute = getattr(opened, "polarizability", None)
        if compute is None:
            raise InputError(
                f"{opened.name} gives no polarizability; models of architecture 'field_schnet' do"
            )
        tensor: Array = compute(build_molecule(molecule))[0]
    return tensor
