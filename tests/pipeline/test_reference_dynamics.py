"""A reference that runs less than the models, or not at all; vibrations in both precisions."""

import re

import pytest

from tests.pipeline.finished_study import write_measured
from vibench.core.errors import InputError
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.results import gather_results
from vibench.pipeline.study import read_study

STUDY = """
title = "Water"
precision_check = true
[reference]
kind = "gfn2"
[data]
molecules = ["water", "methanol", "ethanol"]
[data.label]
[dynamics]
replicas = 4
production_fs = 1200.0
seed = 7
[observed.water]
fundamentals_cm1 = [1595.0, 3657.0, 3756.0]
citation = "none"
[measured.water]
path = "water.jdx"
[[models]]
name = "PaiNN"
[[models]]
name = "second"
"""


def tasks(tmp_path, added=""):
    path = tmp_path / "study.toml"
    path.write_text(STUDY + added)
    write_measured(tmp_path)
    return {task.name: task for task in in_order(build_tasks(read_study(path, measured={})))}


def test_by_default_the_reference_runs_as_models_with_seeds_of_its_own(tmp_path):
    found = tasks(tmp_path)
    settings = {
        name: found[f"dynamics · {name} · water"].recipe["dynamics"]
        for name in ("PaiNN", "GFN2-xTB", "repeat of GFN2-xTB")
    }
    assert [one.pop("seed") for one in settings.values()] == [7, 8, 9]
    assert settings["PaiNN"] == settings["GFN2-xTB"] == settings["repeat of GFN2-xTB"]


def test_a_table_gives_it_a_length_of_its_own(tmp_path):
    added = "[reference_dynamics]\nreplicas = 1\nproduction_fs = 1100.0\nseed = 50\n"
    found = tasks(tmp_path, added)
    reference = found["dynamics · GFN2-xTB · water"].recipe["dynamics"]
    assert (reference["replicas"], reference["production_fs"], reference["seed"]) == (1, 1100, 50)
    assert found["dynamics · repeat of GFN2-xTB · water"].recipe["dynamics"]["seed"] == 51
    model = found["dynamics · PaiNN · water"].recipe["dynamics"]
    assert (model["replicas"], model["production_fs"]) == (4, 1200)


def test_without_a_repetition_there_is_no_noise_floor(tmp_path):
    found = tasks(tmp_path, "[reference_dynamics]\nrepeat = false\n")
    assert not [name for name in found if "repeat of" in name]
    assert "compare · PaiNN · GFN2-xTB · water" in found


def test_without_dynamics_the_reference_judges_vibrations_alone(tmp_path):
    found = tasks(tmp_path, "[reference_dynamics]\nrun = false\n")
    touched = {
        task.stage
        for task in found.values()
        if "GFN2-xTB" in task.name or any("GFN2-xTB" in name for name in task.inputs.values())
    }
    # Models still start from its minima; its harmonic spectrum still is compared with measurement.
    assert touched == {
        *("vibrations", "label", "frequencies", "dynamics", "fundamentals", "compare"),
    }
    assert not [name for name in found if name.startswith(("dynamics · GFN2", "spectra · GFN2"))]
    assert [name for name in found if name.startswith("compare") and "GFN2" in name] == [
        "compare · harmonic GFN2-xTB · measured · water"
    ]
    assert "dynamics" not in found["fundamentals · GFN2-xTB · water"].inputs
    assert "compare · PaiNN · measured · water" in found
    assert "ranking · measured" in found


def test_the_other_precision_is_compared_with_the_first_and_with_the_reference(tmp_path):
    found = tasks(tmp_path)
    first, other = (found[f"vibrations · {name} · water"] for name in ("PaiNN", "PaiNN, float32"))
    assert first.recipe["potential"]["dtype"] == "float64"
    assert other.recipe["potential"]["dtype"] == other.recipe["vibrations"]["dtype"] == "float32"
    assert other.inputs["start"] == first.name
    for reference in ("PaiNN", "GFN2-xTB"):
        assert f"frequencies · PaiNN, float32 · {reference} · water" in found


def test_all_vibrations_can_be_in_single_precision(tmp_path):
    found = tasks(tmp_path, '[vibrations]\ndtype = "float32"\n')
    assert found["vibrations · PaiNN · water"].recipe["potential"]["dtype"] == "float32"
    assert found["vibrations · PaiNN, float64 · water"].recipe["potential"]["dtype"] == "float64"


def test_a_shorter_reference_is_told_with_its_noise_floor(tmp_path):
    write_measured(tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(STUDY + "[reference_dynamics]\nreplicas = 2\n")
    found = gather_results(read_study(path, measured={}), [], {}, {})
    (warning,) = found.warnings
    assert warning.startswith(
        "the reference ran 2.4 ps per molecule and temperature, models 4.8 ps"
    )
    path.write_text(STUDY)
    assert not gather_results(read_study(path, measured={}), [], {}, {}).warnings


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("[spectra]\ndepth_fs = 2000.0\n", "dynamics.production_fs = 1200 is too short"),
        (
            "[reference_dynamics]\nproduction_fs = 1000.0\n",
            "is too short for a correlation depth of 1000 fs: it must be 1001.5",
        ),
    ],
)
def test_dynamics_too_short_for_spectra_are_refused_before_they_run(tmp_path, added, message):
    with pytest.raises(InputError, match=re.escape(message)):
        tasks(tmp_path, added)


def test_a_reference_that_does_not_run_may_be_short(tmp_path):
    found = tasks(tmp_path, "[reference_dynamics]\nrun = false\nproduction_fs = 10.0\n")
    assert "dynamics · GFN2-xTB · water" not in found
