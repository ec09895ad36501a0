"""Published data sets: imported right, found clean, and each injected fault found by name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.units import BOHR, DEBYE, KCAL_PER_MOL
from vibench.data.importing import import_dataset
from vibench.data.inspection.inspect import InspectRecipe, inspect_dataset
from vibench.data.recipes import ImportRecipe, SplitRecipe
from vibench.data.splits import split_dataset
from vibench.potentials.adapters.gfn2 import GFN2

FORMALDEHYDE = "formaldehyde-ccsdt/h2co_ccsdt_avtz_4001.npz"
ETHANOL_KEYS = {
    "numbers": "atomic_numbers",
    "positions": "positions",
    "energy": "energy",
    "forces": "forces",
}


@pytest.fixture(scope="module")
def formaldehyde_recipe(shared_data: Path) -> ImportRecipe:
    return ImportRecipe(
        path=str(shared_data / FORMALDEHYDE),
        format="npz",
        preset="kernn",
        length_unit="angstrom",
        energy_unit="eV",
        force_unit="eV/angstrom",
        dipole_unit="e*angstrom",
        energy_reference="free atoms",
        level_of_theory="CCSD(T)-F12B/aug-cc-pVTZ-F12",
    )


@pytest.fixture(scope="module")
def ethanol_recipe(shared_data: Path) -> ImportRecipe:
    folder = shared_data / "ethanol-md17-pbe"
    return ImportRecipe.model_validate(
        {
            "path": str(folder / "ethanol.npz"),
            "format": "npz",
            "keys": ETHANOL_KEYS,
            "arrays": {"dipole": str(folder / "dipoles.npy")},
            "length_unit": "angstrom",
            "energy_unit": "kcal/mol",
            "force_unit": "kcal/mol/angstrom",
            "dipole_unit": "debye",
            "level_of_theory": "PBE",
            "incomplete": "drop",
            "molecule_name": "ethanol",
        }
    )


@pytest.fixture(scope="module", params=["formaldehyde", "ethanol"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return import_dataset(request.getfixturevalue(f"{request.param}_recipe"))


def names(dataset: Dataset, level: str = "error") -> set[str]:
    findings = inspect_dataset(dataset, InspectRecipe(), GFN2())
    return {finding.name for finding in findings if finding.level == level}


def test_formaldehyde(formaldehyde_recipe: ImportRecipe) -> None:
    dataset = import_dataset(formaldehyde_recipe)
    assert len(dataset) == 4001
    assert set(dataset.molecules.names) == {"CH2O"}
    np.testing.assert_array_equal(dataset.molecules.numbers[:4], [6, 8, 1, 1])
    assert dataset.properties.available() == {"energy", "forces", "dipole"}
    # Atomisation energy of H2CO: about 16.1 eV; dipole 2.33 D in experiment.
    assert dataset.properties.energy.min() == pytest.approx(-16.09, abs=0.01)  # type: ignore[union-attr]
    dipole = np.linalg.norm(dataset.properties.dipole, axis=1).mean()  # type: ignore[arg-type]
    assert dipole / DEBYE == pytest.approx(2.35, abs=0.1)
    split = split_dataset(dataset, SplitRecipe(train=3200, validation=400))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [3200, 400, 401]


def test_ethanol(ethanol_recipe: ImportRecipe) -> None:
    with pytest.raises(InputError, match=r"dipole in frame 1275.*725 of 2000"):
        import_dataset(ethanol_recipe.model_copy(update={"incomplete": "refuse"}))
    dataset = import_dataset(ethanol_recipe)
    assert len(dataset) == 1275
    assert dataset.provenance["frames left out"] == "725"
    whole = import_dataset(ethanol_recipe.model_copy(update={"incomplete": "keep"}))
    assert len(whole) == 2000
    assert np.isnan(whole.properties.dipole).all(axis=1).sum() == 725  # type: ignore[arg-type]
    assert dataset.properties.energy.mean() == pytest.approx(-4214.8, abs=0.2)  # type: ignore[union-attr]


def test_published_data_are_clean(dataset: Dataset) -> None:
    assert names(dataset) == set()
    assert names(dataset, "warning") == set()


def scaled(dataset: Dataset, **factors: float) -> Dataset:
    values = {name: getattr(dataset.properties, name) * by for name, by in factors.items()}
    return replace(dataset, properties=replace(dataset.properties, **values))


def exchanged(dataset: Dataset, what: str) -> Dataset:
    atoms = dataset.molecules.n_atoms // len(dataset)
    order = np.arange(atoms)
    order[[0, atoms - 1]] = order[[atoms - 1, 0]]
    order = (np.arange(len(dataset))[:, None] * atoms + order).ravel()
    if what == "forces":
        forces = dataset.properties.forces[order]  # type: ignore[index]
        return replace(dataset, properties=replace(dataset.properties, forces=forces))
    moved = {what: getattr(dataset.molecules, what)[order]}
    return replace(dataset, molecules=replace(dataset.molecules, **moved))


def with_gap(dataset: Dataset) -> Dataset:
    forces = dataset.properties.forces.copy()  # type: ignore[union-attr]
    forces[13] = np.nan
    return replace(dataset, properties=replace(dataset.properties, forces=forces))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data: scaled(data, forces=-1), {"gradients-as-forces"}),
        (
            lambda data: scaled(data, energy=1 / KCAL_PER_MOL, forces=1 / KCAL_PER_MOL),
            {"energy-unit", "force-unit"},
        ),
        (
            lambda data: scaled(data, energy=1 / KCAL_PER_MOL),
            {"energy-unit", "energy-force-unit"},
        ),
        (lambda data: scaled(data, dipole=DEBYE / BOHR), {"dipole-unit"}),
        (with_gap, {"not-finite"}),
    ],
    ids=["gradients", "kcal/mol as eV", "energies in kcal/mol as eV", "dipole x 0.3934", "NaN"],
)
def test_injected_faults(
    dataset: Dataset, change: Callable[[Dataset], Dataset], expected: set[str]
) -> None:
    assert names(change(dataset)) == expected


@pytest.mark.parametrize("what", ["forces", "positions", "numbers"])
def test_injected_exchange_of_atoms(dataset: Dataset, what: str) -> None:
    assert "atom-order" in names(exchanged(dataset, what))
