"""The published size, 24 molecules and 16 485 structures: seconds, and less than 1 GiB."""

import json
import subprocess
import sys

import numpy as np
import pytest
from ase.collections import g2
from ase.data import chemical_symbols

from vibench.data.recipes import ImportRecipe

STRUCTURES, MOLECULES = 16485, 24

USE = """
import json, resource, sys, time
import numpy as np
from vibench.core.dataset import Dataset
from vibench.core.streams import generator
from vibench.data.importing import import_dataset
from vibench.data.recipes import ImportRecipe, SplitRecipe
from vibench.data.splits import split_dataset
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.potentials.recipes import PaiNNRecipe
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer
from pathlib import Path

times = {}
def done(name):
    global began
    times[name], began = time.perf_counter() - began, time.perf_counter()

began = time.perf_counter()
dataset = import_dataset(ImportRecipe.model_validate_json(sys.argv[1]))
done("import")
write_hdf5(Path("dataset.h5"), dataset)
dataset = read_hdf5(Path("dataset.h5"), Dataset)
done("store")
split = split_dataset(dataset, SplitRecipe())
done("split")
architecture = PaiNNRecipe(features=8, interactions=1)
recipe = TrainRecipe(batch_size=10, dipole_weight=1.0)
trainer = Trainer(dataset, split.train, split.validation, architecture=architecture, recipe=recipe)
done("tensors")
order = generator("order").permutation(len(split.train))
atoms = sum(len(batch.geometry.numbers) for batch in trainer.training.batches(order, 10))
done("batches")
unit = 2**20 if sys.platform == "darwin" else 2**10
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
print(json.dumps({
    "times": times, "peak_mib": peak, "structures": len(dataset), "atoms": atoms,
    "names": len(set(dataset.molecules.names)), "training": len(split.train),
}))
"""


def organic_molecules():
    """The molecules of ASE's G2 set with carbon, and 6 to 12 atoms."""
    names = [name for name in g2.names if "C" in set(g2[name].symbols)]
    return [g2[name] for name in names if 6 <= len(g2[name]) <= 12][:MOLECULES]


@pytest.fixture(scope="module")
def structures():
    """Displaced molecules one after the other, with random labels."""
    rng = np.random.default_rng(0)
    molecules = organic_molecules()
    assert len(molecules) == MOLECULES
    found = []
    for index in range(STRUCTURES):
        atoms = molecules[index * MOLECULES // STRUCTURES]
        shape = (len(atoms), 3)
        positions = atoms.positions + 0.05 * rng.standard_normal(shape)
        found.append((atoms.numbers, positions, rng.standard_normal(shape), rng.standard_normal(4)))
    return found


def write_xyz(path, structures):
    with path.open("w") as file:
        for numbers, positions, forces, (energy, *dipole) in structures:
            dipole_text = " ".join(f"{value:.8f}" for value in dipole)
            file.write(
                f"{len(numbers)}\nProperties=species:S:1:pos:R:3:forces:R:3 energy={energy:.8f} "
                f'dipole="{dipole_text}" pbc="F F F"\n'
            )
            for number, rows in zip(numbers, np.hstack([positions, forces]), strict=True):
                text = " ".join(f"{value:.8f}" for value in rows)
                file.write(f"{chemical_symbols[number]} {text}\n")


def write_npz(path, structures):
    most = max(len(numbers) for numbers, *_ in structures)
    padded = {
        "Z": np.zeros((STRUCTURES, most), int),
        "R": np.zeros((STRUCTURES, most, 3)),
        "F": np.zeros((STRUCTURES, most, 3)),
    }
    for index, (numbers, positions, forces, _) in enumerate(structures):
        for key, value in (("Z", numbers), ("R", positions), ("F", forces)):
            padded[key][index, : len(numbers)] = value
    labels = np.array([values for *_, values in structures])
    np.savez(path, **padded, E=labels[:, 0], D=labels[:, 1:])


@pytest.mark.slow
@pytest.mark.parametrize(("form", "seconds"), [("extxyz", 40.0), ("npz", 5.0)])
def test_data_of_the_published_size_take_seconds_and_less_than_a_gibibyte(
    tmp_path, structures, form, seconds
):
    path = tmp_path / f"palirs.{form}"
    {"extxyz": write_xyz, "npz": write_npz}[form](path, structures)
    recipe = ImportRecipe(
        path=str(path),
        format=form,
        preset={"extxyz": "ase", "npz": "kernn"}[form],
        structures=STRUCTURES,
        level_of_theory="PBE+TS",
        length_unit="angstrom",
        energy_unit="eV",
        force_unit="eV/angstrom",
        dipole_unit="e*angstrom",
    )
    command = [sys.executable, "-c", USE, recipe.model_dump_json()]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["structures"] == STRUCTURES
    assert found["training"] == 13188
    assert 6 * 13188 <= found["atoms"] <= 12 * 13188
    assert found["peak_mib"] < 1024
    assert found["times"]["import"] < seconds
    assert found["times"]["store"] + found["times"]["split"] < 5
    assert found["times"]["batches"] < 10
