"""Foreign files: right numbers in the declared units, and one clear message for each fault."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.units import BOHR, DEBYE, HARTREE, KCAL_PER_MOL
from vibench.data.extended_xyz import write_extended_xyz
from vibench.data.importing import import_dataset
from vibench.data.recipes import ImportRecipe

UNITS = {
    "length_unit": "angstrom",
    "energy_unit": "eV",
    "force_unit": "eV/angstrom",
    "dipole_unit": "e*angstrom",
}


def recipe(path: Path, **changes: Any) -> ImportRecipe:
    form = "npz" if path.suffix == ".npz" else "extxyz"
    preset = {"npz": "kernn", "extxyz": "ase"}[form]
    start = {"path": str(path), "format": form, "preset": preset, "level_of_theory": "made up"}
    return ImportRecipe.model_validate(start | UNITS | changes)


def arrays(frames: int = 4) -> dict[str, np.ndarray]:
    """Water and OH side by side, padded."""
    random = np.random.default_rng(0)
    numbers = np.tile([8, 1, 1], (frames, 1))
    numbers[1::2, 2] = 0
    return {
        "Z": numbers,
        "R": random.normal(size=(frames, 3, 3)),
        "N": (numbers > 0).sum(axis=1),
        "Q": np.zeros(frames),
        "E": random.normal(size=(frames, 1)),
        "F": random.normal(size=(frames, 3, 3)),
        "D": random.normal(size=(frames, 3)),
    }


def save(folder: Path, data: dict[str, np.ndarray]) -> Path:
    path = folder / "data.npz"
    np.savez(path, **data)
    return path


def test_padded_npz(tmp_path: Path) -> None:
    data = arrays()
    dataset = import_dataset(recipe(save(tmp_path, data)))
    assert dataset.molecules.names == ("H2O", "HO", "H2O", "HO")
    np.testing.assert_array_equal(dataset.molecules.unpaired_electrons, [0, 1, 0, 1])
    np.testing.assert_array_equal(dataset.molecules.numbers[:5], [8, 1, 1, 8, 1])
    np.testing.assert_array_equal(dataset.molecules.positions[3:5], data["R"][1, :2])
    np.testing.assert_array_equal(dataset.properties.forces[5:8], data["F"][2])  # type: ignore[index]
    np.testing.assert_array_equal(dataset.properties.energy, data["E"][:, 0])
    np.testing.assert_array_equal(dataset.properties.dipole, data["D"])
    np.testing.assert_array_equal(dataset.trajectory_index, [0, 1, 2, 3])
    assert dataset.provenance["file"] == "data.npz"
    assert len(dataset.provenance["sha256"]) == 64


def test_units_are_applied(tmp_path: Path) -> None:
    path = save(tmp_path, arrays())
    plain = import_dataset(recipe(path))
    scaled = import_dataset(
        recipe(
            path,
            length_unit="bohr",
            energy_unit="hartree",
            force_unit="kcal/mol/bohr",
            dipole_unit="debye",
            forces_are_gradients=True,
            frames="ordered",
        )
    )
    for left, right, factor in (
        (scaled.molecules.positions, plain.molecules.positions, BOHR),
        (scaled.properties.energy, plain.properties.energy, HARTREE),
        (scaled.properties.forces, plain.properties.forces, -KCAL_PER_MOL / BOHR),
        (scaled.properties.dipole, plain.properties.dipole, DEBYE),
    ):
        np.testing.assert_allclose(left, right * factor, rtol=1e-14)  # type: ignore[operator]
    np.testing.assert_array_equal(scaled.trajectory_index, 0)


def test_md17_layout_has_one_list_of_numbers(tmp_path: Path) -> None:
    data = arrays()
    md17 = {"z": np.array([8, 1, 1], np.uint8), "R": data["R"], "E": data["E"], "F": data["F"]}
    dataset = import_dataset(recipe(save(tmp_path, md17), preset="md17", dipole_unit=None))
    assert dataset.molecules.names == ("H2O",) * 4
    assert dataset.properties.dipole is None


@pytest.mark.parametrize(
    ("unit", "key"),
    [("energy_unit", "'E'"), ("force_unit", "'F'"), ("dipole_unit", "'D'"), ("length_unit", "'R'")],
)
def test_missing_unit(tmp_path: Path, unit: str, key: str) -> None:
    with pytest.raises(InputError, match=rf"data\.npz: key {key}.*{unit}.*one of"):
        import_dataset(recipe(save(tmp_path, arrays()), **{unit: None}))


def without(name: str) -> dict[str, np.ndarray]:
    return {key: value for key, value in arrays().items() if key != name}


@pytest.mark.parametrize(
    ("data", "changes", "message"),
    [
        (arrays(), {"preset": None}, "neither preset nor keys"),
        (arrays(), {"keys": {"energy": "Energy"}}, "no key 'Energy' for energy"),
        (without("R"), {}, "no key 'R' for positions"),
        (arrays(), {"preset": None, "keys": {"energy": "E"}}, "no key is given for numbers"),
        (arrays() | {"R": np.zeros((4, 3))}, {}, r"'R' has shape \(4, 3\)"),
        (arrays() | {"F": np.zeros((4, 2, 3))}, {}, r"'F' has shape \(4, 2, 3\)"),
        (arrays() | {"E": np.zeros(3)}, {}, r"'E' has shape \(3,\)"),
        (arrays() | {"D": np.zeros((4, 9))}, {}, r"'D' has shape \(4, 9\)"),
        (arrays() | {"E": np.array(["a"] * 4)}, {}, "'E' holds <U1"),
        (arrays() | {"Z": np.full((4, 3), 8.5)}, {}, "'Z' does not hold atomic numbers"),
        (arrays() | {"Z": np.zeros((4, 3), int)}, {}, "frame 0 has no atoms"),
        (arrays() | {"N": np.full(4, 3)}, {}, "frame 1 has 3 atoms, but 2"),
        (arrays() | {"E": np.array([None] * 4)}, {}, "not a NumPy archive of plain arrays"),
        ({"Z": arrays()["Z"], "R": arrays()["R"]}, {}, "none of energy"),
    ],
)
def test_faulty_npz(
    tmp_path: Path, data: dict[str, np.ndarray], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        import_dataset(recipe(save(tmp_path, data), **changes))


def test_truncated_npz(tmp_path: Path) -> None:
    path = save(tmp_path, arrays())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"data\.npz: cannot be read as a NumPy archive"):
        import_dataset(recipe(path))
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"data\.npz"):
        import_dataset(recipe(path))


def test_labels_that_are_not_finite(tmp_path: Path) -> None:
    data = arrays()
    data["E"][2] = np.nan
    data["F"][3, 0, 1] = np.inf
    data["F"][1, 2] = np.nan  # padding: belongs to no atom
    path = save(tmp_path, data)
    with pytest.raises(InputError, match=r"energy in frame 2; forces in frame 3 .2 of 4"):
        import_dataset(recipe(path))
    kept = import_dataset(recipe(path, incomplete="drop"))
    assert len(kept) == 2
    assert kept.provenance["frames left out"] == "2"
    np.testing.assert_array_equal(kept.trajectory_index, [0, 1])


def test_labels_that_are_missing_are_kept_as_such(tmp_path: Path) -> None:
    data = arrays()
    data["E"][2] = np.nan
    data["F"][3, 0, 1] = np.inf  # one component: the forces of that frame are missing
    kept = import_dataset(recipe(save(tmp_path, data), incomplete="keep"))
    assert len(kept) == 4
    energy, forces = kept.properties.energy, kept.properties.forces
    assert energy is not None
    assert forces is not None
    np.testing.assert_array_equal(np.isnan(energy), [False, False, True, False])
    of_frame = kept.molecules.molecule_index
    np.testing.assert_array_equal(np.isnan(forces), (of_frame == 3)[:, None].repeat(3, axis=1))


def test_a_label_in_a_file_of_its_own(tmp_path: Path) -> None:
    data = arrays()
    dipole = data.pop("D")
    apart = tmp_path / "dipoles.npy"
    np.save(apart, dipole)
    path = save(tmp_path, data)
    dataset = import_dataset(recipe(path, arrays={"dipole": str(apart)}, dipole_unit="debye"))
    assert dataset.properties.dipole is not None
    np.testing.assert_allclose(dataset.properties.dipole, dipole * DEBYE)


def test_a_file_of_one_label_that_does_not_fit(tmp_path: Path) -> None:
    data = arrays()
    dipole, apart = data.pop("D"), tmp_path / "dipoles.npy"
    path = save(tmp_path, data)
    named = {"arrays": {"dipole": str(apart)}}
    np.save(apart, dipole[:3])
    with pytest.raises(InputError, match=r"dipoles\.npy"):
        import_dataset(recipe(path, **named))
    apart.write_bytes(b"no array")
    with pytest.raises(InputError, match=r"dipoles\.npy"):
        import_dataset(recipe(path, **named))
    with pytest.raises(InputError, match=r"arrays go with the format npz"):
        import_dataset(recipe(write(tmp_path, FRAME), **named))


def test_unknown_settings(tmp_path: Path) -> None:
    path = save(tmp_path, arrays())
    with pytest.raises(ValidationError, match="Did you mean 'kcal/mol/angstrom'"):
        recipe(path, force_unit="kcal/mol/angstom")
    with pytest.raises(ValidationError):
        recipe(path, energy_unit="ev")
    with pytest.raises(ValidationError):
        recipe(path, keys={"enrgy": "E"})


FRAME = """3
Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5 dipole="0.1 0.2 0.3" pbc="F F F"
O 0.0 0.0 0.0 0.1 0.2 0.3
H 0.0 0.8 0.6 0.0 0.0 -0.1
H 0.0 -0.8 0.6 0.0 0.0 -0.2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "data.xyz"
    path.write_text(text)
    return path


def test_extended_xyz(tmp_path: Path) -> None:
    dataset = import_dataset(recipe(write(tmp_path, FRAME * 3 + "\n")))
    assert len(dataset) == 3
    assert dataset.molecules.names == ("H2O",) * 3
    np.testing.assert_array_equal(dataset.properties.energy, -1.5)
    np.testing.assert_allclose(dataset.properties.dipole[1], [0.1, 0.2, 0.3])  # type: ignore[index]
    np.testing.assert_allclose(dataset.properties.forces[5], [0, 0, -0.2])  # type: ignore[index]


def test_extended_xyz_with_names_of_its_own(tmp_path: Path) -> None:
    text = FRAME.replace("forces", "REF_forces").replace("energy", "total_charge=1 REF_energy")
    keys = {"energy": "REF_energy", "forces": "REF_forces", "charge": "total_charge"}
    dataset = import_dataset(recipe(write(tmp_path, text), preset=None, keys=keys))
    assert dataset.properties.available() == {"energy", "forces"}
    assert dataset.molecules.charge[0] == 1
    assert dataset.molecules.unpaired_electrons[0] == 1


LINES = FRAME.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            FRAME + "".join(LINES[:4]),
            r"data.xyz, line 6: frame 1 should have 3 atoms.*line 9 after 2",
        ),
        (FRAME + LINES[0], "line 6: frame 1 should have 3 atoms"),
        (FRAME + "".join(LINES[1:]), "line 6: expected the number of atoms of frame 1"),
        (FRAME + "0\n\n", "line 6: frame 1 has 0 atoms"),
        (FRAME + FRAME.replace("0.8 0.6 0.0 0.0 -0.1", "0.8 0.6"), r"frame 1 \(line 6\)"),
        (FRAME + FRAME.replace("0.8", "x.8"), r"frame 1 \(line 6\): expected extended XYZ"),
        (FRAME + FRAME.replace("energy=-1.5 ", ""), r"frame 1 \(line 6\): there is no 'energy'"),
        (
            FRAME + FRAME.replace('0.1 0.2 0.3"', '0.1 0.2"'),
            r"frame 1 \(line 6\): dipole has shape",
        ),
        (FRAME + FRAME.replace("-1.5", "nan"), "energy in frame 1 .1 of 2"),
        (FRAME + FRAME.replace("-0.1", "nan"), "forces in frame 1 .1 of 2"),
        (FRAME.replace("F F F", "T T T"), r"frame 0 \(line 1\): molecule 'H2O' is periodic"),
        ("", "holds no frames"),
    ],
)
def test_faulty_extended_xyz(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        import_dataset(recipe(write(tmp_path, text)))


def test_extended_xyz_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "data.xyz"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="cannot read"):
        import_dataset(recipe(path))


number = st.floats(-50, 50).map(lambda value: round(value, 6))


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    molecules = []
    for index in range(draw(st.integers(1, 3))):
        numbers = draw(st.lists(st.sampled_from([1, 6, 8, 17]), min_size=1, max_size=4))
        positions = draw(st.lists(st.tuples(number, number, number), min_size=4, max_size=4))
        charge = draw(st.integers(-1, 1))
        molecules.append(
            single(
                f"molecule {index}",
                numbers,
                positions[: len(numbers)],
                np.ones(len(numbers)),
                charge=charge,
                unpaired_electrons=(sum(numbers) - charge) % 2,
            )
        )
    batch = concatenate(molecules)
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    properties = Properties(
        energy=random.normal(size=len(batch)),
        forces=random.normal(size=(batch.n_atoms, 3)).round(6),
        dipole=random.normal(size=(len(batch), 3)) if draw(st.booleans()) else None,
    )
    return Dataset(batch, properties, "made up", np.arange(len(batch))[::-1].copy())


@given(dataset=datasets())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_written_is_read(tmp_path: Path, dataset: Dataset) -> None:
    path = tmp_path / "data.xyz"
    write_extended_xyz(dataset, path)
    back = import_dataset(recipe(path))
    for name in ("numbers", "charge", "unpaired_electrons", "molecule_index"):
        np.testing.assert_array_equal(
            getattr(back.molecules, name), getattr(dataset.molecules, name)
        )
    assert back.molecules.names == dataset.molecules.names
    np.testing.assert_array_equal(back.trajectory_index, dataset.trajectory_index)
    np.testing.assert_allclose(back.molecules.positions, dataset.molecules.positions, atol=1e-8)
    assert back.properties.available() == dataset.properties.available()
    for name in back.properties.available():
        np.testing.assert_allclose(
            getattr(back.properties, name), getattr(dataset.properties, name), atol=1e-8
        )


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    for cut in set(range(1, 2 * len(FRAME))) - {len(FRAME)}:
        with pytest.raises(InputError, match=r"data\.xyz, line \d+"):
            import_dataset(recipe(write(tmp_path, (FRAME * 2)[:cut])))
