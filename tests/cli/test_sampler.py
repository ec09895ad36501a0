"""Structures from dynamics of a cheaper method, with labels of the reference."""

import json

import numpy as np
import pytest

from tests.cli.program import vibench
from vibench.core.dataset import Dataset
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.recipes import GFN2Recipe
from vibench.store.hdf5 import read_hdf5

SETTINGS = """
temperatures_k = [300.0]
structures_per_temperature = 10
normal_mode_share = 0.5
spacing_fs = 5.0
equilibration_fs = 5.0
"""


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sampler")
    (folder / "label.toml").write_text(SETTINGS)
    (folder / "gfn1.toml").write_text('kind = "gfn2"\nmethod = "GFN1-xTB"\n')
    shared = ("--settings", "label.toml", "--conformers", "1", "--workers", "1", "--json")
    found = {}
    for name, extra in (("own", ()), ("other", ("--sampler", "gfn2"))):
        label = ("data", "label", "water", "--potential", "gfn1.toml", *extra, *shared)
        assert json.loads(vibench(*label, "-o", name, cwd=folder))
        found[name] = read_hdf5(folder / name / "dataset.h5", Dataset)
    return found


def test_labels_are_those_of_the_reference(labelled):
    dataset = labelled["other"]
    assert dataset.level_of_theory == "GFN1-xTB"
    expected = GFN2(GFN2Recipe(method="GFN1-xTB"))(dataset.molecules)
    np.testing.assert_allclose(dataset.properties.energy, expected.energy, atol=1e-6)
    np.testing.assert_allclose(dataset.properties.forces, expected.forces, atol=1e-5)


def test_structures_are_those_of_the_sampler(labelled):
    own, other = labelled["own"], labelled["other"]
    assert own.provenance["sampler of water"] == "GFN1-xTB"
    assert other.provenance["sampler of water"] == "GFN2-xTB"
    assert len(own) == len(other) == 10
    differences = np.abs(own.molecules.positions - other.molecules.positions).reshape(10, -1)
    moved = differences.max(axis=1) > 1e-4
    # Half of the structures are displaced along normal modes, which are the reference's own.
    np.testing.assert_array_equal(moved, [True] * 5 + [False] * 5)


def test_a_trained_model_is_no_sampler(tmp_path):
    (tmp_path / "sampler.toml").write_text('kind = "learned"\npath = "model.safetensors"\n')
    (tmp_path / "model.safetensors").write_bytes(b"")
    message = vibench("data", "label", "water", "--sampler", "sampler.toml", cwd=tmp_path, code=2)
    assert "sampler" in message
