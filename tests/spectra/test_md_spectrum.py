"""Spectra from dipoles: sum rule, line positions, ratios, quantum factors, bad input."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from vibench.core.errors import InputError
from vibench.core.spectrum import ABSOLUTE
from vibench.core.trajectory import Outcome, Trajectory
from vibench.core.units import (
    ABSORPTION_PER_DIPOLE_FLUX,
    BOLTZMANN,
    HC,
    SPEED_OF_LIGHT,
)
from vibench.spectra.flux import dipole_derivative
from vibench.spectra.md import (
    md_spectrum,
    spectrum_from_dipole_derivatives,
    spectrum_from_dipoles,
)
from vibench.spectra.quantum import ratio_to_harmonic
from vibench.spectra.recipe import SpectrumRecipe

STEP_FS = 0.5


def line_dipole(wavenumber_cm1, amplitude=0.1, *, steps=40000, axis=0, phase=0.3):
    """Return (steps, 3) a dipole oscillating along one axis."""
    time = STEP_FS * np.arange(steps)
    dipole = np.zeros((steps, 3))
    dipole[:, axis] = amplitude * np.cos(2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1 * time + phase)
    return dipole


def make(dipoles, *, temperature_k=300.0, time_step_fs=STEP_FS, **settings):
    """Return the spectrum of dipoles at 300 K."""
    return spectrum_from_dipoles(
        dipoles,
        time_step_fs=time_step_fs,
        temperature_k=temperature_k,
        recipe=SpectrumRecipe(**settings),
    )


def band(spectrum, centre_cm1, half_range_cm1=200.0):
    """Return area and centroid of a band."""
    near = np.abs(spectrum.wavenumber_cm1 - centre_cm1) < half_range_cm1
    x, y = spectrum.wavenumber_cm1[near], spectrum.intensity[near]
    area = np.trapezoid(y, x)
    return area, np.trapezoid(x * y, x) / area


def test_sum_rule_in_absolute_units():
    dipole = np.cumsum(np.random.default_rng(1).normal(size=(5000, 3)), axis=0) * 0.01
    spectrum = make(dipole, derivative="uncorrected-difference", max_wavenumber_cm1=1e6)
    flux = dipole_derivative(dipole, time_step_fs=STEP_FS)
    mean_square = np.mean(np.sum(flux**2, axis=1))
    expected = ABSORPTION_PER_DIPOLE_FLUX / 300.0 * mean_square / (2 * SPEED_OF_LIGHT)
    found = np.trapezoid(spectrum.intensity, spectrum.wavenumber_cm1)
    assert found == pytest.approx(expected, rel=1e-10)
    assert spectrum.unit == ABSOLUTE


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 1743.21, 3700.0])
def test_centroid_of_a_line_is_exact(wavenumber_cm1):
    _, centroid = band(make(line_dipole(wavenumber_cm1)), wavenumber_cm1)
    assert centroid == pytest.approx(wavenumber_cm1, abs=0.1)


def test_line_has_the_stated_width():
    spectrum = make(line_dipole(2000.0), zero_padding=64)
    assert spectrum.width_cm1 == pytest.approx(33.36, abs=0.01)
    above = spectrum.wavenumber_cm1[spectrum.intensity > spectrum.intensity.max() / 2]
    assert above[-1] - above[0] == pytest.approx(spectrum.width_cm1, abs=0.6)


def test_weak_band_along_another_axis_keeps_its_ratio():
    """Components are summed, never normalised one by one (trap of SchNetPack and MLatom)."""
    strong, weak = 0.1, 0.1 * np.sqrt(0.0035) / 2
    dipole = line_dipole(1000.0, strong) + line_dipole(2000.0, weak, axis=1)
    spectrum = make(dipole)
    ratio = band(spectrum, 2000.0)[0] / band(spectrum, 1000.0)[0]
    # The far wing of the strong band lies under the weak one.
    assert ratio == pytest.approx(0.0035, rel=0.01)
    upstream = make(dipole, convention="schnetpack")
    near = [np.abs(upstream.wavenumber_cm1 - centre) < 30 for centre in (1000.0, 2000.0)]
    peaks = [upstream.intensity[mask].max() for mask in near]
    assert peaks[1] / peaks[0] == pytest.approx(1, abs=0.05)


def test_difference_correction_restores_the_exact_derivative():
    centre = 3700.0
    omega = 2 * np.pi * SPEED_OF_LIGHT * centre
    time = STEP_FS * np.arange(40000)
    exact = np.zeros((40000, 3))
    exact[:, 0] = -0.1 * omega * np.sin(omega * time + 0.3)
    reference = spectrum_from_dipole_derivatives(
        exact, time_step_fs=STEP_FS, temperature_k=300.0, recipe=SpectrumRecipe()
    )
    area = band(reference, centre)[0]
    assert band(make(line_dipole(centre)), centre)[0] == pytest.approx(area, rel=1e-3)
    damped = make(line_dipole(centre), derivative="uncorrected-difference")
    damping = (np.sin(omega * STEP_FS) / (omega * STEP_FS)) ** 2
    assert damping == pytest.approx(0.960, abs=5e-4)
    assert band(damped, centre)[0] == pytest.approx(damping * area, rel=1e-3)


def test_range_ends_where_differences_hardly_respond():
    dipole = np.random.default_rng(2).normal(size=(2100, 3))
    spectrum = make(dipole, time_step_fs=3.0)
    nyquist = 1 / (2 * SPEED_OF_LIGHT * 3.0)
    assert spectrum.wavenumber_cm1[-1] == pytest.approx(0.603 * nyquist, rel=0.01)
    assert f"cut at {spectrum.wavenumber_cm1[-1]:.0f} cm^-1" in spectrum.method
    assert make(dipole).wavenumber_cm1[-1] == pytest.approx(4500, abs=3)


def test_quantum_factor_enters_once():
    dipole = line_dipole(3000.0)
    harmonic = make(dipole)
    x = HC * harmonic.wavenumber_cm1[1:] / (BOLTZMANN * 300.0)
    none = make(dipole, quantum_factor="none")
    np.testing.assert_allclose(
        none.intensity[1:], harmonic.intensity[1:] * (1 - np.exp(-x)) / x, rtol=1e-9, atol=1e-12
    )
    standard = make(dipole, quantum_factor="standard")
    expected = none.intensity[1:] * 2 / (1 + np.exp(-x))
    np.testing.assert_allclose(standard.intensity[1:], expected, rtol=1e-9, atol=1e-12)


def test_quantum_factors_in_both_limits():
    wavenumber = np.array([0.0, 1000.0, 4000.0])
    for factor in ("harmonic", "none", "standard"):
        hot = ratio_to_harmonic(wavenumber, temperature_k=1e9, factor=factor)
        np.testing.assert_allclose(hot, 1, atol=1e-5)
    x = HC * wavenumber[1:] / (BOLTZMANN * 10.0)
    none = ratio_to_harmonic(wavenumber, temperature_k=10.0, factor="none")
    standard = ratio_to_harmonic(wavenumber, temperature_k=10.0, factor="standard")
    np.testing.assert_allclose(none[1:], 1 / x, rtol=1e-12)
    np.testing.assert_allclose(standard[1:], 2 / x, rtol=1e-12)
    assert none[0] == standard[0] == 1
    with pytest.raises(InputError, match="temperature must be positive"):
        ratio_to_harmonic(wavenumber, temperature_k=0.0, factor="none")


def test_intensity_grows_with_the_dipole_squared_and_falls_with_temperature():
    dipole = line_dipole(1500.0)
    strong, weak = make(3 * dipole).intensity, make(dipole).intensity
    np.testing.assert_allclose(strong, 9 * weak, rtol=1e-9, atol=1e-10 * strong.max())
    cold = make(dipole, temperature_k=150.0)
    np.testing.assert_allclose(cold.intensity, 2 * make(dipole).intensity, rtol=1e-12)


def trajectory(dipole, **changes):
    """Return a trajectory of one atom that carries a dipole."""
    steps = len(dipole)
    run = Trajectory(
        name="methanol",
        replica=0,
        numbers=np.array([6]),
        masses=np.array([12.0]),
        dipole=dipole,
        potential_energy=np.zeros(steps),
        kinetic_energy=np.zeros(steps),
        positions=np.zeros((1, 1, 3)),
        velocities=np.zeros((1, 1, 3)),
        time_step_fs=STEP_FS,
        frame_stride=steps,
        temperature_k=300.0,
        thermostat="NVE",
    )
    return replace(run, **changes)


def test_replicas_are_averaged_and_kept():
    dipoles = [np.random.default_rng(seed).normal(size=(4000, 3)) for seed in range(3)]
    spectrum = md_spectrum([trajectory(dipole) for dipole in dipoles], SpectrumRecipe())
    for row, dipole in zip(spectrum.replicas, dipoles, strict=True):
        np.testing.assert_allclose(row, make(dipole).intensity, rtol=1e-12)
    np.testing.assert_allclose(spectrum.intensity, spectrum.replicas.mean(axis=0), rtol=1e-12)
    assert spectrum.standard_error.shape == spectrum.intensity.shape
    assert "3 replicas, NVE" in spectrum.method


def test_failed_trajectories_are_left_out_and_counted():
    good = trajectory(np.random.default_rng(1).normal(size=(4000, 3)))
    failed = trajectory(
        np.full((10, 3), np.nan), outcome=Outcome("failed", reason="not a number", step=10)
    )
    spectrum = md_spectrum([good, failed], SpectrumRecipe(largest_failed_share=0.5))
    np.testing.assert_array_equal(spectrum.intensity, make(good.dipole).intensity)
    assert "1 of 2 replicas (1 failed and left out)" in spectrum.method
    with pytest.raises(InputError, match=r"every trajectory failed \(1 of 1\)"):
        md_spectrum([failed], SpectrumRecipe())


def test_survivors_are_no_spectrum_where_more_than_one_in_twenty_failed():
    good = [trajectory(np.random.default_rng(i).normal(size=(4000, 3))) for i in range(20)]
    failed = replace(good[0], outcome=Outcome("failed", reason="a force", step=10))
    spectrum = md_spectrum([*good[1:], failed], SpectrumRecipe())
    assert len(spectrum.replicas) == 19
    message = r"2 of 20 trajectories failed.*raise spectra\.largest_failed_share from 0\.05"
    with pytest.raises(InputError, match=message):
        md_spectrum([*good[2:], failed, failed], SpectrumRecipe())


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"name": "water"}, "name"), ({"temperature_k": 400.0}, "temperature_k")],
)
def test_replicas_of_different_conditions_are_refused(changes, word):
    run = trajectory(np.random.default_rng(1).normal(size=(4000, 3)))
    with pytest.raises(InputError, match=f"equal {word}"):
        md_spectrum([run, replace(run, **changes)], SpectrumRecipe())


def test_short_trajectory_says_how_long_is_needed():
    with pytest.raises(InputError, match=r"500 steps of 0.5 fs.* at least 2003 steps"):
        make(np.ones((500, 3)))
    assert len(make(np.random.default_rng(1).normal(size=(2003, 3))).intensity) > 1000


def test_bad_dipoles_name_trajectory_and_step():
    dipole = np.ones((4000, 3))
    dipole[1234, 2] = np.nan
    with pytest.raises(InputError, match=r"trajectory 1 are not finite at 1 of 4000.*step 1234"):
        make([np.ones((4000, 3)), dipole])
    with pytest.raises(InputError, match=r"expected \(steps, 3\)"):
        make(np.ones((4000, 2)))
    with pytest.raises(InputError, match="time step must be positive"):
        make(dipole, time_step_fs=0.0)


def test_recipe_refuses_what_it_does_not_know():
    with pytest.raises(ValidationError):
        SpectrumRecipe(depth_ps=1.0)
    with pytest.raises(ValidationError):
        SpectrumRecipe(depth_fs=-1.0)
