"""Study files: what is right is read, what is wrong is named."""

import re
from pathlib import Path

import pytest

from tests.pipeline.finished_study import write_measured
from vibench.core.errors import InputError
from vibench.data.recipes import LabelRecipe
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.study import read_study

STUDIES = Path(__file__).parents[2] / "studies"

MINIMAL = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
[data.label]
structures_per_temperature = 20
[[models]]
name = "PaiNN"
"""


def read(tmp_path, text, **measured):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path, measured=measured)


def test_shipped_studies_are_read_and_planned(monkeypatch, tmp_path):
    data = tmp_path / "data.npz"
    data.write_bytes(b"")
    for variable in ("VIBENCH_FORMALDEHYDE", "VIBENCH_PALIRS"):
        monkeypatch.setenv(variable, str(data))
    monkeypatch.setenv("VIBENCH_ETHANOL", str(tmp_path))
    for name in ("ethanol.npz", "dipoles.npy"):
        (tmp_path / name).write_bytes(b"")
    for path in STUDIES.glob("*.toml"):
        study = read_study(path, measured={})
        tasks = in_order(build_tasks(study))
        assert len(tasks) == len({task.name for task in tasks})
        # Left out are molecules beyond the third, unseen ones, rounds of active learning and seeds
        # of a model beyond the second.
        if study.active_learning is not None:
            two = study.active_learning.model_copy(update={"rounds": 2})
            tasks = in_order(build_tasks(study.model_copy(update={"active_learning": two})))
        small = in_order(build_tasks(at_test_scale(study)))
        dropped = {one.name for one in (*study.data.molecules[3:], *study.data.unseen[2:])}
        kept = [
            task.name
            for task in tasks
            if not re.search(", seed [2-9]", task.name) and not dropped & {*task.name.split(" · ")}
        ]
        assert [task.name for task in small] == kept


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ('titel = "x"\n' + MINIMAL, "unknown key 'titel'. Did you mean 'title'?"),
        (MINIMAL.replace("molecules =", "molecule ="), "Did you mean 'molecules'?"),
        (MINIMAL + "[models.training]\nepoch = 3\n", "Did you mean 'epochs'?"),
        (MINIMAL + "[models.training]\nepochs = -3\n", "greater than or equal to 1, found -3"),
        (MINIMAL.replace("[data]\n", "[data]\nunseen = ['water']\n"), "'water' is listed twice"),
        (MINIMAL.replace('[reference]\nkind = "gfn2"\n', ""), r"add a table \[reference\]"),
        (MINIMAL + "[measured.watre]\npath = 'x.jdx'\n", "Did you mean 'water'?"),
        (MINIMAL + "[broken\n", "not valid TOML"),
        (MINIMAL.replace('title = "Water"', ""), "missing key 'title'"),
    ],
)
def test_wrong_keys_and_values_are_named_with_file_and_place(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, wrong)
    assert "study.toml" in str(error.value)


DYNAMICS = MINIMAL + "[dynamics]\n"
PRESETS = MINIMAL.replace('name = "PaiNN"', 'name = "PaiNN"\npreset = "smal"') + "".join(
    f"[[models]]\nname = '{name}'\npreset = 'smal'\n" for name in ("MACE", "SchNet")
)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            DYNAMICS + "temperatures_k = 300\n",
            "dynamics.temperatures_k: expected a list, such as [300], found 300",
        ),
        (
            DYNAMICS + "temperatures_k = ['300 K']\n",
            (
                "dynamics.temperatures_k.0: Input should be a valid number, unable to parse string "
                "as a number, found '300 K'"
            ),
        ),
        (
            DYNAMICS + "time_step_fs = 500\n",
            (
                "dynamics.time_step_fs: 500 fs is too long to follow vibrations, the fastest of "
                "which take 8 fs: 0.5 is usual, 5 the most that is accepted, found 500"
            ),
        ),
        ("dynamics = 3\n" + MINIMAL, "dynamics: expected a table of settings, found 3"),
        (
            PRESETS,
            (
                "models.preset (of PaiNN, MACE, SchNet): expected 'paper', 'small' or 'tiny', "
                "found 'smal'. Did you mean 'small'?"
            ),
        ),
        (
            MINIMAL + "[[models]]\nname = 'MACE'\n[[models]]\nname = 'PaiNN'\n",
            "two models share a name: PaiNN",
        ),
        (
            MINIMAL.replace("[data.label]\nstructures_per_temperature = 20\n", ""),
            (
                "give data.label or data.file, so that models can learn; an empty table "
                "[data.label] takes all defaults"
            ),
        ),
    ],
)
def test_each_mistake_is_told_once_and_in_plain_words(tmp_path, wrong, message):
    with pytest.raises(InputError) as error:
        read(tmp_path, wrong)
    text = str(error.value).removeprefix(f"{tmp_path / 'study.toml'}: ")
    assert text == message


def test_an_empty_table_of_labels_takes_all_defaults(tmp_path):
    study = read(tmp_path, MINIMAL.replace("structures_per_temperature = 20\n", ""))
    assert study.data.label == LabelRecipe()


def test_measured_spectra_can_be_given_from_outside(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_measured(elsewhere)
    study = read(tmp_path, MINIMAL, water=elsewhere / "water.jdx")
    assert study.measured["water"].path == elsewhere / "water.jdx"


def test_paths_are_relative_to_the_study_file(tmp_path):
    write_measured(tmp_path)
    study = read(tmp_path, MINIMAL + "[measured.water]\npath = 'water.jdx'\n")
    assert study.measured["water"].path == tmp_path / "water.jdx"


TWO_MODELS = (
    MINIMAL
    + """
[[models]]
name = "second"
[dynamics]
temperatures_k = [300.0]
[ranking]
molecules = "random"
"""
)


def test_two_or_more_models_are_ranked_by_every_reference(tmp_path):
    write_measured(tmp_path)
    study = read(tmp_path, TWO_MODELS, water=tmp_path / "water.jdx")
    found = [task for task in in_order(build_tasks(study)) if task.stage == "ranking"]
    assert [task.name for task in found] == ["ranking · GFN2-xTB", "ranking · measured"]
    assert found[0].recipe["ranking"]["molecules"] == "random"
    assert found[0].inputs == {
        "reference · water": "spectra · GFN2-xTB · water",
        "PaiNN · water": "spectra · PaiNN · water",
        "second · water": "spectra · second · water",
    }
    assert found[1].inputs["reference · water"] == "measured · water"


def test_one_model_is_not_ranked(tmp_path):
    study = read(tmp_path, MINIMAL + "[dynamics]\ntemperatures_k = [300.0]\n")
    assert not [task for task in build_tasks(study) if task.stage == "ranking"]
