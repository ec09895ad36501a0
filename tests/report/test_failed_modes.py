"""Harmonic vibrations that failed: told where they would stand, and in no mean."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.score import Score
from vibench.core.trajectory import Outcome
from vibench.report.failed_modes import left_out, without_failed_modes
from vibench.report.frequencies import frequency_errors, frequency_tables
from vibench.report.heat_maps import build_heat_maps
from vibench.report.overlays import build_overlays
from vibench.report.page import render_page
from vibench.report.plots import harmonic_plots
from vibench.report.results import ModesEntry, StudyResults
from vibench.report.scores import HARMONIC_SCORE
from vibench.report.summary import summarize
from vibench.report.tables import build_tables

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))
BROKEN = "relaxation: a bond was broken or formed"


def failing(entry: ModesEntry, **changes: object) -> ModesEntry:
    """Return modes whose relaxation broke a bond."""
    modes = replace(entry.modes, outcome=Outcome("failed", BROKEN))
    return replace(entry, modes=replace(modes, **changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study, SchNet's relaxation of ethanol failed with an absurd intensity."""
    whole: StudyResults = STUDY["build_study"]()
    modes = tuple(
        failing(entry, intensities=np.full(len(entry.modes.intensities), 49202.0))
        if (entry.source, entry.molecule) == ("SchNet", "ethanol")
        else entry
        for entry in whole.modes
    )
    return replace(whole, modes=modes, scores=without_failed_modes(whole.scores, modes))


def test_their_scores_are_taken_out_and_no_others(study: StudyResults) -> None:
    whole = STUDY["build_study"]().scores
    gone = [score for score in whole if score not in study.scores]
    assert [(s.name, s.model, s.molecule) for s in gone] == [(HARMONIC_SCORE, "SchNet", "ethanol")]


def test_a_failed_reference_takes_the_scores_of_all_models_out() -> None:
    whole: StudyResults = STUDY["build_study"]()
    modes = tuple(
        failing(entry) if (entry.role, entry.molecule) == ("reference", "methanol") else entry
        for entry in whole.modes
    )
    kept = without_failed_modes(whole.scores, modes)
    assert {s.molecule for s in kept if s.name == HARMONIC_SCORE} == {
        None,
        "formaldehyde",
        "ethanol",
    }


def test_a_mean_over_seeds_stays_if_it_is_without_the_failed_training(
    study: StudyResults,
) -> None:
    entry = study.modes[1]
    seeds = [
        replace(entry, source=f"{entry.source}, seed {n}", role="member", member_of=entry.source)
        for n in (1, 2, 3)
    ]
    modes = (failing(seeds[0]), *seeds[1:])
    mean = Score(
        name=HARMONIC_SCORE,
        value=5.0,
        unit="cm^-1",
        higher_is_better=False,
        n=3,
        model=entry.source,
        molecule=entry.molecule,
    )
    assert without_failed_modes([mean], modes) == ()
    others = replace(mean, n=2)
    assert without_failed_modes([others], modes) == (others,)
    assert f"{entry.source}, seed 1: {BROKEN}" in left_out(modes)


def test_the_map_the_table_and_the_terminal_say_failed(study: StudyResults) -> None:
    maps = build_heat_maps(study)
    harmonic = next(one for one in maps if one.label.startswith(HARMONIC_SCORE))
    cell = harmonic.rows[2][1]
    assert (cell.text, cell.state, cell.hint) == ("failed", "failed", BROKEN)
    table = next(one for one in build_tables(study) if one.name == "harmonic-errors")
    row = next(row for row in table.rows if row[:2] == ("SchNet", "ethanol"))
    assert "failed" in row
    assert f"Left out, as they failed: 1, SchNet for ethanol ({BROKEN})." in table.caption
    line = next(line for line in summarize(study) if "SchNet  ethanol" in line)
    assert line.endswith("failed")


def test_deviations_are_without_them_and_say_how_many(study: StudyResults) -> None:
    errors = {one.model: one for one in frequency_errors(study.modes)}
    assert "ethanol" in errors["PaiNN"].molecules
    assert "ethanol" not in errors["SchNet"].molecules
    (plot,) = harmonic_plots(study)
    assert "Left out, as they failed: 1, SchNet for ethanol" in plot.description
    assert plot.description in render_page(study).replace("&#39;", "'")
    table = next(t for t in frequency_tables(study.modes) if t.name == "frequencies-ethanol")
    titles = [column.title for column in table.columns]
    assert "SchNet (failed)" in titles
    assert "SchNet: difference" not in titles
    assert "PaiNN: difference" in titles


def test_lines_have_the_scale_of_the_reference_and_stronger_ones_are_cut(
    study: StudyResults,
) -> None:
    overlays = {one.molecule: one for one in build_overlays(study)}
    ethanol = overlays["ethanol"]
    assert [one.group for one in ethanol.sticks] == ["GFN2-xTB", "PaiNN"]
    assert "Left out, as they failed: 1" in ethanol.lines_note
    place = next(
        i for i, e in enumerate(study.modes) if (e.source, e.molecule) == ("SchNet", "methanol")
    )
    modes = study.modes[place].modes
    strong = replace(modes, intensities=1000.0 * modes.intensities)
    entries = list(study.modes)
    entries[place] = replace(entries[place], modes=strong)
    methanol = build_overlays(replace(study, modes=tuple(entries)))[0]
    reference, model, loud = methanol.sticks
    assert reference.heights.max() == 1.0
    assert model.heights.max() > 0.5
    assert loud.heights.max() == 1.0
    assert methanol.lines_note.startswith(
        "Full height of the harmonic lines is the strongest one of GFN2-xTB; stronger ones, of "
    )
    assert "SchNet" in methanol.lines_note
