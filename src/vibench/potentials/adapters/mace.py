"""Trained MACE models, evaluated by mace-torch itself."""

from pathlib import Path
from typing import Any

import torch

from vibench.core.errors import InputError, MissingDependencyError
from vibench.core.molecules import Array, Molecules, iterate, with_positions
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.units import DIPOLE_UNITS, ENERGY_UNITS, LENGTH_UNITS
from vibench.potentials.adapters.model_files import pickles_allowed, read_pickle
from vibench.potentials.adapters.recipes import MACECalculatorRecipe
from vibench.potentials.adapters.single_points import batched, check_supported
from vibench.potentials.geometry import centroids
from vibench.tensors import to_array, torch_device, torch_dtype

_OUTPUTS = {
    "MACE": ("energy", "forces"),
    "AtomicDipolesMACE": ("dipole",),
    "EnergyDipolesMACE": ("energy", "forces", "dipole"),
}
"""Class of mace-torch → what its models predict."""


class MACEPotential:
    """A model of mace-torch, with its own graphs, energies, forces and dipoles.

    mace-torch calls its dipoles debye, ASE and vibench take e·Å: they are converted. A model of
    dipoles alone is a potential whose only output is the dipole; join it with one of energies.
    Reading the file executes what it says.

    Parameters
    ----------
    recipe : units of what the model predicts
    path : file that mace-torch wrote (``NAME.model``)
    device : as of every network

    Raises
    ------
    MissingDependencyError
        If mace-torch is not installed.
    InputError
        If the file holds no model of mace-torch that gives energies or dipoles, or no such head.

    References
    ----------
    I. Batatia, D. P. Kovács, G. N. C. Simm, C. Ortner, G. Csányi, Adv. Neural Inf. Process. Syst.
    35, 11423 (2022), arXiv:2206.07697.
    """

    def __init__(self, recipe: MACECalculatorRecipe, path: Path, *, device: str = "auto") -> None:
        self.recipe, self.name = recipe, recipe.name
        self._device, self._dtype = torch_device(device), torch_dtype(recipe.dtype)
        self.network, outputs = _read(path)
        self.network = self.network.to(device=self._device, dtype=self._dtype).eval()
        self.network.requires_grad_(requires_grad=False)
        self._numbers = [int(number) for number in self.network.get_buffer("atomic_numbers")]
        self._heads = [str(head) for head in getattr(self.network, "heads", ["Default"])]
        self._head = self._choose_head(path)
        self.capabilities = Capabilities(frozenset(outputs), frozenset(self._numbers))
        energy, length = ENERGY_UNITS[recipe.energy_unit], LENGTH_UNITS[recipe.length_unit]
        self._length = length
        self._factors = {
            "energy": energy,
            "forces": energy / length,
            "dipole": DIPOLE_UNITS[recipe.dipole_unit],
        }

    def cutoff_angstrom(self) -> float:
        """Return the distance in Å beyond which atoms do not interact directly."""
        return float(self.network.get_buffer("r_max")) * self._length

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return what the model predicts, in eV, eV/Å and e·Å.

        Raises
        ------
        InputError
            If there is an element the model does not know, an ion, or a field.
        """
        check_supported(self.name, self.capabilities, molecules)
        return batched(molecules, self.capabilities.outputs, self._compute)

    def _compute(self, molecules: Molecules[Array]) -> Properties[Array]:
        # Made in float64 about the centroid, so that single precision is not lost far away.
        local = molecules.positions - centroids(molecules)[molecules.molecule_index]
        inputs = {
            name: value.to(self._dtype) if value.is_floating_point() else value
            for name, value in self._graphs(with_positions(molecules, local)).items()
            if isinstance(value, torch.Tensor)
        }
        raw = self.network(inputs, training=False)
        values: dict[str, Any] = {
            name: to_array(raw[name]) * self._factors[name] for name in self.capabilities.outputs
        }
        return Properties(**values)

    def _graphs(self, molecules: Molecules[Array]) -> dict[str, Any]:
        """Return the batch as mace-torch makes it."""
        with pickles_allowed():
            from mace.data import AtomicData, Configuration
            from mace.tools import AtomicNumberTable, torch_geometric
            from mace.tools.torch_tools import default_dtype
        table = AtomicNumberTable(self._numbers)
        cutoff = float(self.network.get_buffer("r_max"))
        with default_dtype("float64"):
            graphs = [
                AtomicData.from_config(
                    Configuration(
                        atomic_numbers=part.numbers,
                        positions=part.positions / self._length,
                        properties={},
                        property_weights={},
                        head=self._head,
                    ),
                    z_table=table,
                    cutoff=cutoff,
                    heads=self._heads,
                )
                for part in iterate(molecules)
            ]
        batch = torch_geometric.Batch.from_data_list(graphs).to(self._device)
        content: dict[str, Any] = batch.to_dict()
        return content

    def _choose_head(self, path: Path) -> str:
        wanted = self.recipe.head
        if wanted is None and len(self._heads) == 1:
            return self._heads[0]
        if wanted not in self._heads:
            raise InputError(
                f'{path} has the heads {", ".join(self._heads)}; choose one with head = "..." in '
                f"a file of settings{'' if wanted is None else f', found {wanted!r}'}"
            )
        return wanted


def _read(path: Path) -> tuple[torch.nn.Module, tuple[str, ...]]:
    """Return the model in a file and what it predicts."""
    try:
        with pickles_allowed():
            from mace.modules import models
    except ImportError as error:
        raise MissingDependencyError("mace-torch", "mace") from error
    found = read_pickle(path, "mace-torch")
    for name, outputs in _OUTPUTS.items():
        if isinstance(found, getattr(models, name)):
            return found, outputs
    raise InputError(
        f"{path} holds a {type(found).__module__}.{type(found).__name__}, expected a model of "
        "mace-torch: MACE, ScaleShiftMACE, AtomicDipolesMACE or EnergyDipolesMACE"
    )
