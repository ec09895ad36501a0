"""Isotopologues from one Hessian: the product rule of Teller and Redlich."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.molecules import Array, Molecules
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.testing.springs import spring_water, water_springs
from vibench.vibrations.hessian import derivatives
from vibench.vibrations.modes import modes_from_derivatives
from vibench.vibrations.recipe import VibrationsRecipe
from vibench.vibrations.relaxation import relax

DEUTERIUM, OXYGEN_18 = 2.01410177812, 17.99915961286


def principal_moments(molecule: Molecules[Array]) -> Array:
    centred = molecule.positions - molecule.masses @ molecule.positions / molecule.masses.sum()
    square = np.einsum("a,ai,aj->ij", molecule.masses, centred, centred)
    return np.linalg.eigvalsh(np.trace(square) * np.eye(3) - square)


def product_rule(light: Molecules[Array], heavy: Molecules[Array]) -> float:
    """Return Π ω'/ω of all vibrations, as masses and moments of inertia have it."""
    atoms = np.prod(light.masses / heavy.masses) ** 1.5
    whole = (heavy.masses.sum() / light.masses.sum()) ** 1.5
    turns = np.sqrt(np.prod(principal_moments(heavy) / principal_moments(light)))
    return float(atoms * whole * turns)


@pytest.mark.parametrize(
    "masses",
    [
        [15.999, DEUTERIUM, DEUTERIUM],
        [15.999, 1.008, DEUTERIUM],
        [OXYGEN_18, 1.008, 1.008],
    ],
    ids=["D2O", "HDO", "H2-18O"],
)
@pytest.mark.parametrize("method", ["springs", "GFN2"])
def test_teller_redlich(method: str, masses: list[float]) -> None:
    water, potential = spring_water(), water_springs()
    if method == "GFN2":
        potential = GFN2()  # type: ignore[assignment]
        recipe = VibrationsRecipe(force_tolerance_ev_per_angstrom=1e-6)
        water = relax(potential, water, recipe).molecule
    # Differences break the invariance under rotation, on which the rule rests, by δ²: 2e-6 in HDO
    # at the default of 0.002 Å.
    found = derivatives(potential, water, VibrationsRecipe(displacement_angstrom=7e-4))
    heavy = replace(water, masses=np.array(masses))
    first, second = (modes_from_derivatives(one, found) for one in (water, heavy))
    ratio = np.prod(second.frequencies_cm1 / first.frequencies_cm1)
    assert ratio == pytest.approx(product_rule(water, heavy), rel=1e-6)
    assert np.all(second.frequencies_cm1 < first.frequencies_cm1)
