"""Frequencies of published periodic calculations, from their tables and from their raw forces."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from vibench.core.molecules import single
from vibench.core.units import SPEED_OF_LIGHT
from vibench.vibrations.hessian import Derivatives, without_net_force
from vibench.vibrations.modes import modes_from_derivatives

MOLECULES = ["Toluene", "Phenol", "Aniline"]
TERAHERTZ = 1e-3 / SPEED_OF_LIGHT
"""1 THz in cm⁻¹: 1e-3 oscillations per fs."""


def _mesh(shared_data: Path, molecule: str) -> tuple[Path, dict]:
    folder = shared_data / "harmonic-ir-pbe" / molecule
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder, yaml.safe_load((folder / "mesh.yaml").read_text())


def _frequencies(mesh: dict) -> np.ndarray:
    return TERAHERTZ * np.array([band["frequency"] for band in mesh["phonon"][0]["band"]])


@pytest.mark.parametrize("molecule", MOLECULES)
def test_frequencies_equal_the_tables(shared_data: Path, molecule: str) -> None:
    folder, mesh = _mesh(shared_data, molecule)
    table = np.loadtxt(folder / "IR-PeakTable.dat", skiprows=1)
    # the table has six decimals; near zero λ itself is rounding noise and carries its square root
    np.testing.assert_allclose(_frequencies(mesh), table[:, 0], rtol=0, atol=1e-4)
    assert table[-1, 0] > 3000


@pytest.mark.parametrize("molecule", MOLECULES)
def test_frequencies_from_displacements_and_forces(shared_data: Path, molecule: str) -> None:
    phonopy = pytest.importorskip("phonopy")
    from phonopy.file_IO import parse_FORCE_SETS
    from phonopy.interface.vasp import read_vasp

    folder, mesh = _mesh(shared_data, molecule)
    masses = np.array([point["mass"] for point in mesh["points"]])
    numbers = [{"C": 6, "H": 1, "N": 7, "O": 8}[point["symbol"]] for point in mesh["points"]]
    cell = read_vasp(folder / "POSCAR")
    expansion = phonopy.Phonopy(cell, np.eye(3, dtype=int), primitive_matrix=np.eye(3))
    forces = parse_FORCE_SETS(natom=len(masses), filename=str(folder / "FORCE_SETS"))
    stated = yaml.safe_load((folder / "disp.yaml").read_text())["displacements"]
    listed = [move["displacement"] for move in stated]
    used = [atom["displacement"] for atom in forces["first_atoms"]]
    np.testing.assert_allclose(np.reshape(listed, (-1, 3)), used, atol=1e-12)
    expansion.dataset = forces
    expansion.produce_force_constants()
    size = 3 * len(masses)
    hessian = expansion.force_constants.transpose(0, 2, 1, 3).reshape(size, size)
    hessian = without_net_force(0.5 * (hessian + hessian.T))
    np.testing.assert_allclose(hessian.reshape(-1, len(masses), 3).sum(axis=1), 0, atol=1e-12)

    box = single(molecule, numbers, cell.positions, masses)
    found = Derivatives(hessian, np.full((size, 3), np.nan), "displacements of the data set")
    expected = _frequencies(mesh)
    expected = expected[np.abs(expected) > 1e-3]  # the three translations
    assert len(expected) == size - 3
    modes = modes_from_derivatives(box, found, rigid="translations")
    np.testing.assert_allclose(modes.frequencies_cm1, expected, rtol=0, atol=1e-3)

    # Rotations, hindered by the images at up to 15 cm⁻¹, are the three softest motions. Taking them
    # out as well hardly touches vibrations: toluene's methyl turn at 17 cm⁻¹ moves by 0.06 cm⁻¹.
    free = modes_from_derivatives(box, found).frequencies_cm1
    vibrations = expected[3:]
    assert np.abs(expected[:3]).max() < 15
    np.testing.assert_allclose(free, vibrations, rtol=0, atol=0.1)
    stiff = vibrations > 100
    assert stiff.sum() >= size - 7
    np.testing.assert_allclose(free[stiff], vibrations[stiff], rtol=0, atol=5e-3)
