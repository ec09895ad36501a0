"""Models trained with several seeds in a report: means in front, single trainings behind."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student_t

from tests.report.synthetic_study import MODELS, build_study
from vibench.core.bands import ModeBands
from vibench.core.reliability import Reliability
from vibench.core.score import Score
from vibench.report.figures import build_figures
from vibench.report.frequencies import frequency_errors, frequency_tables
from vibench.report.fundamentals import mean_fundamentals
from vibench.report.members import calibration_table, member_table
from vibench.report.overlays import build_overlays
from vibench.report.page import render_page
from vibench.report.plots import calibration_plots, learning_plots
from vibench.report.results import FundamentalsEntry, model_names, source_roles
from vibench.report.tables import build_tables
from vibench.report.write import summary_json

MODEL = MODELS[0]
SEEDS = tuple(f"{MODEL}, seed {seed}" for seed in (0, 1, 2))


def as_members(entry):
    """Return an entry of the model as entries of its trainings."""
    return [replace(entry, source=seed, role="member", member_of=MODEL) for seed in SEEDS]


def build_seeded_study():
    """Return the invented study with its first model trained three times."""
    study = build_study()
    spectra, modes = [], []
    for entry in study.spectra:
        own = entry.source == MODEL
        spectra += [entry] if not own or entry.kind == "md" else []
        spectra += as_members(entry) if own else []
    for entry in study.modes:
        if entry.source != MODEL:
            modes.append(entry)
            continue
        for shift, member in enumerate(as_members(entry)):
            moved = replace(entry.modes, frequencies_cm1=entry.modes.frequencies_cm1 + 2.0 * shift)
            modes.append(replace(member, modes=moved))
    first, *others = study.training
    training = [replace(first, model=seed, member_of=MODEL) for seed in SEEDS]
    own = [score for score in study.scores if score.model == MODEL]
    curve = Reliability(
        f"{MODEL}, committee",
        "force",
        "meV/Å",
        "test",
        np.array([1.0, 2.0, 4.0]),
        np.array([2.0, 3.0, 4.0]),
        np.array([1.0, np.nan, 3.0]),
        np.array([3.0, np.nan, 6.0]),
    )
    calibration = Score(
        name="force error over spread",
        value=1.3,
        unit="",
        higher_is_better=False,
        n=40,
        low=1.1,
        high=1.6,
        model=f"{MODEL}, committee",
        dataset="test",
    )
    return replace(
        study,
        spectra=tuple(spectra),
        modes=tuple(modes),
        training=(*training, *others),
        scores=(*study.scores, calibration),
        member_scores={MODEL: tuple(replace(s, model=seed) for s in own for seed in SEEDS)},
        reliability=(curve,),
    )


STUDY = build_seeded_study()


def test_single_trainings_are_no_models_of_their_own():
    assert model_names(STUDY) == (*MODELS, f"{MODEL}, committee")
    assert not set(SEEDS) & source_roles(STUDY).keys()


def test_their_spectra_wait_together_in_the_legend():
    for overlay in build_overlays(STUDY):
        primary = [curve.label for curve in overlay.curves if curve.primary]
        assert MODEL in primary
        assert not set(SEEDS) & set(primary)
        members = [curve for curve in overlay.curves if curve.label in SEEDS]
        assert len(members) == 3
        assert {curve.group for curve in members} == {f"{MODEL}, single seeds"}
        (mean,) = [curve for curve in overlay.curves if curve.label == MODEL]
        assert {curve.style.colour for curve in members} == {mean.style.colour}
        assert {curve.style.dash for curve in members} == {"dot"}
        (lane,) = [sticks for sticks in overlay.sticks if sticks.group == MODEL]
        modes = len(
            next(e for e in STUDY.modes if e.molecule == overlay.molecule).modes.intensities
        )
        assert len(lane.frequencies_cm1) == 3 * modes


def test_frequencies_are_means_with_intervals():
    (table, *_) = frequency_tables(STUDY.modes)
    columns = [column.title for column in table.columns]
    assert not any(seed in title for seed in SEEDS for title in columns)
    place = columns.index(MODEL)
    first = next(entry for entry in STUDY.modes if entry.source == SEEDS[0])
    assert table.rows[0][place] == pytest.approx(first.modes.frequencies_cm1[0] + 2.0)
    half = student_t.ppf(0.975, 2) * 2.0 / np.sqrt(3)
    assert table.rows[0][columns.index(f"{MODEL}: ±")] == pytest.approx(half)
    assert "means" in table.caption
    (one,) = [errors for errors in frequency_errors(STUDY.modes) if errors.model == MODEL]
    (whole,) = [e for e in frequency_errors(build_study().modes) if e.model == MODEL]
    assert len(one.differences_cm1) == 3 * len(whole.differences_cm1)


def test_scores_of_single_trainings_have_a_column_each_and_are_all_in_the_summary():
    table = member_table(STUDY.member_scores)
    assert [column.title for column in table.columns][-3:] == ["seed 0", "seed 1", "seed 2"]
    assert all(isinstance(cell, Score) for row in table.rows for cell in row[-3:])
    found = json.loads(summary_json(STUDY))["scores"]
    assert len(found) == len(STUDY.scores) + sum(map(len, STUDY.member_scores.values()))
    assert not any(
        seed in str(row) for t in build_tables(STUDY)[:4] for row in t.rows for seed in SEEDS
    )


def test_calibration_has_a_table_a_plot_and_a_figure():
    table = calibration_table(STUDY.scores)
    assert [row[:3] for row in table.rows] == [(f"{MODEL}, committee", "test", "force")]
    assert table.rows[0][3].value == 1.3
    (plot,) = calibration_plots(STUDY)
    assert plot.data["kind"] == "reliability"
    assert "calibration-test.svg" in build_figures(STUDY)
    page = render_page(STUDY)
    assert 'id="calibration"' in page
    assert 'id="seeds"' in page
    assert "force error over spread" not in {
        row[0] for t in build_tables(STUDY) if t.name == "other-scores" for row in t.rows
    }


def test_without_seeds_the_page_has_no_such_sections():
    page = render_page(build_study())
    assert 'id="calibration"' not in page
    assert 'id="seeds"' not in page


def test_learning_curves_of_further_seeds_are_folded():
    shown = {plot.title.partition(":")[0] for plot in learning_plots(STUDY)}
    further = {plot.title.partition(":")[0] for plot in learning_plots(STUDY, further=True)}
    assert SEEDS[0] in shown
    assert further == set(SEEDS[1:])


def test_fundamentals_of_a_model_are_means_over_its_trainings():
    def entry(shift, temperature_k):
        bands = ModeBands(
            position_cm1=np.array([1000.0, 2000.0]) + shift,
            standard_error_cm1=np.array([9.0, 9.0]),
            centroid_cm1=np.array([1000.0, 2000.0]),
            width_cm1=np.array([30.0, 30.0]),
            energy=np.array([1.0, 1.0]),
            temperature_k=temperature_k,
            n=8,
            method="bands",
        )
        observed = np.array([1010.0, 2010.0])
        return FundamentalsEntry("water", "seed", observed, np.array([1.0, 2.0]) + shift, bands)

    entries = [entry(shift, t) for t in (300.0, 400.0) for shift in (0.0, 3.0, 6.0)]
    lost = replace(entries[0], bands=None)
    found = list(mean_fundamentals("model", [*entries, lost]))
    assert [one.bands.temperature_k for one in found] == [300.0, 400.0]
    for one in found:
        assert one.source == "model"
        assert one.harmonic_cm1 == pytest.approx([4.0, 5.0])
        assert one.bands.position_cm1 == pytest.approx([1003.0, 2003.0])
        assert one.bands.standard_error_cm1 == pytest.approx(3.0 / np.sqrt(3))
        assert one.bands.n == 3
    (alone,) = mean_fundamentals("model", [lost, lost])
    assert alone.bands is None


def test_tables_are_valid_csv():
    from vibench.report.table import csv_text

    for table in build_tables(STUDY):
        rows = list(csv.reader(io.StringIO(csv_text(table))))
        assert {len(row) for row in rows} == {len(rows[0])}
