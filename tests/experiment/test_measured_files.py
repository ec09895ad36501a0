"""Every real measured spectrum is read, and bands lie where they are known to be."""

import numpy as np
import pytest

from vibench.experiment.measurement import read_measurement
from vibench.experiment.recipe import MeasuredRecipe

STRONGEST_CM1 = {
    "acetone": (1737, 5),
    "acetonitrile": (1463, 20),
    "benzene": (675, 10),
    "ethanol": (1066, 15),
    "methanol": (1033, 10),
    "propane": (2968, 25),
    "water": (1595, 120),
}
"""Strongest band, and how far its rotational contour or saturation may move the maximum."""


@pytest.mark.parametrize("molecule", STRONGEST_CM1)
@pytest.mark.parametrize("baseline", ["none", "arpls"])
def test_file_is_read(shared_data, molecule, baseline):
    path = shared_data / "measured-ir" / f"{molecule}.jdx"
    measurement = read_measurement(MeasuredRecipe(path=path, baseline=baseline))
    spectrum = measurement.spectrum
    centre, tolerance = STRONGEST_CM1[molecule]
    found = spectrum.wavenumber_cm1[np.argmax(spectrum.intensity)]
    assert abs(found - centre) < tolerance
    assert spectrum.wavenumber_cm1[0] < 600
    assert spectrum.wavenumber_cm1[-1] > 3750
    assert not any("most points lie" in notice for notice in measurement.notices)
    assert np.isnan(spectrum.width_cm1) == (molecule == "water")
    if baseline == "arpls":
        # After the correction most of a gas spectrum is empty.
        assert abs(np.median(spectrum.intensity)) < 0.03 * spectrum.intensity.max()


def test_saturation_of_benzene_is_reported(shared_data):
    path = shared_data / "measured-ir" / "benzene.jdx"
    notices = read_measurement(MeasuredRecipe(path=path)).notices
    assert any("saturated points" in notice for notice in notices)
