"""Errors on test sets in the report: tables, curves against time, correlations."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.score import Score
from vibench.core.structure_errors import ENERGY_ERROR
from vibench.report.error_sets import (
    correlation_matrices,
    correlation_table,
    error_traces,
    thinned,
)
from vibench.report.results import StudyResults
from vibench.report.summary import state_result, summarize
from vibench.report.tables import build_tables, error_tables

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study."""
    result: StudyResults = STUDY["build_study"]()
    return result


def test_each_test_set_has_a_table_of_its_own(study: StudyResults) -> None:
    held_out, own = error_tables(study)
    assert {row[2] for row in held_out.rows} == {"test", "unseen"}
    assert own.title == "Errors on the test set AIMD 700 K"
    assert own.caption.startswith("900 successive structures of dynamics. ")
    assert [row[:2] for row in own.rows] == [
        ("PaiNN", "methanol"),
        ("SchNet", "methanol"),
    ]  # the only molecule, once
    assert {one.dataset for row in own.rows for one in row[2:] if one is not None} == {"AIMD 700 K"}


def test_errors_that_the_first_lines_tell_are_of_held_out_structures(study: StudyResults) -> None:
    single = STUDY["build_single_model_study"]()
    assert "forces 14.2 meV/Å (13.2 to 15.3)" in " ".join(state_result(single))
    lines = [line for line in summarize(study) if "AIMD" in line]
    assert [line.split()[:2] for line in lines] == [["PaiNN", "all"], ["SchNet", "all"]]


def test_of_several_trainings_the_mean_is_traced(study: StudyResults) -> None:
    single = error_traces(study)
    twice = []
    members: dict[str, tuple[Score, ...]] = {}
    for one in study.structure_errors:
        names = [f"{one.model}, seed {seed}" for seed in (0, 1)]
        for factor, name in zip((0.5, -2.0), names, strict=True):
            values = {quantity: factor * value for quantity, value in one.values.items()}
            twice.append(replace(one, model=name, values=values))
        members[one.model] = tuple(
            Score(
                name="force MAE", value=1.0, unit="meV/Å", higher_is_better=False, n=1, model=name
            )
            for name in names
        )
    seeds = replace(study, structure_errors=tuple(twice), member_scores=members)
    for before, after in zip(single, error_traces(seeds), strict=True):
        assert [name for name, _, _ in after.curves] == [name for name, _, _ in before.curves]
        for (_, _, lone), (_, _, mean) in zip(before.curves, after.curves, strict=True):
            np.testing.assert_allclose(mean, 1.25 * lone)


def test_long_trajectories_are_averaged_over_equal_stretches() -> None:
    values = np.arange(10.0)
    np.testing.assert_array_equal(thinned(values, 10), values)
    np.testing.assert_array_equal(thinned(values, 5), [0.5, 2.5, 4.5, 6.5, 8.5])
    # Stretches differ by at most one frame, and the whole keeps its mean.
    uneven = thinned(values, 3)
    np.testing.assert_array_equal(uneven, [1.0, 4.0, 7.5])


def test_traces_are_absolute_errors_of_all_models_with_their_unit(study: StudyResults) -> None:
    energy, force, dipole = error_traces(study)
    assert (energy.unit, force.unit, dipole.unit) == ("meV", "meV/Å", "mDebye")
    assert (energy.molecule, energy.temperature_k, energy.frames) == ("methanol", 700.0, 900)
    assert [model for model, _, _ in energy.curves] == ["PaiNN", "SchNet"]
    model, time, values = energy.curves[0]
    signed = study.structure_errors[0].values[ENERGY_ERROR]
    assert model == "PaiNN"
    assert len(time) == len(values) == 400
    assert (values > 0).all()
    assert values[0] == pytest.approx(np.abs(signed[:2]).mean())


def test_structures_that_do_not_follow_each_other_have_no_trace(study: StudyResults) -> None:
    apart = replace(study.test_sets[0], consecutive=False)
    assert error_traces(replace(study, test_sets=(apart,))) == ()


def test_matrices_are_symmetric_and_pairs_without_value_are_open(study: StudyResults) -> None:
    first = study.correlations[0]
    more = replace(first, second="MACE", value=0.5), replace(first, first="SchNet", second="GFN1")
    energy, force = correlation_matrices((first, *more, study.correlations[1]))
    assert energy.models == ("PaiNN", "SchNet", "MACE", "GFN1")
    np.testing.assert_array_equal(energy.values, energy.values.T)
    np.testing.assert_array_equal(energy.values[0, :3], [1.0, -0.31, 0.5])
    assert np.isnan(energy.values[0, 3])
    assert force.models == ("PaiNN", "SchNet")


def test_table_of_correlations_has_intervals(study: StudyResults) -> None:
    row = correlation_table(study.correlations).rows[0]
    assert row[:4] == ("AIMD 700 K", "energy error", "PaiNN", "SchNet")
    assert (row[4].value, row[4].low, row[4].high, row[5]) == (-0.31, -0.52, -0.08, 900)
    assert "error-correlations" in {table.name for table in build_tables(study)}
