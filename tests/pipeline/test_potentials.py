"""Potentials as settings: short forms, files, identity, composites in studies."""

import pytest

from vibench.core.errors import InputError
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.potentials import (
    CompositeRecipe,
    LearnedRecipe,
    in_precision,
    potential_name,
)
from vibench.pipeline.run import open_study
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.short_forms import is_network, read_molecule, read_potential
from vibench.pipeline.stages.recipes import EvaluateStage, VibrationsStage
from vibench.pipeline.tasks import Resources
from vibench.pipeline.verbs import dynamics_tasks
from vibench.potentials.adapters.recipes import (
    MACECalculatorRecipe,
    PluginRecipe,
    PySCFRecipe,
    SchNetPackRecipe,
)
from vibench.spectra.recipe import SpectrumRecipe
from vibench.vibrations.recipe import VibrationsRecipe


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("energy.safetensors", "dipole.safetensors", "a+b.safetensors", "best_model"):
        (tmp_path / name).touch()
    return tmp_path


def test_short_forms():
    recipe, files = read_potential("schnetpack:best_model", dtype="float64")
    assert isinstance(recipe, SchNetPackRecipe)
    assert (recipe.name, recipe.dtype) == ("best_model", "float64")
    assert files == {"model": "best_model"}
    recipe, files = read_potential("mace:best_model", dtype="float32")
    assert isinstance(recipe, MACECalculatorRecipe)
    assert recipe.dipole_unit == "debye"
    recipe, files = read_potential("a+b.safetensors", dtype="float32")
    assert isinstance(recipe, LearnedRecipe)
    assert files == {"model": "a+b.safetensors"}
    recipe, files = read_potential("pyscf:b3lyp/6-31+g*", dtype="float32")
    assert isinstance(recipe, PySCFRecipe)
    assert recipe.basis == "6-31+g*"
    assert files == {}
    assert read_potential("plugin:mine", dtype="float32")[0] == PluginRecipe(name="mine")


def test_composites_by_a_plus_sign():
    recipe, files = read_potential("energy.safetensors+dipole.safetensors", dtype="float64")
    assert isinstance(recipe, CompositeRecipe)
    assert potential_name(recipe) == "energy+dipole"
    assert (recipe.energy.dtype, recipe.dipole.dtype) == ("float64", "float64")
    assert files == {
        "energy model": "energy.safetensors",
        "dipole model": "dipole.safetensors",
    }
    recipe, files = read_potential("gfn2+a+b.safetensors", dtype="float32")
    assert potential_name(recipe) == "GFN2-xTB+a+b"
    assert files == {"dipole model": "a+b.safetensors"}
    recipe, files = read_potential("pyscf:pbe/6-31+g*+mace:best_model", dtype="float32")
    assert recipe.energy.basis == "6-31+g*"
    assert files == {"dipole model": "best_model"}
    assert is_network("mace:best_model+gfn2")
    assert not is_network("gfn2+mace:best_model")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mace:nowhere", "no model file: nowhere does not exist"),
        ("gfn3", "unknown potential 'gfn3'. Did you mean 'gfn"),
        ("gfn2+", "unknown potential"),
        ("gfn2+dipoles", "unknown potential"),
        ("nowhere.toml", "cannot read nowhere.toml"),
    ],
)
def test_what_is_no_potential(text, message):
    with pytest.raises(InputError, match=message):
        read_potential(text, dtype="float32")


def test_settings_in_a_file_place_their_models_beside_it(here):
    folder = here / "settings"
    folder.mkdir()
    (folder / "m.model").touch()
    (folder / "p.toml").write_text(
        'kind = "composite"\n[energy]\nkind = "mace"\npath = "m.model"\ndtype = "float64"\n'
        '[dipole]\nkind = "gfn2"\n'
    )
    recipe, files = read_potential("settings/p.toml", dtype="float32")
    assert files == {"energy model": "settings/m.model"}
    assert recipe.energy.dtype == "float64"
    (folder / "p.toml").write_text('kind = "mace"\npath = "m.model"\ndipole_units = "debye"\n')
    with pytest.raises(InputError, match=r"p\.toml: unknown key 'dipole_units'.*'dipole_unit'"):
        read_potential("settings/p.toml", dtype="float32")
    (folder / "p.toml").write_text('kind = "mace"\n')
    with pytest.raises(InputError, match="needs the path of its file"):
        read_potential("settings/p.toml", dtype="float32")


def test_identity_holds_no_path_and_grows_no_empty_fields():
    recipe, _ = read_potential("schnetpack:best_model", dtype="float32")
    content = recipe.model_dump(mode="json")
    assert "path" not in content
    assert SchNetPackRecipe.model_validate(content).name == "best_model"
    assert LearnedRecipe(name="x").model_dump(mode="json") == {
        "kind": "learned",
        "name": "x",
        "dtype": "float32",
    }
    stage = EvaluateStage(potential=LearnedRecipe(name="x"))
    assert set(stage.model_dump(mode="json")) == {"potential"}
    methane = MoleculeRecipe(name="methane")
    assert "electric_field_v_per_angstrom" not in methane.model_dump(mode="json")
    field = methane.model_copy(update={"electric_field_v_per_angstrom": (0, 0, 0.1)})
    stage = VibrationsStage(molecule=field, potential=recipe, vibrations=VibrationsRecipe())
    assert stage.model_dump(mode="json")["molecule"]["electric_field_v_per_angstrom"] == [0, 0, 0.1]


def test_stated_precision_is_kept_but_for_second_derivatives():
    single = LearnedRecipe(name="x")
    assert in_precision(single, "float64").dtype == "float64"
    stated = LearnedRecipe(name="x", dtype="float64")
    assert in_precision(stated, "float32").dtype == "float64"


def test_a_molecule_may_be_a_file_of_settings(here):
    (here / "m.toml").write_text(
        'name = "methanol"\nelectric_field_v_per_angstrom = [0.0, 0.0, 0.1]\n'
    )
    assert read_molecule("m.toml").electric_field_v_per_angstrom == (0.0, 0.0, 0.1)


STUDY = """
title = "Two models in one"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
[data.label]
[[models]]
name = "joined"
architecture = { architecture = "schnet", outputs = ["energy"] }
[models.dipole]
architecture = { architecture = "painn", outputs = ["dipole"] }
training = { epochs = 7 }
[[models]]
name = "given"
potential = { kind = "mace", path = "m.model" }
[dynamics]
"""


def write_study(folder, text):
    (folder / "m.model").touch()
    (folder / "study.toml").write_text(text)
    return open_study(folder / "study.toml")


def test_a_study_trains_both_parts_and_uses_them_as_one(tmp_path):
    study = write_study(tmp_path, STUDY)
    tasks = {task.name: task for task in build_tasks(study)}
    assert tasks["train · joined, dipole"].recipe["training"]["epochs"] == 7
    parts = {"energy model": "train · joined", "dipole model": "train · joined, dipole"}
    for stage in ("vibrations · joined · water", "dynamics · joined · water", "evaluate · joined"):
        assert parts.items() <= tasks[stage].inputs.items()
        assert tasks[stage].recipe["potential"]["name"] == "joined"
    precise = tasks["vibrations · joined · water"].recipe["potential"]
    assert (precise["energy"]["dtype"], precise["dipole"]["dtype"]) == ("float64", "float64")
    given = tasks["evaluate · given"]
    assert given.files == {"model": str(tmp_path / "m.model")}
    assert given.recipe["name"] == "given"
    assert "train · given" not in tasks
    smallest = at_test_scale(study).models[0].dipole
    assert (smallest.architecture.features, smallest.training.epochs) == (8, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('outputs = ["dipole"]', 'outputs = ["energy"]'), "without a dipole among its outputs"),
        (('schnet", outputs = ["energy"]', 'mace_dipole"'), "predicts no energy"),
        (('potential = { kind = "mace", path = "m.model" }', ""), None),
        (('path = "m.model" }', 'path = "m.model" }\ntraining = { epochs = 3 }'), "is not trained"),
        (('path = "m.model"', 'file = "m.model"'), "needs the path of its file"),
    ],
)
def test_parts_that_do_not_fit(tmp_path, change, message):
    text = STUDY.replace(*change)
    assert text != STUDY
    if message is None:
        build_tasks(write_study(tmp_path, text))
        return
    with pytest.raises(InputError, match=message):
        build_tasks(write_study(tmp_path, text))


def test_a_model_without_dipole_has_no_spectrum_and_says_who_has(tmp_path):
    start = STUDY.index("[models.dipole]")
    text = STUDY[:start] + STUDY[STUDY.index("[[models]]", start) :]
    message = r"model 'joined' predicts no dipole; models of schnet.* and mace_dipole do, and GFN2"
    with pytest.raises(InputError, match=message):
        write_study(tmp_path, text)


def test_dynamics_of_a_potential_without_dipole_must_be_wanted():
    arguments = (
        MoleculeRecipe(name="methane"),
        "ase:lj",
        DynamicsRecipe(temperatures_k=(300.0,)),
        SpectrumRecipe(),
        1,
    )
    with pytest.raises(InputError, match="lj predicts no dipole; models of schnet"):
        dynamics_tasks(*arguments, resources=Resources())
    assert len(dynamics_tasks(*arguments, resources=None)) == 3
