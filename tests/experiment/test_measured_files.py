"""Every real measured spectrum is read, and bands lie where they are known to be."""

from dataclasses import dataclass

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.experiment.inspection import inspect_measurement
from vibench.experiment.measurement import baseline_variants, read_measurement
from vibench.experiment.ordinates import ABSORBANCE, ABSORPTIVITY_PER_METRE
from vibench.experiment.recipe import BASELINE_METHODS, MeasuredRecipe
from vibench.experiment.strengths import absolute_spectrum, band_strengths


@dataclass(frozen=True)
class Facts:
    """What is known about a file."""

    strongest_cm1: float
    """Strongest band that is not saturated."""
    tolerance_cm1: float
    """How far its rotational contour may move the maximum."""
    low_cm1: float
    high_cm1: float
    points: int
    """Points in the file."""
    resolution_cm1: float | None
    saturated: int = 0
    """Points with a transmittance of 0.01 or less."""
    unit: str = ABSORBANCE
    partial_pressure_mmhg: float | None = None


FILES = {
    "acetone": Facts(1737, 5, 574.928, 3975.077, 14106, 0.482, 0, ABSORPTIVITY_PER_METRE),
    "acetonitrile": Facts(1463, 20, 574.928, 3975.077, 14106, 0.482, 0, ABSORPTIVITY_PER_METRE),
    "benzene": Facts(675, 10, 452, 3794, 3343, 2, 2, partial_pressure_mmhg=70),
    "ethanol": Facts(1066, 15, 461.563, 3807.5, 3570, 2, partial_pressure_mmhg=30),
    "methanol": Facts(1033, 10, 463.438, 3806.57, 3567, 2, partial_pressure_mmhg=70),
    "propane": Facts(2968, 40, 457, 3782, 3326, 2, 63, partial_pressure_mmhg=150),
    "water": Facts(1595, 120, 450, 3966, 880, None),
}


def recipe(folder, molecule, **settings):
    """Return the recipe of a file."""
    return MeasuredRecipe(path=folder / "measured-ir" / f"{molecule}.jdx", **settings)


@pytest.mark.parametrize("molecule", FILES)
def test_file_holds_what_is_known_of_it(shared_data, molecule):
    facts = FILES[molecule]
    found = inspect_measurement(recipe(shared_data, molecule))
    assert found.unit == facts.unit
    assert (found.low_cm1, found.high_cm1) == pytest.approx((facts.low_cm1, facts.high_cm1))
    assert found.points == facts.points - facts.saturated
    assert found.resolution_cm1 == facts.resolution_cm1
    assert len(found.gaps_cm1) == (facts.saturated > 0)
    assert found.conditions.state.lower() == "gas"
    if facts.partial_pressure_mmhg is None:
        assert found.conditions.partial_pressure_kpa is None
    else:
        pressure = facts.partial_pressure_mmhg * 0.133322
        assert found.conditions.partial_pressure_kpa == pytest.approx(pressure, rel=1e-5)
        assert found.conditions.path_length_cm == 5
    assert not any("most points lie" in notice for notice in found.notices)
    assert found.impossible_baselines == ()


@pytest.mark.parametrize("molecule", FILES)
def test_bands_lie_where_they_are_whatever_the_baseline(shared_data, molecule):
    facts = FILES[molecule]
    variants = baseline_variants(recipe(shared_data, molecule))
    assert tuple(variants) == BASELINE_METHODS
    for method, measurement in variants.items():
        spectrum = measurement.spectrum
        found = spectrum.wavenumber_cm1[np.argmax(spectrum.intensity)]
        assert abs(found - facts.strongest_cm1) < facts.tolerance_cm1, method
        if method in {"arpls", "asls", "mor"}:
            # After the correction most of a gas spectrum is empty.
            assert abs(np.median(spectrum.intensity)) < 0.04 * spectrum.intensity.max()


def test_saturated_bands_are_gaps(shared_data):
    low, high = read_measurement(recipe(shared_data, "propane")).spectrum.gaps_cm1[0]
    assert (low, high) == (2929, 2993)
    benzene = read_measurement(recipe(shared_data, "benzene"))
    np.testing.assert_array_equal(benzene.spectrum.gaps_cm1, [[671, 674]])
    assert any("2 saturated points" in notice for notice in benzene.notices)


@pytest.mark.parametrize("molecule", ["methanol", "ethanol", "benzene", "propane", "water"])
def test_wrong_labels_of_real_files_are_suspected(shared_data, tmp_path, molecule):
    path = recipe(shared_data, molecule).path
    text = path.read_text()
    right, wrong = "TRANSMITTANCE", "ABSORBANCE"
    if molecule == "water":
        right, wrong = wrong, right
    mutated = tmp_path / "mutated.jdx"
    mutated.write_text(text.replace(f"##YUNITS={right}", f"##YUNITS={wrong}"))
    notices = read_measurement(MeasuredRecipe(path=mutated)).notices
    expected = f"stated as {wrong.lower()}, but most points lie where {right.lower()} would be"
    assert any(expected in notice for notice in notices)


@pytest.mark.parametrize("molecule", FILES)
def test_truncated_real_files_name_the_line(shared_data, tmp_path, molecule):
    text = recipe(shared_data, molecule).path.read_text()
    cut = tmp_path / "cut.jdx"
    for share in (0.5, 0.9, 0.99):
        part = text[: int(share * len(text))]
        last = len(part.splitlines())
        for content, message in (
            (part, f"cut short: its last line, {last}, is"),
            (part + "\n##END=\n", f"line {last}"),
        ):
            cut.write_text(content)
            with pytest.raises(InputError, match=message):
                read_measurement(MeasuredRecipe(path=cut))


def test_absolute_strengths_of_acetone_and_acetonitrile(shared_data):
    windows = {
        "acetone": [(1160.0, 1280.0), (1650.0, 1850.0)],
        "acetonitrile": [(980.0, 1110.0), (1330.0, 1580.0)],
    }
    strongest = {}
    for molecule, wanted in windows.items():
        measurement = read_measurement(recipe(shared_data, molecule))
        assert measurement.conditions.temperature_k == pytest.approx(296.15)
        assert measurement.conditions.pressure_kpa == pytest.approx(101.3)
        bands = band_strengths(absolute_spectrum(measurement), wanted)
        strongest[molecule] = bands[-1].strength_km_per_mol
        assert all(band.strength_km_per_mol > 1 for band in bands)
    # Carbonyl stretching of ketones: a few hundred km/mol at most, and an order of magnitude more
    # than anything in acetonitrile, which absorbs weakly.
    assert 100 < strongest["acetone"] < 250
    assert 10 < strongest["acetonitrile"] < 40
    with pytest.raises(InputError, match="has an absolute scale"):
        absolute_spectrum(read_measurement(recipe(shared_data, "methanol")))
