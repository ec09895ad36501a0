"""Absolute absorption and strengths of bands."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.experiment.conditions import Conditions
from vibench.experiment.measurement import Measurement
from vibench.experiment.ordinates import ABSORPTIVITY_PER_METRE
from vibench.experiment.strengths import absolute_spectrum, band_strengths

AXIS = np.arange(1000.0, 1201.0, 0.5)
SHAPE = np.exp(-0.5 * ((AXIS - 1100) / 10) ** 2) / (10 * np.sqrt(2 * np.pi))


def measurement(absorptivity, conditions):
    """Return a quantitative measurement."""
    spectrum = Spectrum(AXIS, absorptivity, ABSORPTIVITY_PER_METRE, 0.5, "made here")
    return Measurement(spectrum, np.zeros_like(AXIS), conditions, ())


def test_strength_is_recovered_from_the_absorbance_of_a_cell():
    """A gas of known strength is put into a cell; its absorbance is computed in SI units."""
    strength_m_per_mol = 145e3
    napierian_m2_per_mol = strength_m_per_mol * SHAPE * 1e-2  # per cm⁻¹ → per m⁻¹
    pressure_pa, temperature_k, length_m, fraction = 90e3, 310.0, 3.0, 2e-6
    concentration = fraction * pressure_pa / (8.31446261815324 * temperature_k)
    absorbance = napierian_m2_per_mol * concentration * length_m / np.log(10)
    absorptivity = absorbance / (fraction * 1e6 * length_m)
    gas = Conditions(pressure_kpa=90.0, temperature_k=310.0)
    spectrum = absolute_spectrum(measurement(absorptivity, gas))
    assert spectrum.unit == ABSOLUTE
    assert "at 90 kPa and 310 K" in spectrum.method
    (band,) = band_strengths(spectrum, [(1000.0, 1200.0)])
    assert band.strength_km_per_mol == pytest.approx(145.0, rel=1e-9)
    assert band.standard_error_km_per_mol is None


@pytest.mark.parametrize(
    ("conditions", "missing"),
    [
        (Conditions(), "pressure_kpa and temperature_k"),
        (Conditions(pressure_kpa=101.3), "declare temperature_k"),
        (Conditions(temperature_k=296.0), "declare pressure_kpa"),
    ],
)
def test_unknown_conditions_are_asked_for(conditions, missing):
    with pytest.raises(InputError, match=missing):
        absolute_spectrum(measurement(SHAPE, conditions))


def test_other_units_have_no_absolute_scale():
    gas = Conditions(pressure_kpa=101.3, temperature_k=296.0)
    made = measurement(SHAPE, gas)
    other = replace(made, spectrum=replace(made.spectrum, unit="absorbance, base 10"))
    with pytest.raises(InputError, match="this one is in 'absorbance, base 10'"):
        absolute_spectrum(other)
    with pytest.raises(InputError, match="strengths need a spectrum in km/mol per cm"):
        band_strengths(other.spectrum, [(1050.0, 1150.0)])


def test_windows_end_between_points():
    line = Spectrum(AXIS, 2 * AXIS, ABSOLUTE, 0.5, "a straight line")
    windows = [(1000.0, 1200.0), (1010.3, 1010.4), (1010.1, 1100.7)]
    for (low, high), band in zip(windows, band_strengths(line, windows), strict=True):
        assert (band.low_cm1, band.high_cm1) == (low, high)
        assert band.strength_km_per_mol == pytest.approx(high**2 - low**2, rel=1e-12)


def test_replicas_give_a_standard_error():
    factors = np.array([0.8, 1.0, 1.2])
    replicas = factors[:, None] * SHAPE
    spectrum = Spectrum(AXIS, SHAPE, ABSOLUTE, 0.5, "replicas", replicas=replicas)
    (band,) = band_strengths(spectrum, [(1050.0, 1150.0)])
    assert band.strength_km_per_mol == pytest.approx(1.0, abs=1e-5)
    assert band.standard_error_km_per_mol == pytest.approx(0.2 / np.sqrt(3), abs=1e-5)


def test_windows_are_checked():
    kept = (AXIS < 1090) | (AXIS > 1110)
    gap = np.array([[1089.5, 1110.5]])
    spectrum = Spectrum(AXIS[kept], SHAPE[kept], ABSOLUTE, 0.5, "a gap", gaps_cm1=gap)
    assert len(band_strengths(spectrum, [(1000.0, 1089.5), (1110.5, 1200.0)])) == 2
    for window, message in (
        ((1100.0, 1120.0), "meets the gap 1089.5-1110.5"),
        ((1110.0, 1100.0), "ends must ascend"),
        ((990.0, 1050.0), "leaves the range 1000-1200"),
    ):
        with pytest.raises(InputError, match=message):
            band_strengths(spectrum, [window])
