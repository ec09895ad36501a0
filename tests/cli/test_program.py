"""The program as a user meets it: verbs, JSON, exit codes, clear errors."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from tests.cli.program import vibench

ROOT = Path(__file__).parents[2]
PROGRAM = "from vibench.cli import main; main()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the results of verbs that build on each other."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "label.toml").write_text(
        "temperatures_k = [300.0]\nstructures_per_temperature = 20\nspacing_fs = 5.0\n"
        "equilibration_fs = 5.0\nnormal_mode_share = 0.5\n"
    )
    (folder / "model.toml").write_text(
        'name = "tiny"\n[architecture]\narchitecture = "painn"\nfeatures = 8\ninteractions = 1\n'
        "[training]\nepochs = 2\nbatch_size = 4\n"
    )
    (folder / "dynamics.toml").write_text(
        "replicas = 2\nequilibration_fs = 5.0\nproduction_fs = 200.0\n"
    )
    (folder / "spectrum.toml").write_text("depth_fs = 50.0\n")
    vibench("data", "label", "water", "--settings", "label.toml", "-o", "labels", cwd=folder)
    vibench("train", "labels/dataset.h5", "--settings", "model.toml", "-o", "model", cwd=folder)
    return folder


def test_the_program_tells_its_version(tmp_path):
    assert vibench("--version", cwd=tmp_path).split() == ["vibench", version("vibench")]


def test_evaluate_prints_errors_with_units(folder):
    printed = vibench("evaluate", "model/model.safetensors", "labels/dataset.h5", cwd=folder)
    assert "force MAE" in printed
    assert "meV/Å" in printed


def test_inspect_finds_nothing_wrong_with_labels(folder):
    printed = json.loads(vibench("data", "inspect", "labels/dataset.h5", "--json", cwd=folder))
    assert not [finding for finding in printed["findings"] if finding["level"] == "error"]


def test_vibrations_of_water_are_those_of_gfn2(folder):
    printed = json.loads(vibench("vibrations", "water", "--json", cwd=folder))
    (minimum,) = printed["minima"]
    assert minimum["status"] == "finished"
    np.testing.assert_allclose(minimum["frequencies_cm1"], [1539, 3644, 3651], atol=15)


def test_dynamics_spectrum_compare(folder):
    vibench("dynamics", "water", "--settings", "dynamics.toml", "-o", "motion", cwd=folder)
    vibench(
        "spectrum", "motion/trajectories.h5", "--settings", "spectrum.toml", "-o", "spectrum",
        cwd=folder,
    )  # fmt: skip
    scores = json.loads(
        vibench("compare", "spectrum/spectrum.csv", "spectrum/spectrum.csv", "--json", cwd=folder)
    )["scores"]
    assert scores[0]["name"] == "Pearson correlation"
    assert scores[0]["value"] == pytest.approx(1)


def test_spectrum_of_a_molecule_is_that_of_its_dynamics(folder):
    arguments = ("--settings", "spectrum.toml", "--json")
    vibench("dynamics", "water", "--settings", "dynamics.toml", "-o", "motion", cwd=folder)
    apart = vibench("spectrum", "motion/trajectories.h5", *arguments, cwd=folder)
    at_once = vibench(
        "spectrum", "water", "--potential", "gfn2", "--dynamics-settings", "dynamics.toml",
        *arguments, cwd=folder,
    )  # fmt: skip
    with_notices, plain = json.loads(at_once), json.loads(apart)
    assert "too short for R-hat" in with_notices.pop("notices")[0]
    assert plain.pop("notices") == []
    assert with_notices == plain
    error = vibench(
        "spectrum", "water", "-p", "gfn2", "--dynamics-settings", "dynamics.toml",
        "--temperature-k", "77", "--settings", "nowhere.toml", cwd=folder, code=2,
    )  # fmt: skip
    assert "cannot read nowhere.toml" in error


def test_the_length_of_dynamics_is_told_before_it_is_run(folder):
    # The spectrum is refused only after that.
    (folder / "too-short.toml").write_text(
        "temperatures_k = [300.0, 500.0]\nreplicas = 1\nequilibration_fs = 5.0\n"
        "production_fs = 6.0\n"
    )
    short = ("water", "-p", "gfn2", "--dynamics-settings", "too-short.toml")
    error = vibench("spectrum", *short, "--temperature-k", "500", cwd=folder, code=2)
    assert error.startswith("Dynamics: 1 replica × 22 steps of 0.5 fs (0.005 ps of equilibration, ")
    assert "for less, --dynamics-settings FILE.toml" in error.splitlines()[0]
    for verb, option in (("spectrum", "--dynamics-settings"), ("dynamics", "--settings")):
        text = " ".join(vibench(verb, "--help", cwd=folder, COLUMNS="200").split())
        described = text.partition(f"{option} ")[2]
        assert "Default: 16 replicas of 55 ps in steps of 0.5 fs" in described


def test_spectrum_from_dipoles_needs_no_torch(tmp_path):
    time_fs = 0.5 * np.arange(5000)
    dipole = 0.1 * np.cos(2 * np.pi * 2.99792458e-5 * 1500 * time_fs)
    rows = np.stack([dipole, 0 * dipole, 0 * dipole], axis=1)
    np.savetxt(tmp_path / "dipoles.csv", rows, delimiter=",", header="mu_x,mu_y,mu_z", comments="")
    script = (
        "import sys; sys.modules['torch'] = None; from vibench.cli import main; "
        "sys.argv = ['vibench', 'spectrum', 'dipoles.csv', '--time-step-fs', '0.5', "
        "'--temperature-k', '300', '--json']; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    content = json.loads(result.stdout)
    peak = content["wavenumber_cm1"][int(np.argmax(content["intensity"]))]
    assert peak == pytest.approx(1500, abs=3)
    assert content["unit"] == "km/mol per cm^-1"


def test_plan_lists_tasks_without_running(tmp_path):
    study = ROOT / "studies" / "quickstart.toml"
    printed = json.loads(vibench("plan", study, "--json", cwd=tmp_path))
    assert {task["status"] for task in printed["tasks"]} == {"to run"}
    assert not (tmp_path / "runs").exists()


STUDY = """
title = "Water"
[reference]
kind = "gfn2"
accuracy = 1.0
[data]
molecules = ["water"]
[data.label]
[[models]]
name = "PaiNN"
[dynamics]
"""


def test_study_runs_reports_and_is_reused(tmp_path):
    (tmp_path / "water.toml").write_text(STUDY)
    run = ("run", "water.toml", "--scale", "test", "--workers", "2")
    vibench(*run, cwd=tmp_path)
    printed = json.loads(vibench(*run, "--json", cwd=tmp_path))
    assert {task["status"] for task in printed["tasks"]} == {"reused"}
    page = tmp_path / "runs" / "reports" / "water-test" / "report.html"
    assert page.is_file()
    page.unlink()
    vibench("report", "water.toml", "--scale", "test", cwd=tmp_path)
    assert page.is_file()
    shown = json.loads(
        vibench("show", tmp_path / "runs" / printed["tasks"][0]["path"], "--json", cwd=tmp_path)
    )
    assert shown["observed"]["status"] == "done"


WRONG_XYZ = """3
Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.0 pbc="F F F"
O 0 0 0 0 0 0
H 0 0 1 0 0 0
"""
NAN_XYZ = """1
Properties=species:S:1:pos:R:3:forces:R:3 energy=nan pbc="F F F"
O 0 0 0 0 0 0
"""
IMPORT = """path = "data.xyz"
format = "extxyz"
preset = "ase"
level_of_theory = "none"
length_unit = "angstrom"
energy_unit = "eV"
force_unit = "eV/angstrom"
"""


@pytest.mark.parametrize(
    ("arguments", "files", "message"),
    [
        (["run", "s.toml"], {"s.toml": STUDY + "[dynamic]\n"}, "Did you mean 'dynamics'"),
        (["run", "nowhere.toml"], {}, "cannot read nowhere.toml: there is no such file"),
        (["plan", "s.toml", "--measured", "water=no.jdx"], {"s.toml": STUDY}, "no.jdx"),
        (["data", "import", "i.toml"], {"i.toml": IMPORT, "data.xyz": WRONG_XYZ}, "line"),
        (["data", "import", "i.toml"], {"i.toml": IMPORT, "data.xyz": NAN_XYZ}, "frame"),
        (
            ["data", "import", "i.toml"],
            {"i.toml": IMPORT.replace('energy_unit = "eV"\n', ""), "data.xyz": NAN_XYZ},
            "energy_unit",
        ),
        (
            ["vibrations", "methanool"],
            {},
            "vibench: unknown molecule 'methanool'. Did you mean 'methanol'?",
        ),
        (["vibrations", "methanool"], {}, "; or give NAME=SMILES, or a file with its geometry"),
        (["vibrations", "nosuch.xyz"], {}, "vibench: there is no file nosuch.xyz; a molecule is"),
        (["vibrations", "x=C1CC"], {}, "vibench: molecule 'x': RDKit cannot read the SMILES"),
        (["dynamics", "."], {}, "vibench: . is a folder; a molecule is given as a file"),
        (["compare", "a.csv", "b.csv"], {}, "a.csv: there is no such file"),
        (["power", "no.h5"], {}, "vibench: cannot read no.h5: there is no such file"),
        (["power", "no.h5"], {"no.h5": "x"}, "cannot read no.h5: it is not an HDF5 file"),
        (["experiment", "inspect", "x.jdx"], {}, "x.jdx: there is no such file"),
        (["run", "."], {}, "vibench: cannot read .: it is a folder, not a file"),
        (["train", "x.h5"], {}, "there is no file x.h5"),
        (["vibrations", "water", "--potential", "gfn3"], {}, "unknown potential 'gfn3'"),
        (["vibrations", "water", "--runs", "file/runs"], {"file": ""}, "cannot create folder"),
        (
            ["evaluate", "no.safetensors", "x.h5"],
            {},
            "no model file: no.safetensors does not exist",
        ),
        (["spectrum", "d.csv"], {"d.csv": "mu_x,mu_y,mu_z\n1,2,3\n"}, "--time-step-fs"),
        (["run", "s.toml", "--scale", "tiny"], {"s.toml": STUDY}, "--scale is full or test"),
        (["dance"], {}, "No such command"),
    ],
)
def test_bad_input_is_one_clear_message_and_exit_code_two(tmp_path, arguments, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    error = vibench(*arguments, cwd=tmp_path, code=2)
    assert message in " ".join(error.split())
    assert "Errno" not in error


def test_element_the_model_does_not_know(folder):
    error = vibench(
        "vibrations", "methanol", "--potential", "model/model.safetensors", cwd=folder, code=2
    )
    assert "not trained on atomic number 6" in error


def test_damaged_result_is_named(folder):
    printed = json.loads(vibench("vibrations", "ammonia", "--json", cwd=folder))
    path = Path(folder, printed["files"]["modes.h5"])
    path.write_bytes(b"damaged")
    error = vibench("vibrations", "ammonia", cwd=folder, code=2)
    assert "is damaged" in error
    assert "Run again to set" in error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_can_be_continued(tmp_path, number):
    (tmp_path / "long.toml").write_text(STUDY.replace("[dynamics]", "[dynamics]\nreplicas = 64"))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "run", "long.toml"],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("runs/*/*/record.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(2)  # until the next worker has started
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "run the same command again to continue" in errors
    assert "Traceback" not in errors
    assert "Warning" not in errors
    printed = json.loads(vibench("plan", "long.toml", "--json", cwd=tmp_path))
    assert "stored" in {task["status"] for task in printed["tasks"]}


def test_ctrl_c_on_a_terminal_is_one_line(tmp_path):
    # It reaches all processes of the group: this one, its worker and the pool of the worker.
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "dynamics", "water", "--workers", "2"],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("runs/dynamics/*.partial/checkpoint/progress.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == (
        "vibench: interrupted; run the same command again to continue"
    )
    assert "Traceback" not in errors
    assert "Warning" not in errors
