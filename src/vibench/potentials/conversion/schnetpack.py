"""Weights of SchNetPack in the networks of vibench.

=========================================  ====================================================
SchNetPack                                 vibench
=========================================  ====================================================
``representation.…``                       ``representation.…`` (FieldSchNet: without it), with
                                           the names in `_NAMES`
``output_modules.K.outnet``                ``energy.network``; ``dipole.network`` (charges), or
                                           ``dipole.first`` and ``dipole.second`` (gated blocks)
=========================================  ====================================================

Layers that share weights become layers with equal weights. The dipoles that FieldSchNet makes in
its last layer and never reads are dropped, and so are tables that vibench makes itself. Factors on
the energy (ScaleProperty) and energies that are added (AddOffsets) are no weights of the network:
who reads the model multiplies the last layer of the energy, and keeps reference energies.
"""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.potentials.recipes import (
    FieldSchNetRecipe,
    PaiNNRecipe,
    SchNetRecipe,
    SO3netRecipe,
)

type SchNetPackArchitecture = SchNetRecipe | FieldSchNetRecipe | SO3netRecipe | PaiNNRecipe

_SCHNET: Final = (
    (r"interactions\.(\d+)\.in2f", r"interactions.\1.sent"),
    (r"interactions\.(\d+)\.f2out", r"interactions.\1.received"),
    (r"interactions\.(\d+)\.filter_network", r"interactions.\1.filters.network"),
)
_NAMES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "schnet": _SCHNET,
    "painn": (
        (r"filter_net", r"filters"),
        (r"interactions\.(\d+)\.interatomic_context_net", r"messages.\1.context"),
        (r"mixing\.(\d+)\.intraatomic_context_net", r"updates.\1.context"),
        (r"mixing\.(\d+)\.mu_channel_mix", r"updates.\1.mix_vectors"),
    ),
    "so3net": (
        (r"so3convs\.(\d+)\.filternet", r"interactions.\1.filters"),
        (r"mixings1\.(\d+)", r"interactions.\1.mix_partner"),
        (r"mixings2\.(\d+)", r"interactions.\1.mix_product"),
        (r"mixings3\.(\d+)", r"interactions.\1.mix_gated"),
        (r"gatings\.(\d+)\.scaling", r"interactions.\1.gates"),
    ),
    "field_schnet": (
        *((old, new.replace(r"\1", r"\1.convolution")) for old, new in _SCHNET),
        (r"field_interaction\.(\d+)\.f2out\.electric_field", r"interactions.\1.field"),
        (
            r"dipole_interaction\.(\d+)\.transform\.electric_field",
            r"interactions.\1.dipole_interaction.transform",
        ),
        (
            r"dipole_interaction\.(\d+)\.filter_network\.electric_field",
            r"interactions.\1.dipole_interaction.filters.network",
        ),
        (r"initial_dipole_update\.transform\.electric_field", r"first_dipoles.transform"),
        (
            r"dipole_update\.(\d+)\.transform\.electric_field",
            r"interactions.\1.dipole_update.transform",
        ),
    ),
}
_GATED: Final = (
    (r"0\.mix_vectors", "first.mix_vectors"),
    (r"0\.scalar_net", "first.scalar_network"),
    (r"1\.mix_vectors", "second.mix_vectors"),
    (r"1\.scalar_net", "second.scalar_network"),
)


def native_arrays(
    upstream: Mapping[str, Array],
    recipe: SchNetPackArchitecture,
    *,
    energy_module: int | None = 0,
    dipole_module: int | None = None,
) -> dict[str, Array]:
    """Return the weights of vibench's network for those of a SchNetPack model.

    Parameters
    ----------
    upstream
        The model's ``state_dict()``, as NumPy arrays.
    recipe
        Architecture and size.
    energy_module, dipole_module
        Places of the energy's Atomwise and of the DipoleMoment among the output modules; None where
        there is none.

    Raises
    ------
    InputError
        If a weight has no place in the network, or the radial functions are not those of *recipe*.
    """
    found: dict[str, Array] = {}
    for name, array in upstream.items():
        if _is_table(name, array, recipe):
            continue
        place = _place(name, recipe, energy_module, dipole_module)
        if place is None:
            raise InputError(
                f"{name!r} of the SchNetPack model has no place in a network with these settings: "
                f"{recipe}"
            )
        found[place] = np.asarray(array)
    return _whole(found, recipe)


def _is_table(name: str, array: Array, recipe: SchNetPackArchitecture) -> bool:
    """Tell whether an array is one that vibench makes itself, and check that it would be equal."""
    if name.startswith("postprocessors.") or name.endswith((".Widx", ".lidx")):
        return True
    if re.fullmatch(r"output_modules\.\d+\.scale", name):  # a factor on the energy
        return True
    centres = np.linspace(0, recipe.cutoff_angstrom, recipe.radial_functions)
    tables = {
        "radial_basis.offsets": centres,
        "radial_basis.widths": np.full(len(centres), centres[1]),
        "cutoff_fn.cutoff": np.array([recipe.cutoff_angstrom]),
    }
    for ending, expected in tables.items():
        if name.endswith(ending):
            if array.shape != expected.shape or not np.allclose(array, expected, rtol=1e-5):
                raise InputError(
                    f"{name!r} of the SchNetPack model is {array}, expected {expected}: Gaussians "
                    "that were moved or trained cannot be converted"
                )
            return True
    last = isinstance(recipe, FieldSchNetRecipe) and f"dipole_update.{recipe.interactions - 1}."
    return bool(last) and f".{last}" in name


def _place(
    name: str,
    recipe: SchNetPackArchitecture,
    energy_module: int | None,
    dipole_module: int | None,
) -> str | None:
    """Return the native name of a weight, or None if it has none."""
    energy = f"output_modules.{energy_module}.outnet."
    dipole = f"output_modules.{dipole_module}.outnet."
    if name.startswith("representation."):
        prefix = "" if isinstance(recipe, FieldSchNetRecipe) else "representation."
        rest = name.removeprefix("representation.")
        if rest == "embedding.weight":
            return prefix + rest
        return _renamed(rest, _NAMES[recipe.architecture], prefix)
    if name.startswith(energy):
        return f"energy.network.{name.removeprefix(energy)}"
    if not name.startswith(dipole):
        return None
    rest = name.removeprefix(dipole)
    if isinstance(recipe, SchNetRecipe):
        return f"dipole.network.{rest}"
    return _renamed(rest, _GATED, "dipole.")


def _renamed(name: str, rules: tuple[tuple[str, str], ...], prefix: str) -> str | None:
    """Return a name by the rule that fits, with a prefix; None if none fits."""
    for old, new in rules:
        changed, count = re.subn(rf"^{old}\b", new, name)
        if count:
            return prefix + changed
    return None


def _whole(found: dict[str, Array], recipe: SchNetPackArchitecture) -> dict[str, Array]:
    """Spread filters that all layers of a PaiNN share over its layers."""
    if not isinstance(recipe, PaiNNRecipe):
        return found
    for name in ("representation.filters.weight", "representation.filters.bias"):
        array = found.get(name)
        if array is not None and len(array) == 3 * recipe.features and recipe.interactions > 1:
            found[name] = np.concatenate([array] * recipe.interactions)
    return found
