"""GFN2-xTB and GFN1-xTB through tblite, in-process: the default reference method."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.units import BOHR, BOLTZMANN, HARTREE
from vibench.potentials.adapters.recipes import GFN2Recipe
from vibench.potentials.adapters.single_points import (
    CalculationError,
    check_supported,
    single_points,
)

OUTPUTS = frozenset({"energy", "forces", "dipole", "charges"})
HEAVIEST_ELEMENT = 86
"""GFN1-xTB and GFN2-xTB have parameters up to radon."""


@dataclass(frozen=True)
class GFN2:
    """GFN-xTB energies, forces, dipoles and Mulliken charges, from a cold start every time.

    Every molecule of every call gets a new calculator and a new density guess, so a result
    depends on the geometry alone, to the last bit if OpenMP has one thread (a warm start makes
    forces depend on the history, by up to 4e-4 eV/Å). Keeping the calculator would save no
    measurable time.

    A molecule whose SCF does not converge, or whose positions are not finite, gets NaN in all
    properties; the others of its batch are not touched. Charge and unpaired electrons are taken
    from `Molecules`. Holds nothing but its settings, so it can be sent to other processes.

    References
    ----------
    C. Bannwarth, S. Ehlert, S. Grimme, J. Chem. Theory Comput. 15, 1652 (2019),
    doi:10.1021/acs.jctc.8b01176 (GFN2-xTB); S. Grimme, C. Bannwarth, P. Shushkov,
    J. Chem. Theory Comput. 13, 1989 (2017), doi:10.1021/acs.jctc.7b00118 (GFN1-xTB).
    """

    recipe: GFN2Recipe = field(default_factory=GFN2Recipe)

    @property
    def name(self) -> str:
        """The parametrisation, ``"GFN2-xTB"`` or ``"GFN1-xTB"``."""
        return self.recipe.method

    @property
    def capabilities(self) -> Capabilities:
        """Energy, forces, dipole and charges of any molecule up to radon."""
        return Capabilities(OUTPUTS, frozenset(range(1, HEAVIEST_ELEMENT + 1)), charged=True)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return energies (eV), forces (eV/Å), dipoles (e·Å) and charges (e).

        Raises
        ------
        InputError
            If tblite is not installed or an element has no parameters.
        """
        check_supported(self.name, self.capabilities, molecules)
        return single_points(molecules, OUTPUTS, self._compute)

    def _compute(self, molecule: Molecules[Array]) -> Properties[Array]:
        interface, failure = _tblite()
        calculator = interface.Calculator(
            self.recipe.method,
            molecule.numbers,
            molecule.positions / BOHR,
            charge=float(molecule.charge[0]),
            uhf=int(molecule.unpaired_electrons[0]),
        )
        calculator.set("verbosity", 0)
        calculator.set("accuracy", self.recipe.accuracy)
        calculator.set("max-iter", self.recipe.max_iterations)
        calculator.set("temperature", self.recipe.electronic_temperature_k * BOLTZMANN / HARTREE)
        try:
            result = calculator.singlepoint()
        except failure as error:
            raise CalculationError(str(error)) from error
        return Properties(
            energy=np.array([result.get("energy")]) * HARTREE,
            forces=-np.asarray(result.get("gradient")) * (HARTREE / BOHR),
            dipole=np.asarray(result.get("dipole"))[None] * BOHR,
            charges=np.array(result.get("charges")),
        )


def _tblite() -> tuple[Any, type[Exception]]:
    try:
        from tblite import interface
        from tblite.exceptions import TBLiteRuntimeError
    except ImportError as error:
        raise InputError(
            "tblite is not installed; install it with: pip install tblite (there are no wheels "
            "for Windows: use the Windows Subsystem for Linux)"
        ) from error
    return interface, TBLiteRuntimeError
