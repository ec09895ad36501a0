"""Harmonic intensities of water with GFN2-xTB, against ASE's own `Infrared`."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule as build_molecule
from ase.vibrations import Infrared

from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.recipes import GFN2Recipe
from vibench.potentials.atoms import atoms_from_molecule, molecule_from_atoms
from vibench.potentials.calculator import PotentialCalculator
from vibench.vibrations.modes import normal_modes
from vibench.vibrations.recipe import VibrationsRecipe
from vibench.vibrations.relaxation import relax

pytest.importorskip("tblite", reason="tblite has no wheel for this platform")


def test_intensities_equal_those_of_ase(tmp_path: Path) -> None:
    potential = GFN2(GFN2Recipe(accuracy=0.01))
    recipe = VibrationsRecipe(
        hessian="finite-difference",
        displacement_angstrom=0.002,
        force_tolerance_ev_per_angstrom=1e-5,
    )
    relaxed = relax(potential, molecule_from_atoms(build_molecule("H2O"), "water"), recipe)
    assert relaxed.outcome.finished
    modes = normal_modes(potential, relaxed.molecule, recipe)
    atoms = atoms_from_molecule(relaxed.molecule)
    atoms.calc = PotentialCalculator(potential)
    infrared = Infrared(atoms, delta=0.002, nfree=2, name=str(tmp_path / "ir"))
    infrared.run()
    wavenumbers = infrared.get_frequencies().real[6:]
    # ASE reports (D/Å)²/amu; its own factor to km/mol
    intensities = infrared.intensities[6:] * 42.255
    np.testing.assert_allclose(modes.frequencies_cm1, wavenumbers, atol=0.01)
    np.testing.assert_allclose(modes.intensities, intensities, rtol=1e-3)
    assert modes.intensities.min() > 0.1
