"""The JSON schema of study files: it takes what a study takes and refuses what a study refuses."""

import copy
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from vibench.core.units import FORCE_UNITS
from vibench.dynamics.recipe import FRICTION_PRESETS
from vibench.pipeline.presets import presets
from vibench.pipeline.study import Study
from vibench.pipeline.study_schema import study_schema

STUDIES = sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))
SMALL = """
title = "Small"
[reference]
kind = "gfn2"
[data]
molecules = ["water", { name = "propynal", smiles = "C#CC=O" }]
[data.label]
temperatures_k = [300.0]
[[models]]
name = "model"
[models.training]
epochs = 2
[dynamics]
friction_per_fs = 0.01
"""
OWN_FILE = {
    "path": "data.npz",
    "format": "npz",
    "level_of_theory": "PBE",
    "force_unit": "kcal/mol/angstrom",
    "keys": {"energy": "E"},
    "incomplete": "drop",
}


@pytest.fixture(scope="module")
def validator():
    schema = study_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def changed(place, value):
    """The small study with the key at *place* (names and numbers, with dots) set to *value*."""
    study = copy.deepcopy(tomllib.loads(SMALL))
    *way, last = place.split(".")
    table = study
    for step in way:
        table = table[int(step)] if isinstance(table, list) else table.setdefault(step, {})
    table[int(last) if isinstance(table, list) else last] = value
    return study


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_that_ships_fits(path, validator):
    validator.validate(tomllib.loads(path.read_text(encoding="utf-8")))


ACCEPTED = [
    ("models.0.preset", "tiny"),
    *(("models.0.architecture", name) for name in presets()["tiny"] if name != "mace_dipole"),
    ("models.0.architecture", {"features": 8, "epsilon": 1e-4}),
    ("models.0.architecture", {"architecture": "mace", "correlation": 2}),
    ("models.0.dipole", {"preset": "paper"}),
    ("models.0.dipole", {"architecture": {"last_layer": "fixed"}}),
    ("models.0.dipole", {"architecture": "painn"}),
    ("models.0.seeds", 3),
    ("data.molecules.0", {"name": "heavy water", "smiles": "O", "isotopes": {"H": 2}}),
    ("data.file", OWN_FILE),
    *(("data.file", OWN_FILE | {"force_unit": unit}) for unit in FORCE_UNITS),
    *(("dynamics.friction_per_fs", name) for name in FRICTION_PRESETS),
    ("reference", {"kind": "pyscf", "functional": "pbe", "dispersion": "d4"}),
    ("reference", {"kind": "committee", "members": [{"kind": "gfn2"}, {"kind": "gfn2"}]}),
    ("compare.regions", {"C=O": [1600, 1800]}),
    ("measured.water", {"path": "water.jdx", "base": "e"}),
    ("observed.water", {"fundamentals_cm1": [1595], "citation": "nobody"}),
    ("learning_curve", {"structures": [10, 20], "targets": {"force MAE": 20.0}}),
    ("test_sets", [{"kind": "first", "name": "hot", "structures": 10}]),
]


@pytest.mark.parametrize(("place", "value"), ACCEPTED)
def test_what_a_study_takes_fits(place, value, validator):
    study = changed(place, value)
    Study.model_validate(study)
    validator.validate(study)


REFUSED = [
    ("titel", "misspelt"),
    ("title", None),
    ("data.molecule", ["water"]),
    ("data.molecules", []),
    ("data.molecules.1", {"name": "propynal", "smile": "C#CC=O"}),
    ("data.label.temperatures_k", [-300.0]),
    ("data.label.normal_mode_share", 1.5),
    ("data.file", OWN_FILE | {"force_unit": "kcal/mol/pm"}),
    ("data.file", OWN_FILE | {"keys": {"energies": "E"}}),
    ("data.sampler", {"kind": "mace", "path": "ethanol.model"}),
    ("reference", {"method": "GFN2-xTB"}),
    ("reference", {"kind": "gfn3"}),
    ("reference.accuracy", 11.0),
    ("reference.functional", "pbe"),
    ("models.0.preset", "huge"),
    ("models.0.architecture", "pain"),
    ("models.0.architecture", {"last_layer": "fixed"}),
    ("models.0.architecture", {"architecture": "schnet", "epsilon": 1e-4}),
    ("models.0.dipole", {"architecture": {"epsilon": 1e-4}}),
    ("models.0.training.epoch", 2),
    ("models.0.training.epochs", "2 of them"),
    ("dynamics.friction_per_fs", "0.02/fs"),
    ("dynamics.time_step_fs", 0.0),
    ("compare.regions", {"C=O": [1600, 1700, 1800]}),
    ("compare.metrics", ["pearsons"]),
]


@pytest.mark.parametrize(("place", "value"), REFUSED)
def test_what_a_study_refuses_does_not_fit(place, value, validator):
    study = changed(place, value)
    with pytest.raises(ValidationError):
        Study.model_validate(study)
    assert not validator.is_valid(study)


def tables(schema):
    return [schema, *(inner for inner in schema["$defs"].values() if "properties" in inner)]


def test_every_table_and_key_is_described_and_no_other_key_allowed():
    schema = study_schema()
    for table in tables(schema):
        assert table["additionalProperties"] is False
        assert table["title"]
        for name, key in {"": table, **table["properties"]}.items():
            # A key that says the same as the table it holds says it there alone.
            inner = schema["$defs"][key["$ref"].removeprefix("#/$defs/")] if "$ref" in key else {}
            description = key.get("description") or inner["description"]
            assert description, name
            assert "``" not in description, name


def test_null_which_toml_lacks_is_nowhere():
    assert "null" not in str(study_schema())
    for table in tables(study_schema()):
        assert all(key.get("default", 0) is not None for key in table["properties"].values())
