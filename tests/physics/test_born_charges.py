"""Intensities from published Born charges and eigenvectors, against their published tables."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from vibench.vibrations.intensities import mode_dipole_derivatives


@pytest.mark.parametrize("molecule", ["Toluene", "Phenol", "Aniline"])
def test_intensities_equal_the_tables(shared_data: Path, molecule: str) -> None:
    folder = shared_data / "harmonic-ir-pbe" / molecule
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    content = yaml.safe_load((folder / "mesh.yaml").read_text())
    masses = np.array([point["mass"] for point in content["points"]])
    bands = content["phonon"][0]["band"]
    complex_vectors = np.array([band["eigenvector"] for band in bands])
    eigenvectors = complex_vectors[..., 0]
    np.testing.assert_allclose(complex_vectors[..., 1], 0)
    # rows after the unit and the dielectric tensor, each ∂μ_a/∂R_b with a as the slow index
    rows = np.loadtxt(folder / "BORN", skiprows=2)
    born = rows.reshape(-1, 3, 3).transpose(0, 2, 1)
    derivatives = mode_dipole_derivatives(eigenvectors, masses, born)
    table = np.loadtxt(folder / "IR-PeakTable.dat", skiprows=1)
    assert len(table) == 3 * len(masses)
    found = np.sum(derivatives**2, axis=1)
    np.testing.assert_allclose(found, table[:, 1], rtol=0, atol=6e-7)
    assert table[:, 1].max() > 0.03
