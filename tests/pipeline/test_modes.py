"""Stages that judge normal modes, from dynamics in the store to the tables of a report."""

import numpy as np
import pytest

from vibench.core.bands import ModeBands
from vibench.pipeline.execution import execute
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.results import gather_results
from vibench.pipeline.sites import in_process
from vibench.pipeline.stages.motion import reasons_in_words
from vibench.pipeline.study import read_study
from vibench.pipeline.tasks import Resources
from vibench.report.fundamentals import fundamental_table
from vibench.store.artefacts import Store
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import read_scores

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
accuracy = 1.0
[data]
molecules = ["water"]
[dynamics]
replicas = 2
equilibration_fs = 5.0
production_fs = 110.0
frame_stride = {stride}
[spectra]
depth_fs = 100.0
[observed.water]
fundamentals_cm1 = [3657, 1595, 3756]
citation = "NSRDS-NBS 39"
"""


def run(folder, stride):
    path = folder / "study.toml"
    path.write_text(STUDY.format(stride=stride))
    study = read_study(path, measured={})
    tasks = in_order(build_tasks(study))
    artefacts = execute(
        tasks,
        Store(folder / "runs"),
        in_process(Resources()),
        spectator=lambda _: None,
    )
    return study, tasks, artefacts


@pytest.mark.parametrize("stride", [4, 20])
def test_fundamentals_from_dynamics_to_the_report(tmp_path, stride):
    study, tasks, artefacts = run(tmp_path, stride)
    results = gather_results(study, tasks, artefacts, {})
    found = artefacts["fundamentals · GFN2-xTB · water"]
    scores = read_scores(found.file("scores.json"))
    names = [score.name for score in scores]
    assert names.count("harmonic minus fundamental") == 3
    text = found.record.observed["outcome"]["text"]
    table = fundamental_table(results)
    assert len(table.rows) == 3
    if stride == 20:
        # frames 10 fs apart cannot show 3700 cm⁻¹: said, and the harmonic part is there
        assert "smaller frame_stride" in text
        assert "MD band minus fundamental" not in names
        assert results.fundamentals[0].bands is None
        return
    assert text == ""
    bands = read_hdf5(found.file("bands-300K.h5"), ModeBands)
    assert bands.n == 2
    # a tenth of a picosecond shows lines of 330 cm⁻¹, enough to tell bend from stretch
    np.testing.assert_allclose(bands.position_cm1, [1540, 3630, 3640], atol=150)
    assert {score.temperature_k for score in scores if score.name.startswith("MD")} == {300.0}
    assert all(score.model == "GFN2-xTB" for score in scores)
    np.testing.assert_allclose(
        [row[8] for row in table.rows], bands.position_cm1 - [1595, 3657, 3756], atol=1e-9
    )


def test_bands_are_stored_whole(tmp_path):
    values = np.array([1.0, 2.0])
    bands = ModeBands(values, values, values, values, values, 300.0, 4, "maximum")
    write_hdf5(tmp_path / "bands.h5", bands)
    again = read_hdf5(tmp_path / "bands.h5", ModeBands)
    np.testing.assert_array_equal(again.position_cm1, values)
    assert (again.temperature_k, again.n, again.method) == (300.0, 4, "maximum")


def test_what_is_wrong_with_several_conformers_is_said_once():
    broken = "a bond was broken or formed"
    assert reasons_in_words(["", ""]) == ""
    assert reasons_in_words(["", broken]) == broken
    found = reasons_in_words([broken, "not converged", broken])
    assert found == f"{broken} (2 of 3 conformers); not converged"
