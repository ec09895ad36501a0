"""Normal modes as motions: masses are taken out of them."""

import base64
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.modes import Modes
from vibench.core.trajectory import Outcome
from vibench.report.motions import cartesian_displacements, motion
from vibench.report.packing import Store
from vibench.report.results import ModesEntry, StudyResults

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


def carbon_monoxide() -> Modes:
    """Return its stretch: mass-weighted displacements go with the root of the other's mass."""
    masses = np.array([12.0, 16.0])
    stretch = np.array([[0, 0, np.sqrt(16.0)], [0, 0, -np.sqrt(12.0)]]) / np.sqrt(28.0)
    return Modes(
        name="CO",
        numbers=np.array([6, 8]),
        masses=masses,
        positions=np.array([[0, 0, 0], [0, 0, 1.13]]),
        frequencies_cm1=np.array([2143.0]),
        eigenvectors=stretch[None],
        dipole_derivatives=np.zeros((1, 3)),
        intensities=np.array([60.0]),
        method="analytic",
    )


def test_the_lighter_atom_moves_farther_by_the_ratio_of_masses() -> None:
    moved = cartesian_displacements(carbon_monoxide())
    np.testing.assert_allclose(moved[0], [[0, 0, 1], [0, 0, -0.75]], atol=1e-15)


def test_the_centre_of_mass_rests_and_the_largest_displacement_is_one() -> None:
    study: StudyResults = STUDY["build_study"]()
    for entry in study.modes:
        moved, masses = cartesian_displacements(entry.modes), entry.modes.masses
        np.testing.assert_allclose(np.einsum("a,kax->kx", masses, moved), 0, atol=1e-9)
        np.testing.assert_allclose(np.linalg.norm(moved, axis=2).max(axis=1), 1)


def test_the_page_gets_the_geometry_and_all_displacements() -> None:
    store = Store()
    found = motion(ModesEntry("CO", "GFN2-xTB", "reference", carbon_monoxide()), store)
    assert found is not None
    assert found["elements"] == ["C", "O"]
    assert found["failure"] == ""
    positions = np.frombuffer(base64.b64decode(found["positions"]), "<f4")
    np.testing.assert_allclose(positions, [0, 0, -0.565, 0, 0, 0.565], atol=1e-6)
    curve = found["displacements"]
    codes = np.frombuffer(base64.b64decode(store.texts[curve["data"]]), "<u2")
    np.testing.assert_allclose(
        curve["low"] + codes * curve["step"], [0, 0, 1, 0, 0, -0.75], atol=2e-5
    )


def test_a_failed_relaxation_says_so() -> None:
    failed = replace(carbon_monoxide(), outcome=Outcome("failed", "not converged"))
    found = motion(ModesEntry("CO", "PaiNN", "model", failed), Store())
    assert found is not None
    assert found["failure"] == "not converged"


@pytest.mark.parametrize("kept", [0, 1])
def test_what_does_not_move_is_left_out(kept: int) -> None:
    modes = carbon_monoxide()
    still = replace(
        modes,
        frequencies_cm1=modes.frequencies_cm1[:kept],
        eigenvectors=0 * modes.eigenvectors[:kept],
        dipole_derivatives=modes.dipole_derivatives[:kept],
        intensities=modes.intensities[:kept],
    )
    assert motion(ModesEntry("CO", "GFN2-xTB", "reference", still), Store()) is None
