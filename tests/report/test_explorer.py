"""Data of the figure of spectra: all cases, on the scale of the page."""

import base64
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.spectrum import Spectrum
from vibench.report.explorer import build_explorer
from vibench.report.overlays import build_overlays
from vibench.report.results import SpectrumEntry, StudyResults

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    result: StudyResults = STUDY["build_study"]()
    return result


def test_every_molecule_and_temperature_is_a_case(study: StudyResults) -> None:
    warm = tuple(
        replace(entry, temperature_k=500.0)
        for entry in study.spectra
        if entry.molecule == "ethanol" and entry.kind == "md"
    )
    explorer = build_explorer(replace(study, spectra=(*study.spectra, *warm)))
    assert [(case.molecule, case.temperature_k) for case in explorer.cases] == [
        ("methanol", 300.0),
        ("formaldehyde", 300.0),
        ("ethanol", 300.0),
        ("ethanol", 500.0),
    ]
    assert explorer.molecules == ("methanol", "formaldehyde", "ethanol")
    assert [card["temperature"] for card in explorer.data["cases"]][2:] == ["300 K", "500 K"]


def test_curves_read_back_as_the_spectra(study: StudyResults) -> None:
    explorer = build_explorer(study)
    curve = explorer.data["cases"][0]["curves"][0]
    assert (curve["label"], curve["reference"], curve["primary"]) == ("GFN2-xTB", True, True)
    packed = curve["y"]
    codes = np.frombuffer(base64.b64decode(explorer.data["arrays"][packed["data"]]), "<u2")
    expected = study.spectra[0].spectrum.intensity
    error = np.abs(packed["low"] + codes * packed["step"] - expected).max()
    assert error < 1e-5 * expected.max()


def test_every_source_can_move_the_reference_first(study: StudyResults) -> None:
    explorer = build_explorer(study)
    assert explorer.moves
    sources = [one["source"] for one in explorer.data["motions"]["ethanol"]]
    assert sources == ["GFN2-xTB", "PaiNN", "SchNet"]
    lines = {sticks["group"] for sticks in explorer.data["cases"][2]["sticks"]}
    assert lines == {one["group"] for one in explorer.data["motions"]["ethanol"]}


def test_without_dynamics_broadened_lines_are_shown_from_the_start(study: StudyResults) -> None:
    harmonic = tuple(entry for entry in study.spectra if entry.kind == "harmonic")
    overlay = build_overlays(replace(study, spectra=harmonic))[0]
    assert [(c.group, c.primary, c.reference) for c in overlay.curves] == [
        ("GFN2-xTB", True, True),
        ("PaiNN", True, False),
        ("SchNet", True, False),
    ]
    beside = [c for c in build_overlays(study)[0].curves if c.label == "PaiNN, harmonic"]
    assert [(c.group, c.primary) for c in beside] == [("harmonic, broadened", False)]


def test_lines_alone_are_a_case_and_nothing_is_none(study: StudyResults) -> None:
    explorer = build_explorer(replace(study, spectra=()))
    assert len(explorer.cases) == 3
    assert explorer.data["cases"][0]["curves"] == []
    assert explorer.data["cases"][0]["description"] == "methanol"
    nothing = build_explorer(replace(study, spectra=(), modes=()))
    assert (nothing.cases, nothing.moves) == ((), False)


def test_no_line_crosses_a_gap() -> None:
    grid = np.array([600.0, 800.0, 1000.0, 2000.0, 2200.0])
    measured = Spectrum(
        grid, np.ones(5), "arbitrary", 4.0, "gas", gaps_cm1=np.array([[1000.0, 2000.0]])
    )
    entry = SpectrumEntry("water", None, "measured", "measured", "md", measured)
    study = StudyResults(title="", description="", settings="", spectra=(entry,))
    (curve,) = build_overlays(study)[0].curves
    np.testing.assert_array_equal(curve.wavenumber_cm1, [600, 800, 1000, 1500, 2000, 2200])
    np.testing.assert_array_equal(np.isnan(curve.intensity), [0, 0, 0, 1, 0, 0])


def test_a_spectrum_beyond_the_plot_is_left_out(study: StudyResults) -> None:
    far = replace(study.spectra[0].spectrum, wavenumber_cm1=6000.0 + np.arange(4500))
    entry = replace(study.spectra[0], spectrum=far)
    explorer = build_explorer(replace(study, spectra=(entry,), modes=()))
    assert explorer.data["cases"][0]["curves"] == []
