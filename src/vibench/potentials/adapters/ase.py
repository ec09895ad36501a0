"""Any ASE calculator as a potential."""

import importlib
from typing import Any

import numpy as np
from ase.calculators.calculator import Calculator, CalculatorError

from vibench.core.errors import InputError, unknown_name
from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.potentials.adapters.recipes import ASERecipe
from vibench.potentials.adapters.single_points import (
    CalculationError,
    check_supported,
    single_points,
)
from vibench.potentials.atoms import atoms_from_molecule

CALCULATORS = {
    "emt": "ase.calculators.emt:EMT",
    "lj": "ase.calculators.lj:LennardJones",
    "morse": "ase.calculators.morse:MorsePotential",
    "psi4": "ase.calculators.psi4:Psi4",
    "tblite": "tblite.ase:TBLite",
}
"""Registered calculators that run in this process, without an external program."""
TRANSLATED = ("energy", "forces", "dipole", "charges")
"""Properties that ASE and `Properties` call by the same name and measure in the same unit."""


class ASEPotential:
    """A potential that asks an ASE calculator.

    The calculator must speak ASE's units: energy in eV, forces in eV/Å, dipole in e·Å, charges
    in e. ASE cannot check that; some calculators do not (MACE dipole models speak debye), and
    `vibench data inspect` on a few labelled structures shows it. A dipole is offered only if the
    calculator's class implements one. A calculation that fails gives NaN for its molecule.

    Parameters
    ----------
    recipe : which calculator
    allow_import : permit ``"module:Class"``, which runs code of that module
    """

    def __init__(self, recipe: ASERecipe, *, allow_import: bool = False) -> None:
        self.recipe = recipe
        self.allow_import = allow_import
        self._kept: Calculator | None = None
        missing = {"energy", "forces"} - self.capabilities.outputs
        if missing:
            raise InputError(
                f"ASE calculator {recipe.calculator!r} does not implement "
                f"{' and '.join(sorted(missing))}, which a potential must"
            )

    def __getstate__(self) -> dict[str, Any]:
        """Return the settings only: a kept calculator stays in its process."""
        return self.__dict__ | {"_kept": None}

    @property
    def name(self) -> str:
        """The calculator as the recipe names it."""
        return self.recipe.calculator

    @property
    def capabilities(self) -> Capabilities:
        """What the calculator's class says that it implements."""
        loaded = _load_class(self.recipe.calculator, allow_import=self.allow_import)
        implemented = frozenset(TRANSLATED) & set(loaded.implemented_properties)
        return Capabilities(implemented, charged=self.recipe.charged)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return what the calculator gives, in eV, eV/Å, e·Å and e.

        Raises
        ------
        InputError
            If the calculator does not know an element or refuses its arguments.
        """
        check_supported(self.name, self.capabilities, molecules)
        return single_points(molecules, self.capabilities.outputs, self._compute)

    def _compute(self, molecule: Molecules[Array]) -> Properties[Array]:
        atoms = atoms_from_molecule(molecule)
        if self.recipe.charged:
            share = 1.0 / molecule.n_atoms
            atoms.set_initial_charges(np.full(molecule.n_atoms, molecule.charge[0] * share))
            atoms.set_initial_magnetic_moments(
                np.full(molecule.n_atoms, molecule.unpaired_electrons[0] * share)
            )
        calculator = self._calculator()
        found: dict[str, Any] = {}
        for name in sorted(self.capabilities.outputs):
            try:
                value = np.array(calculator.get_property(name, atoms), dtype=np.float64)
            except CalculatorError as error:
                raise CalculationError(str(error)) from error
            except NotImplementedError as error:
                raise InputError(
                    f"ASE calculator {self.name!r} cannot treat {molecule.names[0]!r}: {error}"
                ) from error
            found[name] = value[None] if name in {"energy", "dipole"} else value
        return Properties(**found)

    def _calculator(self) -> Calculator:
        if self._kept is not None:
            return self._kept
        calculator = self._make()
        if self.recipe.reuse:
            self._kept = calculator
        return calculator

    def _make(self) -> Calculator:
        make = _load_class(self.recipe.calculator, allow_import=self.allow_import)
        try:
            calculator: Calculator = make(**self.recipe.arguments)
        except TypeError as error:
            raise InputError(
                f"ASE calculator {self.name!r} refuses its arguments "
                f"{sorted(self.recipe.arguments)}: {error}"
            ) from error
        except ImportError as error:
            raise InputError(
                f"ASE calculator {self.name!r} needs a package that is not installed: {error}"
            ) from error
        return calculator


def _load_class(name: str, *, allow_import: bool) -> Any:
    if name in CALCULATORS:
        path = CALCULATORS[name]
    elif ":" not in name:
        raise unknown_name("ASE calculator", name, CALCULATORS)
    elif not allow_import:
        raise InputError(
            f"calculator {name!r} would run code of a module that vibench does not know; "
            "allow it with --allow-import if you trust it"
        )
    else:
        path = name
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError(f"cannot import ASE calculator {path!r}: {error}") from error
