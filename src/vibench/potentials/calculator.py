"""Any potential as an ASE calculator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes

from vibench.core.properties import Properties
from vibench.core.protocols import Potential
from vibench.potentials.atoms import INFO_KEYS, molecule_from_atoms

ASE_NAMES = ("energy", "forces", "dipole", "charges")
"""Properties that ASE knows under the name and in the unit that `Properties` uses."""


class PotentialCalculator(Calculator):
    """An ASE calculator that asks a vibench potential.

    Energies are in eV, forces in eV/Å, dipoles in e·Å, charges in e: ASE's own units. Charge
    and unpaired electrons are read as `molecule_from_atoms` says; a change of them in
    ``Atoms.info`` makes the calculator compute anew, as a change of positions does.

    Parameters
    ----------
    potential : any potential; the calculator can be pickled if the potential can
    """

    def __init__(self, potential: Potential) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # ASE is typed in part
        self.potential = potential
        self.implemented_properties = [
            name for name in ASE_NAMES if name in potential.capabilities.outputs
        ]
        if "energy" in self.implemented_properties:
            self.implemented_properties.append("free_energy")
        self._electrons: dict[str, Any] = {}

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """Return what has changed since the last calculation, charge and spin included."""
        changes: list[str] = super().check_state(  # type: ignore[no-untyped-call]  # as above
            atoms, tol=tol
        )
        return changes if _electrons(atoms) == self._electrons else [*changes, "info"]

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = tuple(all_changes),
    ) -> None:
        """Compute all properties of *atoms* that the potential predicts.

        Raises
        ------
        ase.calculators.calculator.CalculationFailed
            If the potential returns a number that is not finite.
        InputError
            If the molecule is periodic or its electrons do not add up.
        """
        super().calculate(  # type: ignore[no-untyped-call]  # as above
            atoms, list(properties), list(system_changes)
        )
        if self.atoms is None:
            raise CalculationFailed("the calculator was called without atoms")
        self._electrons = _electrons(self.atoms)
        molecule = molecule_from_atoms(self.atoms, self.atoms.get_chemical_formula())
        self.results = self._collect(self.potential(molecule))

    def _collect(self, properties: Properties[Any]) -> dict[str, Any]:
        results: dict[str, Any] = {}
        for name in ASE_NAMES:
            value = getattr(properties, name)
            if name not in self.implemented_properties or value is None:
                continue
            if not np.isfinite(value).all():
                raise CalculationFailed(f"{self.potential.name}: {name} is not a finite number")
            per_molecule = name in {"energy", "dipole"}
            results[name] = np.array(value[0] if per_molecule else value, dtype=np.float64)
        if "energy" in results:
            results["energy"] = results["free_energy"] = float(results["energy"])
        return results


def _electrons(atoms: Atoms) -> dict[str, Any]:
    return {key: atoms.info[key] for key in INFO_KEYS if key in atoms.info}
