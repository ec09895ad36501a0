"""Foreign potentials and composites as a user meets them, in processes of their own."""

import json
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from tests.cli.program import vibench
from vibench.core.dataset import Dataset
from vibench.core.molecules import concatenate
from vibench.core.units import COULOMB
from vibench.data.labelling import label
from vibench.potentials.recipes import FieldSchNetRecipe, PaiNNRecipe, SchNetRecipe
from vibench.store.hdf5 import write_hdf5
from vibench.store.weights import write_weights
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule

TESTS = Path(__file__).parents[1]
HELPERS = runpy.run_path(str(TESTS / "potentials" / "random_weights.py"))
PLUGIN = runpy.run_path(str(TESTS / "potentials" / "adapters" / "test_plugin.py"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models with random weights: of energies, of dipoles, and one that feels a field."""
    folder = tmp_path_factory.mktemp("potentials")
    recipes = {
        "energy": PaiNNRecipe(features=8, interactions=1, outputs=("energy",)),
        "dipole": SchNetRecipe(features=8, interactions=1, outputs=("dipole",)),
        "field": FieldSchNetRecipe(features=8, interactions=2),
    }
    for name, recipe in recipes.items():
        write_weights(folder / f"{name}.safetensors", HELPERS["random_weights"](recipe))
    return folder


def test_models_lists_what_there_is_and_what_is_missing(folder):
    listed = json.loads(vibench("models", "--json", cwd=folder))["potentials"]
    by_name = {entry["name"]: entry for entry in listed}
    assert {"gfn2", "schnet", "field_schnet", "so3net", "painn", "mace", "mace_dipole"} <= set(
        by_name
    )
    assert by_name["gfn2"]["version"]
    assert by_name["mace_dipole"]["predicts"] == ["dipole"]
    assert "polarizability" in by_name["field_schnet"]["predicts"]
    for name, extra in (("schnetpack:FILE", "schnetpack"), ("mace:FILE", "mace")):
        entry = by_name[name]
        assert entry["version"] or entry["install"] == f"pip install 'vibench[{extra}]'"
    printed = vibench("models", "list", cwd=folder)
    assert "energy, forces, dipole, polarizability" in printed


def test_models_tells_of_files(folder):
    files = ("energy.safetensors", "dipole.safetensors")
    models = json.loads(vibench("models", *files, "--json", cwd=folder))["models"]
    assert [model["architecture"] for model in models] == ["painn", "schnet"]
    assert [model["predicts"] for model in models] == [["energy", "forces"], ["dipole"]]
    assert models[0]["elements"] == ["H", "C", "O"]
    error = vibench("models", "nowhere.safetensors", cwd=folder, code=2)
    assert "no model file at nowhere.safetensors" in error


def test_plugin_of_another_package_is_listed_and_used(folder, tmp_path):
    PLUGIN["install"](tmp_path)
    places = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    listed = json.loads(vibench("models", "--json", cwd=folder, **places))["potentials"]
    (entry,) = [entry for entry in listed if entry["name"] == "fake"]
    assert (entry["group"], entry["package"], entry["version"]) == (
        "plugin",
        "fake-potentials",
        "1.2",
    )
    pairs = concatenate([oscillator_molecule()] * 4)
    pairs.positions[:] += np.random.default_rng(0).normal(0, 0.1, (8, 3))
    truth = label(
        pairs,
        HarmonicOscillator(wavenumber_cm1=1000.0),
        np.arange(4),
        level_of_theory="springs",
    )
    write_hdf5(tmp_path / "pairs.h5", truth)
    assert isinstance(truth, Dataset)
    for name in ("fake", "plugin:fake"):
        printed = json.loads(
            vibench("evaluate", name, tmp_path / "pairs.h5", "--json", cwd=tmp_path, **places)
        )
        errors = {score["name"]: score["value"] for score in printed["scores"]}
        assert errors["force MAE"] == pytest.approx(0, abs=1e-9)
    error = vibench("evaluate", "plugin:nothing", "pairs.h5", cwd=tmp_path, code=2, **places)
    assert "package fake-potentials 1.2 gives a Nothing: it has no name" in error


def test_composite_vibrates(folder):
    printed = json.loads(
        vibench(
            "vibrations", "water", "-p", "gfn2+dipole.safetensors", "--workers", "1", "--json",
            cwd=folder,
        )
    )  # fmt: skip
    (minimum,) = printed["minima"]
    np.testing.assert_allclose(minimum["frequencies_cm1"], [1539, 3644, 3651], atol=15)
    assert all(np.isfinite(minimum["intensities_km_per_mol"]))


def test_no_spectrum_without_dipole_and_nothing_is_computed(folder, tmp_path):
    for verb in ("spectrum", "dynamics"):
        temperature = ("--temperature-k", "300") if verb == "spectrum" else ()
        model = folder / "energy.safetensors"
        error = vibench(verb, "water", "-p", model, *temperature, cwd=tmp_path, code=2)
        assert "energy predicts no dipole; models of schnet, field_schnet, so3net" in error
        assert "ENERGY.safetensors+DIPOLE.safetensors" in error
    assert not (tmp_path / "runs").exists()


def test_untrusted_file_is_not_opened(folder):
    (folder / "best_model").write_bytes(b"")
    error = vibench("vibrations", "water", "-p", "schnetpack:best_model", cwd=folder, code=2)
    assert "can execute code when it is opened" in error
    assert "vibench models import schnetpack best_model" in error


def test_polarizability(folder):
    arguments = ("polarizability", "water", "--potential")
    printed = json.loads(vibench(*arguments, "field.safetensors", "--json", cwd=folder))
    tensor = np.array(printed["polarizability_e_angstrom2_per_v"])
    np.testing.assert_allclose(tensor, tensor.T, atol=1e-12)
    assert printed["isotropic_angstrom3"] == pytest.approx(np.trace(tensor) / 3 * COULOMB)
    assert pytest.approx(14.399645, rel=1e-6) == COULOMB
