"""The plan of a study whose data are not at hand, and the run that needs them."""

import json
import re
from pathlib import Path

import numpy as np

from tests.cli.program import vibench

PAPER = Path(__file__).parents[2] / "studies/paper.toml"
OWN_DATA = """
title = "own data"
[data]
molecules = ["water"]
[data.file]
path = "$OWN_DATA"
format = "npz"
keys = { numbers = "z", positions = "r", energy = "e" }
length_unit = "angstrom"
energy_unit = "eV"
level_of_theory = "spring"
[[models]]
name = "MACE"
preset = "tiny"
architecture = { architecture = "mace", outputs = ["energy"] }
training = { epochs = 2, batch_size = 4, force_weight = 0.0, dipole_weight = 0.0 }
"""


def test_a_plan_needs_no_data_and_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("VIBENCH_PALIRS", raising=False)
    plan = json.loads(vibench("plan", PAPER, "--json", cwd=tmp_path))
    trainings = {one["potential"]: one for one in plan["work"] if one["kind"] == "training"}
    assert trainings["PaiNN"]["amount"] == 13_188_000
    assert trainings["PaiNN"]["unit"] == "structure passes"
    assert all(task["status"] == "to run" for task in plan["tasks"])
    assert "VIBENCH_PALIRS" in plan["notes"][0]
    text = vibench("plan", PAPER, cwd=tmp_path)
    assert "13 188 000" in text
    assert "core-hours" not in text


def test_a_run_without_data_is_refused_with_the_name_of_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("VIBENCH_PALIRS", raising=False)
    message = vibench("run", PAPER, cwd=tmp_path, code=2)
    assert "data.file: environment variable VIBENCH_PALIRS" in message
    message = vibench("run", PAPER, cwd=tmp_path, code=2, VIBENCH_PALIRS="/nowhere/palirs.xyz")
    assert "/nowhere/palirs.xyz, which '$VIBENCH_PALIRS' stands for, does not exist" in message
    assert not list(tmp_path.glob("runs/*/*/record.json"))


def test_a_file_with_another_number_of_structures_is_refused(tmp_path):
    file = tmp_path / "one.xyz"
    file.write_text('1\nProperties=species:S:1:pos:R:3 energy=-1.0 pbc="F F F"\nHe 0.0 0.0 0.0\n')
    message = vibench("run", PAPER, cwd=tmp_path, code=2, VIBENCH_PALIRS=str(file))
    assert "one.xyz holds 1 structures, but structures = 16485 is declared" in message


def test_what_was_run_with_a_file_is_stored_in_the_plan(tmp_path):
    study, file = tmp_path / "own.toml", tmp_path / "own.npz"
    study.write_text(OWN_DATA)
    rng = np.random.default_rng(0)
    water = [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]]
    positions = np.array(water) + rng.normal(scale=0.05, size=(40, 3, 3))
    np.savez(file, z=np.array([8, 1, 1]), r=positions, e=(positions**2).sum((1, 2)))
    vibench("run", study, cwd=tmp_path, OWN_DATA=str(file))
    # Energies alone: there are wavenumbers, but no intensities to draw.
    assert list(tmp_path.rglob("tables/frequencies-water.csv"))
    assert not list(tmp_path.rglob("figures/spectrum*"))
    plan = json.loads(vibench("plan", study, "--json", cwd=tmp_path, OWN_DATA=str(file)))
    assert {task["status"] for task in plan["tasks"]} == {"stored"}
    (training,) = plan["work"]
    assert (training["unit"], training["amount_left"]) == ("structure passes", None)
    timed = ("plan", study, "--time", "--device", "cpu")
    declared = OWN_DATA.replace('format = "npz"', 'format = "npz"\nstructures = 40')
    study.write_text(declared)
    _check_left(tmp_path, timed, done=False, OWN_DATA=str(file))
    vibench("run", study, cwd=tmp_path, OWN_DATA=str(file))
    _check_left(tmp_path, timed, done=True, OWN_DATA=str(file))
    study.write_text(OWN_DATA)
    file.unlink()
    plan = json.loads(vibench("plan", study, "--json", cwd=tmp_path))
    assert "to run" in {task["status"] for task in plan["tasks"]}


def _check_left(folder, command, *, done, **environment):
    (training,) = json.loads(vibench(*command, "--json", cwd=folder, **environment))["work"]
    assert training["amount"] > 0
    assert training["core_hours"] > 0
    assert training["amount_left"] == (0 if done else training["amount"])
    assert training["core_hours_left"] == (0 if done else training["core_hours"])
    text = vibench(*command, cwd=folder, **environment)
    total, left = re.search(r"(\S+) core-hours in all, (\S+) of them left", text).groups()
    assert left == ("0" if done else total)
