"""Replay: recordings give the numbers of the evaluation they were made of, at other positions."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.potentials.random_weights import random_weights
from vibench.core.molecules import concatenate, with_positions
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.presets import preset_settings
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.recipes import parse_architecture
from vibench.potentials.replay import Replay

ARCHITECTURES = ("schnet", "field_schnet", "so3net", "painn", "mace", "mace_dipole")


def batch_of(*names):
    return concatenate([build_molecule(MoleculeRecipe(name=name)) for name in names])


def moved(batch, seed):
    moves = np.random.default_rng(seed).normal(0, 0.05, batch.positions.shape)
    return with_positions(batch, batch.positions + moves)


def potential_of(architecture, dtype):
    settings = preset_settings("tiny", architecture, "architecture")
    recipe = parse_architecture({"architecture": architecture} | settings)
    return LearnedPotential(random_weights(recipe), name="drawn", dtype=dtype, device="cpu")


def equal(one, other):
    return all(np.array_equal(getattr(one, n), getattr(other, n)) for n in one.available())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_repeated_molecules_give_the_same_numbers(architecture, dtype):
    potential, batch = potential_of(architecture, dtype), batch_of("methanol", "water")
    for seed in range(4):
        here = moved(batch, seed)
        assert equal(potential(here), potential_of(architecture, dtype)(here))


def test_molecules_that_differ_are_not_taken_for_those_before():
    potential = potential_of("painn", "float64")
    for names in (("methanol", "water"), ("water", "methanol"), ("methanol", "water")):
        here = moved(batch_of(*names), 0)
        assert equal(potential(here), potential_of("painn", "float64")(here))
        assert equal(potential(here), potential(here))


def test_copies_start_afresh():
    potential, batch = potential_of("schnet", "float32"), batch_of("methanol")
    first = [potential(batch) for _ in range(2)][-1]
    assert equal(pickle.loads(pickle.dumps(potential))(batch), first)


def test_the_field_is_seen_again():
    potential, batch = potential_of("field_schnet", "float64"), batch_of("water")
    potential(batch), potential(batch)
    found = potential(replace(batch, electric_field=np.full((1, 3), 0.2)))
    assert not np.allclose(found.forces, potential(batch).forces)


def test_what_does_not_depend_on_positions_is_computed_once():
    calls = []

    def evaluate(x):
        constant = torch.arange(3.0, dtype=x.dtype).sin()
        calls.append(1)
        return {"sum": (x * constant).sum(), "shape": x * 2}

    replay = Replay(evaluate, torch.zeros(3))
    x = torch.tensor([1.0, 2.0, 3.0])
    expected = evaluate(x)
    found = replay(x)
    assert len(calls) == 2
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert "sin" not in replay.program


def test_writing_into_tensors_is_repeated():
    def evaluate(x):
        total = torch.zeros(4)
        total[1:].copy_(x)
        total[:2] += 1.0
        return {"total": total * 2}

    replay = Replay(evaluate, torch.zeros(3))
    for _ in range(2):
        assert torch.equal(replay(torch.ones(3))["total"], torch.tensor([2.0, 4.0, 2.0, 2.0]))


def test_numbers_taken_from_positions_are_refused():
    with pytest.raises(RuntimeError, match="depends on positions"):
        Replay(lambda x: {"y": x * x.sum().item()}, torch.ones(3))
