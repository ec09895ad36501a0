"""Each fault is called by its name, and sound data have none."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from vibench.core.dataset import Dataset, join, subset
from vibench.core.molecules import concatenate, with_positions
from vibench.core.properties import Properties
from vibench.core.units import BOHR, DEBYE, HARTREE, KCAL_PER_MOL
from vibench.data.inspection.findings import dipole_mistakes
from vibench.data.inspection.groups import rotations_onto
from vibench.data.inspection.inspect import InspectRecipe, inspect_dataset
from vibench.data.labelling import label
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.potentials.adapters.ase import ASEPotential, ASERecipe
from vibench.potentials.adapters.gfn2 import GFN2, GFN2Recipe

REFERENCE = GFN2(GFN2Recipe(accuracy=1.0))
type Change = Callable[[Dataset], Dataset]


def sample(name: str, count: int) -> Dataset:
    molecule = build_molecule(MoleculeRecipe(name=name))
    random = np.random.default_rng(1)
    copies = []
    for _ in range(count):
        rotation = np.linalg.qr(random.normal(size=(3, 3)))[0]
        rotation *= np.sign(np.linalg.det(rotation))
        moved = molecule.positions + random.normal(0, 0.04, molecule.positions.shape)
        copies.append(with_positions(molecule, moved @ rotation + random.normal(size=3)))
    labels = GFN2(GFN2Recipe(method="GFN1-xTB"))
    return label(concatenate(copies), labels, np.arange(count), level_of_theory="GFN1-xTB")


@pytest.fixture(scope="module")
def sound() -> Dataset:
    """Randomly turned methanol and formaldehyde, labelled by another method than the reference."""
    return join([sample("methanol", 100), sample("formaldehyde", 100)])


def scaled(**factors: float) -> Change:
    def change(dataset: Dataset) -> Dataset:
        values = {name: getattr(dataset.properties, name) * by for name, by in factors.items()}
        return replace(dataset, properties=replace(dataset.properties, **values))

    return change


def exchanged(what: str, first: int, second: int) -> Change:
    def change(dataset: Dataset) -> Dataset:
        order = np.arange(dataset.molecules.n_atoms)
        starts = np.flatnonzero(np.diff(dataset.molecules.molecule_index, prepend=-1))
        order[starts + first], order[starts + second] = starts + second, starts + first
        if what == "forces":
            forces = dataset.properties.forces[order]  # type: ignore[index]
            return replace(dataset, properties=replace(dataset.properties, forces=forces))
        moved = {what: getattr(dataset.molecules, what)[order]}
        return replace(dataset, molecules=replace(dataset.molecules, **moved))

    return change


def errors(dataset: Dataset) -> set[str]:
    found = inspect_dataset(dataset, InspectRecipe(), REFERENCE)
    return {finding.name for finding in found if finding.level == "error"}


def test_sound_data_are_clean(sound: Dataset) -> None:
    findings = inspect_dataset(sound, InspectRecipe(), REFERENCE)
    assert {finding.level for finding in findings} == {"info"}
    values = {finding.name: finding.value for finding in findings}
    assert values["counts"] == 200
    assert values["work"] == pytest.approx(1.0, abs=0.02)
    assert values["net-torque"] < 1e-4  # type: ignore[operator]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (scaled(forces=-1), {"gradients-as-forces"}),
        (scaled(energy=-1), {"energy-sign"}),
        (scaled(energy=1 / KCAL_PER_MOL), {"energy-force-unit", "energy-unit"}),
        (scaled(forces=1 / KCAL_PER_MOL), {"energy-force-unit", "force-unit"}),
        (scaled(energy=1 / HARTREE, forces=1 / HARTREE), {"energy-unit", "force-unit"}),
        (scaled(forces=BOHR), {"energy-force-unit", "force-unit"}),
        (scaled(dipole=-1), {"dipole-sign"}),
    ],
)
def test_signs_and_units(sound: Dataset, change: Change, names: set[str]) -> None:
    assert errors(change(sound)) == names


def test_units_are_recognised_in_words(sound: Dataset) -> None:
    wrong = scaled(energy=1 / KCAL_PER_MOL)(sound)
    messages = {f.name: f.message for f in inspect_dataset(wrong, InspectRecipe())}
    assert "numbers in kcal/mol declared as eV (factor 23.06)" in messages["energy-force-unit"]


@pytest.mark.parametrize("factor", [BOHR**-1 * DEBYE, BOHR / DEBYE, 1 / DEBYE, DEBYE])
def test_dipole_factors(sound: Dataset, factor: float) -> None:
    known = {round(size, 4) for size in dipole_mistakes().values()}
    assert round(factor, 4) in known
    assert known >= {0.3934, 2.5417, 4.8032, 0.2082}
    findings = inspect_dataset(scaled(dipole=factor)(sound), InspectRecipe(), REFERENCE)
    (found,) = (finding for finding in findings if finding.level == "error")
    assert found.name == "dipole-unit"
    assert f"(factor {factor:.4g})" in found.message


@pytest.mark.parametrize("what", ["forces", "positions", "numbers"])
def test_exchanged_atoms(sound: Dataset, what: str) -> None:
    findings = inspect_dataset(exchanged(what, 0, 1)(sound), InspectRecipe(), REFERENCE)
    found = {finding.name: finding.message for finding in findings if finding.level == "error"}
    assert "atoms 0" in found["atom-order"]
    assert "and 1" in found["atom-order"]
    assert ("net-torque" in found) == (what != "numbers")


def test_not_finite(sound: Dataset) -> None:
    energy = sound.properties.energy.copy()  # type: ignore[union-attr]
    energy[7] = np.inf
    wrong = replace(sound, properties=replace(sound.properties, energy=energy))
    findings = inspect_dataset(wrong, InspectRecipe())
    assert [f.name for f in findings if f.level == "error"] == ["not-finite"]
    assert "first in structure 7" in next(f for f in findings if f.name == "not-finite").message
    nothing = replace(sound, properties=Properties(energy=np.full(len(sound), np.inf)))
    assert [f.name for f in inspect_dataset(nothing, InspectRecipe())] == ["not-finite"]


def test_labels_that_are_missing_and_labels_that_are_missing_in_part(sound: Dataset) -> None:
    energy, forces = (getattr(sound.properties, name).copy() for name in ("energy", "forces"))
    energy[7] = np.nan
    forces[sound.molecules.molecule_index == 9] = np.nan
    lacking = replace(sound, properties=replace(sound.properties, energy=energy, forces=forces))
    findings = inspect_dataset(lacking, InspectRecipe())
    missing = [f.message for f in findings if f.name == "missing-labels"]
    assert {f.level for f in findings} == {"info"}
    assert "1 of 200 structures have no energy, first structure 7" in missing[0]
    assert "1 of 200 structures have no forces, first structure 9" in missing[1]
    forces[np.flatnonzero(sound.molecules.molecule_index == 4)[0]] = np.nan  # of one atom only
    faulty = replace(sound, properties=replace(sound.properties, forces=forces))
    errors = [f for f in inspect_dataset(faulty, InspectRecipe()) if f.level == "error"]
    assert [f.name for f in errors] == ["not-finite"]
    assert "first in structure 4" in errors[0].message


def test_copies_and_contradictions(sound: Dataset) -> None:
    turned = subset(sound, [3])
    rotation = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    turned = replace(
        turned,
        molecules=with_positions(turned.molecules, turned.molecules.positions @ rotation),
        properties=replace(turned.properties, forces=turned.properties.forces @ rotation),  # type: ignore[operator]
    )
    names = {
        f.name for f in inspect_dataset(join([sound, turned]), InspectRecipe()) if f.level != "info"
    }
    assert names == {"duplicates"}
    names = {
        f.name
        for f in inspect_dataset(join([sound, scaled(energy=1.001)(turned)]), InspectRecipe())
        if f.level != "info"
    }
    assert {"duplicates", "conflicting-duplicates"} <= names


def test_outlier_is_found(sound: Dataset) -> None:
    energy = sound.properties.energy.copy()  # type: ignore[union-attr]
    energy[11] += 100
    wrong = replace(sound, properties=replace(sound.properties, energy=energy))
    messages = {f.name: f.message for f in inspect_dataset(wrong, InspectRecipe())}
    assert "structure 11" in messages["outliers"]


def test_wrong_length_unit_stops_before_the_reference(sound: Dataset) -> None:
    for factor in (BOHR, 1 / BOHR, 0.1):
        wrong = replace(
            sound, molecules=with_positions(sound.molecules, sound.molecules.positions * factor)
        )
        names = {f.name for f in inspect_dataset(wrong, InspectRecipe(), REFERENCE)}
        assert {"length-unit", "reference-skipped"} <= names


def test_atoms_on_top_of_each_other_and_alone(sound: Dataset) -> None:
    positions = sound.molecules.positions.copy()
    positions[1] = positions[0] + 0.1
    assert "close-contact" in errors(
        replace(sound, molecules=with_positions(sound.molecules, positions))
    )
    positions = sound.molecules.positions.copy()
    positions[5] += 20
    findings = inspect_dataset(
        replace(sound, molecules=with_positions(sound.molecules, positions)), InspectRecipe()
    )
    assert "loose-atom" in {finding.name for finding in findings}


def test_energies_of_other_frames(sound: Dataset) -> None:
    wrong = replace(
        sound, properties=replace(sound.properties, energy=np.roll(sound.properties.energy, 1))
    )  # type: ignore[arg-type]
    assert "energy-force-mismatch" in errors(wrong)


def test_moving_frame(sound: Dataset) -> None:
    forces = sound.properties.forces + 2.0  # type: ignore[operator]
    assert "net-force" in errors(
        replace(sound, properties=replace(sound.properties, forces=forces))
    )


def test_element_unknown_to_the_reference(sound: Dataset) -> None:
    emt = ASEPotential(ASERecipe(calculator="emt"))
    fluoride = subset(sound, np.arange(20))
    numbers = np.where(fluoride.molecules.numbers == 8, 9, fluoride.molecules.numbers)
    odd = replace(fluoride, molecules=replace(fluoride.molecules, numbers=numbers))
    (finding,) = (
        f for f in inspect_dataset(odd, InspectRecipe(), emt) if f.name == "reference-skipped"
    )
    assert "No EMT-potential for F" in finding.message


def test_energies_alone_are_enough(sound: Dataset) -> None:
    bare = replace(sound, properties=Properties(energy=sound.properties.energy))
    findings = inspect_dataset(bare, InspectRecipe(), REFERENCE)
    assert {finding.level for finding in findings} == {"info"}
    assert "energy-scale" in {finding.name for finding in findings}


def test_rotations_are_found_again() -> None:
    random = np.random.default_rng(0)
    targets = random.normal(size=(5, 6, 3))
    targets -= targets.mean(axis=1, keepdims=True)
    turn = np.linalg.qr(random.normal(size=(5, 3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))[:, None, None]
    found = rotations_onto(targets, targets @ turn)
    np.testing.assert_allclose(targets @ turn @ found, targets, atol=1e-12)
