"""Trained SchNetPack models, evaluated by SchNetPack itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_masses

from vibench.core.errors import InputError, MissingDependencyError
from vibench.core.molecules import Array, Molecules, iterate, with_positions
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.units import DIPOLE_UNITS, ENERGY_UNITS, LENGTH_UNITS
from vibench.potentials.adapters.model_files import pickles_allowed, read_pickle
from vibench.potentials.adapters.recipes import SchNetPackRecipe
from vibench.potentials.adapters.single_points import batched, check_supported
from vibench.tensors import to_array, to_tensor, torch_device, torch_dtype


class SchNetPackPotential:
    """A model of SchNetPack 2 with its own neighbour list, energies, forces and dipoles.

    SchNetPack's ASE calculator gives no dipole; this one does, and takes a batch at once.
    Positions are about the centre of mass (of standard atomic masses), as SchNetPack itself shifts
    them for training, and the dipole of an ion is moved back to the origin by its charge. Reading
    the file executes what it says.

    Parameters
    ----------
    recipe : units and names of what the model predicts
    path : file that SchNetPack wrote (``best_model``, or ``torch.save`` of a model)
    device : as of every network

    Raises
    ------
    MissingDependencyError
        If SchNetPack is not installed.
    InputError
        If the file holds no model of SchNetPack, or one without energy and dipole.

    References
    ----------
    K. T. Schütt, S. S. P. Hessmann, N. W. A. Gebauer, J. Lederer, M. Gastegger, J. Chem. Phys.
    158, 144801 (2023), doi:10.1063/5.0138367.
    """

    def __init__(self, recipe: SchNetPackRecipe, path: Path, *, device: str = "auto") -> None:
        self.recipe, self.name = recipe, recipe.name
        self._device, self._dtype = torch_device(device), torch_dtype(recipe.dtype)
        self.network = _read(path).to(device=self._device, dtype=self._dtype).eval()
        self._cutoff = float(self.network.representation.cutoff_fn.cutoff)
        self.network.requires_grad_(requires_grad=False)
        self.network.do_postprocessing = True
        keys = {"energy": recipe.energy_key, "forces": recipe.forces_key}
        keys |= {"dipole": recipe.dipole_key}
        predicted = list(self.network.model_outputs)
        self._keys = {name: key for name, key in keys.items() if key in predicted}
        if not {"energy", "dipole"} & self._keys.keys():
            raise InputError(
                f"{path}: the model predicts {', '.join(predicted)}; say which of them is the "
                "energy, the forces and the dipole with energy_key, forces_key and dipole_key in "
                "a file of settings"
            )
        self.capabilities = Capabilities(
            outputs=frozenset(self._keys),
            elements=self._elements(),
            charged=recipe.charged,
            electric_field="electric_field" in self.network.required_derivatives,
        )
        energy, length = ENERGY_UNITS[recipe.energy_unit], LENGTH_UNITS[recipe.length_unit]
        dipole = DIPOLE_UNITS[recipe.dipole_unit]
        self._length, self._field = length, energy / dipole
        self._factors = {"energy": energy, "forces": energy / length, "dipole": dipole}
        self._converter = self._build_converter()

    def cutoff_angstrom(self) -> float:
        """Return the distance in Å beyond which atoms do not interact directly."""
        return self._cutoff * self._length

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return what the model predicts, in eV, eV/Å and e·Å.

        Raises
        ------
        InputError
            If there is an element, an ion or a field that the model cannot treat.
        """
        check_supported(self.name, self.capabilities, molecules)
        return batched(molecules, self.capabilities.outputs, self._compute)

    def _compute(self, molecules: Molecules[Array]) -> Properties[Array]:
        centres = _centres_of_mass(molecules)
        local = molecules.positions - centres[molecules.molecule_index]
        parts = iterate(with_positions(molecules, local / self._length))
        inputs = self._converter([Atoms(part.numbers, part.positions) for part in parts])
        if self.recipe.charged:
            charge = molecules.charge
            inputs["total_charge"] = to_tensor(charge, dtype=self._dtype, device=self._device)
            spin = to_tensor(molecules.unpaired_electrons + 1, device=self._device)
            inputs["spin_multiplicity"] = spin.to(self._dtype)
        if molecules.electric_field is not None:
            field = molecules.electric_field / self._field
            inputs["electric_field"] = to_tensor(field, dtype=self._dtype, device=self._device)
        raw = self.network(inputs)
        shapes = {"energy": (-1,), "forces": (-1, 3), "dipole": (-1, 3)}
        values: dict[str, Any] = {
            name: to_array(raw[key]).astype(np.float64).reshape(shapes[name]) * self._factors[name]
            for name, key in self._keys.items()
        }
        found: Properties[Array] = Properties(**values)
        if found.dipole is None:
            return found
        return replace(found, dipole=found.dipole + molecules.charge[:, None] * centres)

    def _elements(self) -> frozenset[int]:
        if self.recipe.elements is not None:
            return frozenset(self.recipe.elements)
        embedding = getattr(self.network.representation, "embedding", None)
        size = getattr(embedding, "num_embeddings", 100)
        return frozenset(range(1, size))

    def _build_converter(self) -> Any:
        with pickles_allowed():
            from schnetpack.interfaces import AtomsConverter
            from schnetpack.transform import ASENeighborList
        return AtomsConverter(ASENeighborList(self._cutoff), device=self._device, dtype=self._dtype)


def _read(path: Path) -> Any:
    try:
        with pickles_allowed():
            from schnetpack.model import NeuralNetworkPotential
            from schnetpack.utils import load_model
    except ImportError as error:
        raise MissingDependencyError("schnetpack", "schnetpack") from error
    found = read_pickle(path, "SchNetPack")
    if not isinstance(found, NeuralNetworkPotential):
        raise InputError(
            f"{path} holds a {type(found).__module__}.{type(found).__name__}, expected a model of "
            "SchNetPack 2 (NeuralNetworkPotential, as in the file best_model of a training)"
        )
    with (
        pickles_allowed()
    ):  # once more by SchNetPack, which brings models of old versions up to date
        return load_model(str(path), device="cpu")


def _centres_of_mass(molecules: Molecules[Array]) -> Array:
    """Return (molecules, 3) centres in Å of the masses that SchNetPack uses."""
    masses, index = atomic_masses[molecules.numbers], molecules.molecule_index
    total = np.bincount(index, masses, minlength=len(molecules))
    sums = [
        np.bincount(index, masses * axis, minlength=len(molecules))
        for axis in molecules.positions.T
    ]
    centres: Array = np.stack(sums, axis=1) / total[:, None]
    return centres
