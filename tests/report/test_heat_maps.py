"""Heat maps: every model and molecule has a cell, and failures are told."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.trajectory import Outcome
from vibench.report.heat_maps import build_heat_maps
from vibench.report.page import render_page
from vibench.report.results import Lifetimes, StudyResults
from vibench.report.scores import PEARSON

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    result: StudyResults = STUDY["build_study"]()
    return result


def lost(study: StudyResults) -> StudyResults:
    """Return *study* without what SchNet gave for ethanol, whose trajectories ended early."""
    scores = tuple(
        one
        for one in study.scores
        if (one.name, one.model, one.molecule) != (PEARSON, "SchNet", "ethanol")
    )
    ended = Lifetimes(
        purpose="spectra",
        source="SchNet",
        role="model",
        molecule="ethanol",
        temperature_k=300.0,
        duration_fs=np.array([120.0, 5000.0]),
        failed=np.array([True, False]),
        reasons=("a bond broke",),
    )
    return replace(study, scores=scores, lifetimes=(ended,))


def test_spectra_come_first_and_every_value_is_in_its_cell(study: StudyResults) -> None:
    maps = build_heat_maps(study)
    assert maps[0].label == "Pearson correlation, against GFN2-xTB, 300 K"
    assert maps[0].models == ("PaiNN", "SchNet")
    assert maps[0].molecules == ("methanol", "formaldehyde", "ethanol")
    assert [[cell.text for cell in row] for row in maps[0].rows] == [
        ["0.951", "0.861"],
        ["0.968", "0.878"],
        ["0.842", "0.752"],
    ]
    assert maps[0].rows[0][0].interval == "0.940–0.962"
    names = [one.label.split(",")[0] for one in maps]
    assert names == sorted(set(names), key=names.index)
    assert {"Wasserstein distance", "force MAE", "harmonic frequency MAE"} <= set(names)


def test_the_best_value_is_palest_whichever_way_is_better(study: StudyResults) -> None:
    for one in build_heat_maps(study):
        shades = {float(c.text): c.shade for row in one.rows for c in row}
        best = max(shades) if one.label.startswith("Pearson") else min(shades)
        worst = min(shades) if one.label.startswith("Pearson") else max(shades)
        assert shades[best] == 0
        assert shades[worst] == 1


def test_errors_over_an_order_of_magnitude_are_shaded_by_their_logarithm(
    study: StudyResults,
) -> None:
    values = {"methanol": 1.0, "formaldehyde": 10.0, "ethanol": 100.0}
    scores = tuple(
        replace(one, value=values[one.molecule])
        for one in study.scores
        if one.name == "force MAE" and one.dataset != STUDY["AIMD"] and one.molecule
    )
    (found,) = build_heat_maps(replace(study, scores=scores))
    assert found.logarithmic
    assert [row[0].shade for row in found.rows] == [0, 0.5, 1]


def test_a_failed_model_is_marked_with_its_reason(study: StudyResults) -> None:
    cell = build_heat_maps(lost(study))[0].rows[2][1]
    assert (cell.text, cell.state, cell.hint) == ("failed", "failed", "a bond broke")
    page = render_page(lost(study))
    assert '<td class="failed" title="a bond broke">' in page
    assert "Hatched: failed." in page
    assert "Hatched" not in render_page(study)


def test_a_failed_relaxation_is_marked_among_harmonic_scores(study: StudyResults) -> None:
    outcome = Outcome("failed", "relaxed to another conformer")
    place = next(i for i, e in enumerate(study.modes) if e.source == "SchNet")
    modes = list(study.modes)
    modes[place] = replace(modes[place], modes=replace(modes[place].modes, outcome=outcome))
    scores = tuple(
        one
        for one in study.scores
        if (one.name, one.model, one.molecule)
        != ("harmonic frequency MAE", "SchNet", modes[place].molecule)
    )
    maps = build_heat_maps(replace(study, modes=tuple(modes), scores=scores))
    found = next(one for one in maps if one.label.startswith("harmonic frequency MAE"))
    assert found.rows[0][1].hint == "relaxed to another conformer"


def test_what_nobody_asked_for_is_a_dash(study: StudyResults) -> None:
    scores = lost(study).scores
    cell = build_heat_maps(replace(study, scores=scores))[0].rows[2][1]
    assert (cell.text, cell.state, cell.shade) == ("–", "missing", None)


def test_a_score_that_is_no_number_has_no_shade(study: StudyResults) -> None:
    broken = tuple(replace(one, value=float("nan"), low=None, high=None) for one in study.scores)
    maps = build_heat_maps(replace(study, scores=broken))
    assert {cell.state for one in maps for row in one.rows for cell in row} == {"missing"}


def test_one_molecule_has_no_map(study: StudyResults) -> None:
    scores = tuple(one for one in study.scores if one.molecule in (None, "methanol"))
    assert build_heat_maps(replace(study, scores=scores)) == ()
