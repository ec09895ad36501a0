"""Further temperatures, constant energy and heat: from the study file to the report."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.dynamics.conservation import DRIFT, FLUCTUATION
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.pricing import price
from vibench.pipeline.run import open_study, report_study, run_study
from vibench.pipeline.sites import in_process
from vibench.pipeline.study import read_study
from vibench.pipeline.tasks import Resources
from vibench.report.scores import STABILITY_SCORES

STUDY = """
title = "Water in heat"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
unseen = ["formaldehyde"]
[data.label]
structures_per_temperature = 4
temperatures_k = [300.0]
spacing_fs = 5.0
equilibration_fs = 10.0
normal_mode_share = 0.5
[data.split]
train = 2
validation = 1
test = 1
[dynamics]
replicas = 2
equilibration_fs = 10.0
production_fs = 150.0
{limits}
[spectra]
depth_fs = 50.0
[compare]
width_cm1 = 700.0
[[models]]
name = "same"
potential = {{ kind = "gfn2" }}
[[models]]
name = "other"
potential = {other}
"""
SERIES = """
[temperature_series]
molecules = ["water"]
temperatures_k = [100.0, 500.0]
[robustness]
molecules = ["formaldehyde"]
replicas = 3
equilibration_fs = 5.0
nve_fs = 100.0
hot_fs = 50.0
"""
GFN1 = '{ kind = "gfn2", method = "GFN1-xTB" }'


def read(folder, added="", limits="", other=GFN1):
    path = folder / "study.toml"
    path.write_text(STUDY.format(limits=limits, other=other) + added)
    return read_study(path, measured={})


def run(folder, **changes):
    read(folder, **changes)
    study = open_study(folder / "study.toml")
    return study, run_study(
        study,
        runs=folder / "runs",
        output=folder / "report",
        site=in_process(Resources()),
        spectator=lambda _: None,
    ).results


def test_a_series_adds_temperatures_to_its_molecules_alone(tmp_path):
    tasks = {task.name: task for task in build_tasks(read(tmp_path, SERIES))}
    for source in ("same", "GFN2-xTB", "repeat of GFN2-xTB"):
        water = tasks[f"dynamics · {source} · water"].recipe["dynamics"]
        other = tasks[f"dynamics · {source} · formaldehyde"].recipe["dynamics"]
        assert water["temperatures_k"] == [100.0, 300.0, 500.0]
        assert other["temperatures_k"] == [300.0]
    for name in ("compare · same · GFN2-xTB · water", "spectra · same · water"):
        assert tasks[name].recipe["temperatures_k"] == [100.0, 300.0, 500.0]
    # Models are ranked over all molecules, at the temperatures that all of them have.
    assert tasks["ranking · GFN2-xTB"].recipe["temperatures_k"] == [300.0]


def test_robustness_tests_models_and_not_the_reference(tmp_path):
    tasks = {task.name: task for task in build_tasks(read(tmp_path, SERIES))}
    added = [name for name in tasks if name.endswith(("constant energy", "hot"))]
    assert added == [
        f"dynamics · {model} · formaldehyde · {kind}"
        for model in ("same", "other")
        for kind in ("constant energy", "hot")
    ]
    quiet, hot = (tasks[name].recipe["dynamics"] for name in added[:2])
    assert (quiet["integrator"], quiet["frame_stride"]) == ("nve", 1)
    assert (hot["integrator"], hot["temperatures_k"]) == ("langevin-baoab", [900.0])
    spectra = tasks["dynamics · same · formaldehyde"].recipe["dynamics"]
    assert len({one["seed"] for one in (quiet, spectra)}) == 2


def test_both_are_priced(tmp_path):
    def steps(added, kind):
        work = price(read(tmp_path, added))
        return sum(one.amount for one in work if one.kind == kind and one.potential == "same")

    per_run = 2 * 319  # two replicas of 160 fs less the first instant
    assert steps("", "dynamics") == 2 * per_run
    assert steps(SERIES, "dynamics") == (3 + 1) * per_run
    assert steps(SERIES, "robustness") == 3 * (209 + 109)


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ('[temperature_series]\nmolecules = ["watr"]', "temperature_series.molecules.*'water'"),
        ('[robustness]\nmolecules = ["methanol"]', "robustness.molecules: unknown molecule"),
        ("[robustness]\nnve_fs = 20.0", "nve_fs must be 100 or more"),
        ("[temperature_series]\nmolecules = []", "temperature_series.molecules"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path, added, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, added)


def test_dynamics_are_needed(tmp_path):
    text = STUDY.format(limits="", other=GFN1)
    (tmp_path / "s.toml").write_text(
        text.replace("[dynamics]", "[robustness]").split("replicas")[0]
    )
    with pytest.raises(InputError, match=r"robustness needs dynamics: add a table \[dynamics\]"):
        read_study(tmp_path / "s.toml", measured={})


def test_scores_and_lifetimes_reach_the_report(tmp_path):
    _, results = run(tmp_path, added=SERIES)
    assert (DRIFT, FLUCTUATION) == STABILITY_SCORES
    for name in (DRIFT, FLUCTUATION):
        found = [score for score in results.scores if score.name == name]
        assert [(one.model, one.molecule, one.n) for one in found] == [
            ("same", "formaldehyde", 3),
            ("other", "formaldehyde", 3),
        ]
    # GFN2's forces are those of its energy: a drift is far below kT in a picosecond.
    assert all(abs(one.value) < 1.0 for one in results.scores if one.name == DRIFT)
    lasted = [(one.purpose, one.molecule, one.temperature_k) for one in results.lifetimes][:6]
    assert lasted == [
        ("spectra", "water", 100.0),
        ("spectra", "water", 300.0),
        ("spectra", "water", 500.0),
        ("spectra", "formaldehyde", 300.0),
        ("stability", "formaldehyde", 300.0),
        ("stability", "formaldehyde", 900.0),
    ]
    assert not any(one.failed.any() for one in results.lifetimes)
    assert {one.role for one in results.lifetimes} == {"model", "reference"}
    np.testing.assert_allclose(results.lifetimes[0].duration_fs, 160.0)
    assert [(m.name, m.atoms, m.unseen) for m in results.molecules] == [
        ("water", 3, False),
        ("formaldehyde", 4, True),
    ]
    temperatures = {s.temperature_k for s in results.spectra if s.molecule == "water"}
    assert temperatures == {None, 100.0, 300.0, 500.0}


def test_no_survivor_leaves_no_spectrum_and_a_report_that_says_so(tmp_path):
    limits = "max_force_ev_per_angstrom = 1e-3"
    _, results = run(tmp_path, limits=limits)
    assert all(one.failed.all() for one in results.lifetimes)
    assert {one.reasons for one in results.lifetimes} == {("a force exceeds 0.001 eV/Å",)}
    assert all(one.kind == "harmonic" for one in results.spectra)
    assert any("every trajectory failed" in warning for warning in results.warnings)
    assert (tmp_path / "report" / "report.html").is_file()


def test_a_failed_task_still_leaves_a_report_of_the_others(tmp_path):
    broken = '{ kind = "learned", path = "broken.safetensors", name = "broken" }'
    (tmp_path / "broken.safetensors").write_bytes(b"no model")
    with pytest.raises(InputError, match=r"broken\.safetensors[^$]*Report of what there is"):
        run(tmp_path, other=broken)
    study = open_study(tmp_path / "study.toml")
    with pytest.raises(InputError, match="--incomplete"):
        report_study(study, runs=tmp_path / "runs", output=tmp_path / "second")
    again = report_study(study, runs=tmp_path / "runs", output=tmp_path / "second", incomplete=True)
    assert {score.model for score in again.results.scores} >= {"same"}
    assert {task.status for task in again.results.tasks} == {"reused", "not run"}
    pages = [(tmp_path / folder / "report.html").read_text() for folder in ("report", "second")]
    assert "failed" in pages[0]
    assert "not run" in pages[1]


def test_at_test_scale_few_molecules_stand_for_many(tmp_path):
    named = ["water", "methanol", "ethanol", "acetone", "ammonia"]
    path = tmp_path / "study.toml"
    text = STUDY.format(limits="", other=GFN1) + SERIES.replace('["water"]', '["ammonia"]')
    path.write_text(text.replace('["water"]', str(named).replace("'", '"')))
    study = open_study(path, scale="test")
    assert [molecule.name for molecule in study.data.molecules] == named[:3]
    assert study.temperature_series.molecules == ("water",)
    assert study.temperature_series.temperatures_k == (500.0,)
    assert study.robustness.molecules == ("formaldehyde",)
    assert build_tasks(study)
