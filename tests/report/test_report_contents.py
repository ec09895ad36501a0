"""What a report says: scores beside their floors, sentences, pairings, scales, numbers."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.core.score import Score
from vibench.core.trajectory import Outcome
from vibench.report.formatting import (
    file_stem,
    listing,
    number_text,
    score_text,
    unique_stems,
    unit_text,
)
from vibench.report.frequencies import frequency_errors, frequency_tables
from vibench.report.fundamentals import fundamental_error_table, fundamental_table
from vibench.report.learning import learning_panels
from vibench.report.overlays import build_overlays
from vibench.report.palette import COLOURS, assign_styles
from vibench.report.results import (
    FundamentalsEntry,
    LearningCurve,
    StudyResults,
    model_names,
)
from vibench.report.scores import PEARSON, floor_of, mean_score, named, overall, reaches
from vibench.report.summary import state_result, summarize
from vibench.report.table import cell_text, csv_text
from vibench.report.tables import (
    build_tables,
    error_table,
    other_table,
    overview_table,
    spectrum_table,
)

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study."""
    result: StudyResults = STUDY["build_study"]()
    return result


def score(value: float, low: float | None = None, high: float | None = None, **facts: str) -> Score:
    """Return a correlation, or what *facts* make of it."""
    known = {"name": PEARSON, "unit": "", **facts}
    return Score(value=value, low=low, high=high, n=8, higher_is_better=True, **known)


def held_out(study: StudyResults) -> list[Score]:
    """Return the scores on structures of the training data and on unseen molecules."""
    return [one for one in study.scores if one.dataset != STUDY["AIMD"]]


def test_a_floor_belongs_to_the_same_molecule_and_reference(study: StudyResults) -> None:
    model = named(study.scores, PEARSON, "PaiNN")[0]
    floor = floor_of(model, study.scores)
    assert floor is not None
    assert (floor.molecule, floor.value) == ("methanol", 0.972)
    measured = next(s for s in named(study.scores, PEARSON) if s.reference == "measured")
    assert floor_of(measured, study.scores) is None


def test_reaching_the_floor_depends_on_intervals_and_direction() -> None:
    floor = score(0.97, 0.96, 0.98)
    assert reaches(score(0.95, 0.93, 0.965), floor)
    assert not reaches(score(0.95, 0.94, 0.955), floor)
    assert not reaches(score(0.95), floor)
    distance = replace(floor, higher_is_better=False, value=10, low=8, high=12)
    assert reaches(replace(distance, value=14, low=11, high=17), distance)
    assert not reaches(replace(distance, value=14, low=13, high=15), distance)


def test_spectrum_table_sets_the_floor_beside_each_score(study: StudyResults) -> None:
    table = spectrum_table(study.scores)
    titles = [column.title for column in table.columns]
    row = table.rows[0]
    value, floor = row[titles.index(PEARSON)], row[titles.index(PEARSON) + 1]
    assert isinstance(value, Score)
    assert isinstance(floor, Score)
    assert (value.value, floor.value) == (0.951, 0.972)
    assert all("noise floor" not in row for row in table.rows)


def test_every_score_is_in_some_table(study: StudyResults) -> None:
    novel = score(3.5, name="band overlap", unit="%", model="PaiNN")
    tables = build_tables(replace(study, scores=(*study.scores, novel)))
    shown = {id(cell) for table in tables for row in table.rows for cell in row}
    # The test set has one molecule: its errors are not told again as those of all molecules.
    repeated = {id(s) for s in study.scores if s.dataset == STUDY["AIMD"] and s.molecule is None}
    assert all(id(one) in shown for one in (*study.scores, novel) if id(one) not in repeated)
    assert not repeated & shown
    assert other_table(study.scores).rows == ()


def test_one_common_reference_moves_into_the_caption(study: StudyResults) -> None:
    table = error_table(held_out(study))
    assert "Compared with GFN2-xTB" in table.caption
    assert "compared with" not in [column.title for column in table.columns]
    other = replace(study.scores[0], reference="PBE")
    assert "compared with" in [c.title for c in error_table((*held_out(study), other)).columns]


def test_sentences_say_who_how_well_and_the_floor(study: StudyResults) -> None:
    single = " ".join(state_result(STUDY["build_single_model_study"]()))
    assert "PaiNN reproduces the infrared spectra of GFN2-xTB" in single
    assert "0.951 (0.940 to 0.962) for methanol" in single
    assert "noise floor. It is reached by PaiNN for 2 of 3 spectra" in single
    assert "forces 14.2 meV/Å (13.2 to 15.3)" in single
    assert "measured spectra of methanol" in single
    several = " ".join(state_result(study))
    assert "Of 2 models PaiNN has the highest mean Pearson correlation" in several
    assert "Whether the difference is more than noise was not tested" in several
    assert "SchNet for 0 of 3 spectra" in several


def test_means_are_over_the_spectra_that_all_models_gave(study: StudyResults) -> None:
    correlations = [s for s in named(study.scores, PEARSON) if s.model == "SchNet"]
    lost = next(score for score in correlations if score.molecule is not None)
    fewer = replace(study, scores=tuple(score for score in study.scores if score is not lost))
    assert "the 2 spectra that all models gave" in " ".join(state_result(fewer))
    column = [c.title for c in overview_table(fewer).columns].index("Pearson correlation")
    assert [row[column].n for row in overview_table(fewer).rows] == [2, 2]


def test_failed_tasks_are_told(study: StudyResults) -> None:
    failed = replace(study.tasks[1], status="failed", outcome="not enough memory")
    broken = replace(study, tasks=(study.tasks[0], failed))
    assert "1 of 2 tasks failed, so the results are incomplete." in state_result(broken)
    assert "  train PaiNN not enough memory" in summarize(broken)


def test_summary_lines_are_aligned_and_short(study: StudyResults) -> None:
    lines = summarize(study)
    assert max(len(line) for line in lines) < 120
    start = lines.index("Spectra against GFN2-xTB")
    line = next(line for line in lines[start:] if "PaiNN" in line and "methanol" in line)
    assert "0.951 (0.940–0.962)  0.972 (0.961–0.983)" in line
    assert any("PaiNN" in line for line in lines[lines.index("Spectra against measured") :])


def test_the_summary_gives_both_ends_of_a_skew_interval(study: StudyResults) -> None:
    skew = tuple(
        replace(one, value=0.84, low=0.37, high=0.97) if one.name == PEARSON else one
        for one in study.scores
    )
    assert any("0.84 (0.37–0.97)  0.84 (0.37–0.97)" in line for line in summarize_scores(skew))


def summarize_scores(scores: tuple[Score, ...]) -> tuple[str, ...]:
    """Return the summary of nothing but *scores*."""
    return summarize(StudyResults(title="", description="", settings="", scores=scores))


def test_sources_are_models_references_or_measured(study: StudyResults) -> None:
    assert model_names(study) == ("PaiNN", "SchNet")
    only_scores = StudyResults(title="", description="", settings="", scores=study.scores)
    assert model_names(only_scores) == ("PaiNN", "SchNet")


def test_overall_prefers_the_test_set_over_all_molecules(study: StudyResults) -> None:
    found = overall(study.scores, "force MAE", "SchNet")
    assert found is not None
    assert (found.molecule, found.dataset) == (None, "test")


def test_mean_over_spectra_ignores_what_failed() -> None:
    mean = mean_score([score(0.9), score(float("nan")), score(0.8)])
    assert mean is not None
    assert mean.value == pytest.approx(0.85)
    assert mean.n == 2
    assert mean_score([score(float("nan"))]) is None


def test_measured_spectrum_is_scaled_to_the_reference_area(study: StudyResults) -> None:
    overlay = build_overlays(study)[0]
    curves = {curve.label: curve for curve in overlay.curves}
    measured = curves["measured (scaled to equal area)"]
    reference = curves["GFN2-xTB"]
    low, high = measured.wavenumber_cm1[0], measured.wavenumber_cm1[-1]
    inside = (reference.wavenumber_cm1 >= low) & (reference.wavenumber_cm1 <= high)
    area = np.trapezoid(reference.intensity[inside], reference.wavenumber_cm1[inside])
    scaled = np.trapezoid(measured.intensity, measured.wavenumber_cm1)
    assert scaled == pytest.approx(area, rel=1e-9)
    np.testing.assert_array_equal(
        reference.intensity, study.spectra[0].spectrum.intensity[: len(reference.intensity)]
    )


def test_harmonic_spectra_and_lines_join_every_temperature(study: StudyResults) -> None:
    warm = replace(study.spectra[0], temperature_k=500.0)
    overlays = build_overlays(replace(study, spectra=(*study.spectra, warm)))
    methanol = [overlay for overlay in overlays if overlay.molecule == "methanol"]
    assert [overlay.temperature_k for overlay in methanol] == [300.0, 500.0]
    assert all(len(overlay.sticks) == 3 for overlay in methanol)
    assert all("PaiNN, harmonic" in [c.label for c in o.curves] for o in methanol)


def test_frequencies_are_paired_only_when_complete(study: StudyResults) -> None:
    reference, model = study.modes[0], study.modes[1]
    errors = frequency_errors((reference, model))
    expected = model.modes.frequencies_cm1 - reference.modes.frequencies_cm1
    np.testing.assert_allclose(errors[0].differences_cm1, expected)
    short = replace(
        model.modes,
        frequencies_cm1=model.modes.frequencies_cm1[:-1],
        eigenvectors=model.modes.eigenvectors[:-1],
        dipole_derivatives=model.modes.dipole_derivatives[:-1],
        intensities=model.modes.intensities[:-1],
        outcome=Outcome("failed", "relaxed to another conformer"),
    )
    entries = (reference, replace(model, modes=short))
    assert frequency_errors(entries) == ()
    table = frequency_tables(entries)[0]
    assert "relaxed to another conformer" in table.caption
    assert not any("difference" in column.title for column in table.columns)
    assert len(table.rows) == len(reference.modes.frequencies_cm1)


def test_matched_modes_stand_in_the_row_of_their_partner(study: StudyResults) -> None:
    reference, model = study.modes[0], study.modes[1]
    partner = np.arange(len(model.modes.frequencies_cm1))
    partner[[2, 3]] = [3, 2]
    overlap = np.linspace(1, 0.45, len(partner))
    entries = (reference, replace(model, partner=partner, overlap=overlap))
    ours, theirs = model.modes.frequencies_cm1, reference.modes.frequencies_cm1
    errors = frequency_errors(entries)[0]
    np.testing.assert_allclose(errors.differences_cm1, ours - theirs[partner])
    np.testing.assert_allclose(errors.frequencies_cm1, theirs[partner])
    table = frequency_tables(entries)[0]
    titles = [column.title for column in table.columns]
    row = dict(zip(titles, table.rows[2], strict=True))
    assert row["GFN2-xTB"] == pytest.approx(theirs[2])
    assert row["PaiNN"] == pytest.approx(ours[3])
    assert row["PaiNN: difference"] == pytest.approx(ours[3] - theirs[2])
    assert row["PaiNN: overlap"] == pytest.approx(overlap[3])
    assert row["PaiNN: intensity"] == pytest.approx(model.modes.intensities[3])
    assert "matched by overlap" in table.caption


def _fundamentals(*, bands: bool) -> FundamentalsEntry:
    found = ModeBands(
        position_cm1=np.array([1600.0, 3650.0]),
        standard_error_cm1=np.array([2.0, 3.0]),
        centroid_cm1=np.array([1601.0, 3651.0]),
        width_cm1=np.array([38.0, 41.0]),
        energy=np.ones(2),
        temperature_k=300.0,
        n=8,
        method="maximum of the power spectrum",
    )
    return FundamentalsEntry(
        molecule="water",
        source="GFN2-xTB",
        observed_cm1=np.array([1595.0, 3657.0]),
        harmonic_cm1=np.array([1540.0, 3643.0]),
        bands=found if bands else None,
    )


def test_fundamentals_have_signed_errors_mode_by_mode(study: StudyResults) -> None:
    table = fundamental_table(replace(study, fundamentals=(_fundamentals(bands=True),)))
    titles = [column.title for column in table.columns]
    rows = [dict(zip(titles, row, strict=True)) for row in table.rows]
    assert [row["mode"] for row in rows] == [1, 2]
    assert [row["harmonic: error"] for row in rows] == [-55, -14]
    assert [row["MD band: error"] for row in rows] == [5, -7]
    assert rows[0]["MD band: ±"] == pytest.approx(2 * 2.3646, abs=1e-3)  # Student's t, 7 freedoms
    assert "maximum of the power spectrum" in table.caption
    harmonic = fundamental_table(replace(study, fundamentals=(_fundamentals(bands=False),)))
    assert harmonic.rows[0][4:] == (1540, -55, None, None, None, None, None)


def test_errors_from_fundamentals_stand_side_by_side() -> None:
    facts = {"unit": "cm^-1", "model": "GFN2-xTB", "molecule": "water"}
    harmonic = score(35.0, name="harmonic MAE from fundamentals", **facts)
    band = replace(harmonic, name="MD band MAE from fundamentals", value=6.0, temperature_k=300.0)
    signed = replace(harmonic, name="harmonic minus fundamental", value=-55.0)
    rows = fundamental_error_table([harmonic, band]).rows
    assert rows == (("GFN2-xTB", "water", harmonic, band, 300.0, 8),)
    assert fundamental_error_table([harmonic]).rows[0][3:5] == (None, None)
    assert other_table([harmonic, band, signed]).rows == ()


def test_learning_columns_of_one_topic_share_a_plot(study: StudyResults) -> None:
    panels = learning_panels(study.training[0])
    assert [panel.title for panel in panels] == ["Loss", "Energy", "Forces", "Dipole"]
    assert [label for label, _ in panels[0].series] == ["train loss", "validation loss"]
    with pytest.raises(InputError, match="'train_loss' has shape"):
        LearningCurve("m", {"epoch": np.arange(3), "train_loss": np.zeros(2)})


@pytest.mark.parametrize("place", [0, 1])
def test_colours_have_contrast_and_stay_apart(place: int) -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    def contrast(name: str) -> float:
        pair = [luminance(COLOURS[name][place]), luminance(COLOURS["paper"][place])]
        return (max(pair) + 0.05) / (min(pair) + 0.05)

    assert all(contrast(name) >= 3 for name in COLOURS if name.startswith("series-"))
    assert contrast("measured") >= 3
    assert min(contrast(name) for name in ("ink", "muted", "accent", "caution")) >= 4.5


def test_styles_never_repeat_within_fifteen_models() -> None:
    styles = assign_styles({f"model {place}": "model" for place in range(15)})
    assert len({(style.colour, style.dash) for style in styles.values()}) == 15


def test_a_committee_has_the_colour_of_its_model_and_moves_no_other() -> None:
    alone = assign_styles({"PaiNN": "model", "MACE": "model"})
    styles = assign_styles(
        {"PaiNN": "model", "PaiNN, committee": "model", "MACE": "model", "MACE, committee": "model"}
    )
    for model in alone:
        committee = styles[f"{model}, committee"]
        assert styles[model] == alone[model]
        assert committee.colour == alone[model].colour
        assert committee.dash != alone[model].dash
        assert committee.marker != alone[model].marker


def test_numbers_show_the_digits_their_interval_allows() -> None:
    assert score_text(score(0.95123, 0.9402, 0.9622)) == "0.951 (0.940 to 0.962)"
    assert score_text(score(123.4, 100.0, 150.0, unit="cm^-1")) == "123 cm⁻¹ (100 to 150)"
    assert score_text(score(0.034, -4.0, 4.1)) == "0.03 (−4.00 to 4.10)"  # not 0.0
    assert score_text(score(1e-9, -4.0, 4.1)) == "0.0 (−4.0 to 4.1)"
    assert number_text(float("nan")) == "–"
    assert number_text(-0.0001, 2) == "0.00"
    assert number_text(-12.34, 1) == "−12.3"
    assert unit_text("km/mol per cm^-1") == "km/mol per cm⁻¹"


def test_names_of_files_are_safe_and_distinct() -> None:
    assert file_stem("../été", "300 K") == "ete-300-K"
    assert unique_stems(["a", "A", "a"]) == ("a", "A-2", "a-3")
    assert listing(["a", "b", "c"]) == "a, b and c"


def test_csv_keeps_full_precision(study: StudyResults) -> None:
    table = error_table(held_out(study))
    assert repr(14.2) in csv_text(table)
    assert cell_text(table.rows[0][3], table.columns[3]) == "2.31"
