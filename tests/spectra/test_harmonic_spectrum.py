"""Harmonic spectra: areas are intensities."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.spectrum import ABSOLUTE
from vibench.spectra.harmonic import harmonic_spectrum, stick_spectrum

GRID = np.arange(0.0, 4500.0, 1.0)


def make_modes(frequencies, intensities):
    """Return modes of one atom with the given lines."""
    count = len(frequencies)
    return Modes(
        name="water",
        numbers=np.array([8]),
        masses=np.array([16.0]),
        positions=np.zeros((1, 3)),
        frequencies_cm1=np.array(frequencies),
        eigenvectors=np.zeros((count, 1, 3)),
        dipole_derivatives=np.zeros((count, 3)),
        intensities=np.array(intensities),
        method="finite differences of 0.002 Å",
    )


def test_area_of_a_line_is_its_intensity():
    modes = make_modes([1600.0, 3700.0], [70.0, 5.0])
    spectrum = harmonic_spectrum(modes, width_cm1=33.0, grid_cm1=GRID)
    low = GRID < 2600
    assert np.trapezoid(spectrum.intensity[low], GRID[low]) == pytest.approx(70, rel=1e-6)
    assert np.trapezoid(spectrum.intensity[~low], GRID[~low]) == pytest.approx(5, rel=1e-6)
    assert (spectrum.unit, spectrum.width_cm1) == (ABSOLUTE, 33.0)


def test_lorentzian_peaks_at_two_over_pi_width():
    spectrum = harmonic_spectrum(
        make_modes([1600.0], [70.0]), width_cm1=20.0, grid_cm1=GRID, shape="lorentzian"
    )
    assert spectrum.intensity.max() == pytest.approx(70 * 2 / (np.pi * 20), rel=1e-12)


def test_imaginary_modes_have_no_line_and_are_counted():
    modes = make_modes([-250.0, 1600.0], [1000.0, 70.0])
    sticks = stick_spectrum(modes)
    np.testing.assert_array_equal(sticks.wavenumber_cm1, [1600.0])
    np.testing.assert_array_equal(sticks.intensity_km_per_mol, [70.0])
    spectrum = harmonic_spectrum(modes, width_cm1=33.0, grid_cm1=GRID)
    assert np.trapezoid(spectrum.intensity, GRID) == pytest.approx(70, rel=1e-6)
    assert "1 imaginary modes left out" in spectrum.method


def test_width_must_be_positive():
    with pytest.raises(InputError, match="width must be positive"):
        harmonic_spectrum(make_modes([1600.0], [70.0]), width_cm1=0.0, grid_cm1=GRID)
