"""Kohn-Sham density-functional theory and Hartree-Fock through PySCF (extra ``pyscf``)."""

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from ase.data import chemical_symbols

from vibench.core.errors import InputError, MissingDependencyError
from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.units import BOHR, HARTREE
from vibench.potentials.adapters.recipes import PySCFRecipe
from vibench.potentials.adapters.single_points import (
    CalculationError,
    check_supported,
    single_points,
)

OUTPUTS = frozenset({"energy", "forces", "dipole"})


@dataclass(frozen=True)
class PySCF:
    """Energies, forces and dipoles of restricted (or, with unpaired electrons, unrestricted) DFT.

    Every calculation starts from PySCF's own guess, so results depend on the geometry alone.
    A molecule whose SCF does not converge gets NaN in all properties. The dipole refers to the
    origin of the positions, also for ions.

    References
    ----------
    Q. Sun et al., J. Chem. Phys. 153, 024109 (2020), doi:10.1063/5.0006074.
    """

    recipe: PySCFRecipe = field(default_factory=PySCFRecipe)

    @property
    def name(self) -> str:
        """The level of theory."""
        return self.recipe.level_of_theory

    @property
    def capabilities(self) -> Capabilities:
        """Energy, forces and dipole; the basis set decides about elements."""
        return Capabilities(OUTPUTS, charged=True)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return energies (eV), forces (eV/Å) and dipoles (e·Å).

        Raises
        ------
        InputError
            If PySCF (or its dispersion package) is not installed, or it knows no such functional
            or basis set, or a charge is not whole.
        """
        check_supported(self.name, self.capabilities, molecules)
        return single_points(molecules, OUTPUTS, self._compute)

    def _compute(self, molecule: Molecules[Array]) -> Properties[Array]:
        mean_field = self._mean_field(molecule)
        try:
            energy = mean_field.kernel()
        except np.linalg.LinAlgError as error:
            raise CalculationError(str(error)) from error
        if not mean_field.converged:
            raise CalculationError(f"SCF not converged in {self.recipe.max_iterations} cycles")
        gradients = mean_field.nuc_grad_method()
        if self.recipe.functional.lower() != "hf":
            gradients.grid_response = self.recipe.grid_response
        return Properties(
            energy=np.array([float(energy)]) * HARTREE,
            forces=-np.asarray(gradients.kernel()) * (HARTREE / BOHR),
            dipole=np.asarray(mean_field.dip_moment(unit="AU", verbose=0))[None] * BOHR,
        )

    def _mean_field(self, molecule: Molecules[Array]) -> Any:
        recipe = self.recipe
        gto, dft, scf, no_basis = _pyscf(dispersion=recipe.dispersion is not None)
        try:
            # Bohr, so that PySCF's own conversion factor plays no part.
            built = gto.M(
                atom=[
                    (chemical_symbols[number], position)
                    for number, position in zip(
                        molecule.numbers, molecule.positions / BOHR, strict=True
                    )
                ],
                unit="Bohr",
                basis=recipe.basis,
                charge=_whole_charge(molecule),
                spin=int(molecule.unpaired_electrons[0]),
                verbose=0,
            )
        except no_basis as error:
            raise InputError(
                f"PySCF has no basis set {recipe.basis!r} for molecule {molecule.names[0]!r}: "
                f"{error}"
            ) from error
        if recipe.functional.lower() == "hf":
            mean_field = scf.HF(built)
        else:
            _check_functional(dft, recipe.functional)
            mean_field = dft.KS(built, xc=recipe.functional)
            mean_field.grids.level = recipe.grid_level
        if recipe.density_fitting:
            mean_field = mean_field.density_fit()
        if recipe.dispersion is not None:
            mean_field.disp = recipe.dispersion
        mean_field.conv_tol = recipe.convergence_hartree
        mean_field.max_cycle = recipe.max_iterations
        return mean_field


def _whole_charge(molecule: Molecules[Array]) -> int:
    charge = float(molecule.charge[0])
    if not charge.is_integer():
        raise InputError(f"PySCF needs a whole charge; {molecule.names[0]!r} has {charge}")
    return int(charge)


def _check_functional(dft: Any, functional: str) -> None:
    try:
        dft.libxc.parse_xc(functional)
    except (KeyError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"PySCF knows no functional {functional!r} ({error}); use a libxc name such as 'pbe', "
            "'b3lyp' or 'wb97x-v'"
        ) from error


def _pyscf(*, dispersion: bool) -> tuple[Any, Any, Any, type[Exception]]:
    try:
        gto, dft, scf = (import_module(f"pyscf.{part}") for part in ("gto", "dft", "scf"))
    except ImportError as error:
        raise MissingDependencyError("pyscf", "pyscf") from error
    if dispersion and find_spec("pyscf.dispersion") is None:
        raise MissingDependencyError("pyscf-dispersion", "pyscf")
    return gto, dft, scf, import_module("pyscf.lib.exceptions").BasisNotFoundError
