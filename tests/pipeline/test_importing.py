"""Import of models without the codes that made them: refusals, units, verification."""

import json
import os
import pickle
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.potentials.schnetpack_state import FIELD_SCHNET, PAINN, SCHNET, state
from vibench.core.errors import InputError, TaskError
from vibench.core.units import DEBYE, KCAL_PER_MOL
from vibench.core.weights import Weights
from vibench.pipeline import importing
from vibench.pipeline.importing import import_model
from vibench.potentials.adapters.checkpoints import (
    DESCRIPTION,
    PROBE,
    STATE,
    probe_molecules,
)
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe
from vibench.potentials.conversion.schnetpack import native_arrays
from vibench.potentials.learned import LearnedPotential

HCO = (1, 6, 8)
RECIPES = {"schnet": SCHNET, "field_schnet": FIELD_SCHNET, "painn": PAINN}


def original(kind, *, charged, factors, scale):
    """What the other code would predict for the probe molecules, in vibench's units."""
    recipe = RECIPES[kind]
    place = None if kind == "field_schnet" else 2
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays=native_arrays(state(kind), recipe, dipole_module=place),
        reference_energies=dict.fromkeys(HCO, 0.0),
        level_of_theory="none",
        training_checksum="none",
        charged=charged,
    )
    potential = LearnedPotential(weights, name="original", dtype="float64", device="cpu")
    molecules = probe_molecules(HCO, charge=float(charged))
    found = potential(molecules)
    energy = scale * found.energy - np.bincount(molecules.molecule_index)
    # The dipole of a network that feels a field is a derivative of its energy.
    dipole = found.dipole * (scale if kind == "field_schnet" else 1.0)
    return replace(
        found,
        energy=factors[0] * energy,
        forces=factors[0] * scale * found.forces,
        dipole=factors[1] * dipole,
    )


@pytest.fixture
def read(monkeypatch):
    """Let a file be read as a model of SchNetPack of a kind, with one SchNetPack's answers."""

    def prepare(kind, *, charged=False, factors=(1.0, 1.0), scale=1.0, error=0.0):
        def read_apart(_recipe, _path, folder):
            predicted = original(kind, charged=charged, factors=factors, scale=scale)
            expected = {name: getattr(predicted, name) for name in predicted.available()}
            expected["forces"] = expected["forces"] * (1 + error)
            about = {
                "architecture": RECIPES[kind].model_dump(mode="json"),
                "reference_energies": dict.fromkeys(map(str, HCO), -1.0),
                "charged": charged,
                "energy_module": 0,
                "dipole_module": None if kind == "field_schnet" else 2,
                "energy_scale": scale,
                "elements": list(HCO),
            }
            save_file(state(kind) | {"output_modules.1.scale": np.ones(1)}, folder / STATE)
            save_file(expected, folder / PROBE)
            (folder / DESCRIPTION).write_text(json.dumps(about))

        monkeypatch.setattr(importing, "_read_apart", read_apart)

    return prepare


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "best_model"
    path.write_bytes(b"a model")
    return str(path)


@pytest.mark.parametrize("kind", RECIPES)
def test_scales_and_units_become_part_of_the_weights(kind, file, read):
    read(kind, factors=(KCAL_PER_MOL, DEBYE), scale=3.0)
    recipe = SchNetPackRecipe(path=file, energy_unit="kcal/mol", dipole_unit="debye")
    imported = import_model(recipe, trust=True, level_of_theory="B3LYP/6-31G*")
    assert imported.deviations.keys() == {"energy", "forces", "dipole"}
    assert max(imported.deviations.values()) < 1e-13
    weights = imported.weights
    assert weights.reference_energies == dict.fromkeys(HCO, -KCAL_PER_MOL)
    assert weights.level_of_theory == "B3LYP/6-31G*"
    assert weights.training_checksum.startswith("imported from a file with SHA-256 ")
    assert not weights.charged


def test_ions_are_compared_too(file, read):
    read("painn", charged=True)
    imported = import_model(SchNetPackRecipe(path=file), trust=True, level_of_theory="none")
    assert imported.weights.charged
    recipe = SchNetPackRecipe(path=file, dipole_unit="debye")
    with pytest.raises(InputError, match="charges, which are in e"):
        import_model(recipe, trust=True, level_of_theory="none")


@pytest.mark.parametrize("error", [1e-9, float("nan")])
def test_a_model_that_predicts_something_else_is_no_import(file, read, error):
    read("schnet", error=error)
    with pytest.raises(TaskError, match=r"deviates from the original .*forces"):
        import_model(SchNetPackRecipe(path=file), trust=True, level_of_theory="none")


class Harmful:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("kind", [SchNetPackRecipe, MACECalculatorRecipe])
def test_nothing_is_opened_without_trust(kind, tmp_path):
    trace = tmp_path / "opened"
    path = tmp_path / "best_model"
    path.write_bytes(pickle.dumps(Harmful(str(trace))))
    with pytest.raises(InputError, match=r"can execute any code when it is opened.*--trust"):
        import_model(kind(path=str(path)), trust=False, level_of_theory="none")
    assert not trace.exists()


def test_files_and_lengths_that_cannot_be(tmp_path, file):
    with pytest.raises(InputError, match=r"no model file at .*nowhere"):
        import_model(
            SchNetPackRecipe(path=str(tmp_path / "nowhere")), trust=True, level_of_theory="none"
        )
    recipe = SchNetPackRecipe(path=file, length_unit="bohr")
    with pytest.raises(InputError, match="lengths of the model are in bohr, only models in angst"):
        import_model(recipe, trust=True, level_of_theory="none")


@pytest.mark.parametrize("elements", [(1,), HCO, tuple(range(1, 87))])
def test_probe_molecules_know_no_two_atoms_at_one_place(elements):
    molecules = probe_molecules(elements, charge=1.0)
    assert set(molecules.numbers) <= set(elements)
    assert molecules.charge.tolist() == [1.0, 0.0, 0.0]
    for number in range(len(molecules)):
        here = molecules.positions[molecules.molecule_index == number]
        distances = np.linalg.norm(here[:, None] - here, axis=2) + np.eye(len(here))
        assert distances.min() > 0.9
