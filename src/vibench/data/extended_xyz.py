"""Reader and writer of extended XYZ through ASE, with errors that name frame and line."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io.extxyz import key_val_str_to_dict, read_xyz, write_xyz

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError, suggestion
from vibench.core.molecules import Array, Molecules, atom_offsets, concatenate, select
from vibench.core.properties import PER_ATOM
from vibench.core.reading import check_last_line, read_text, understood
from vibench.data.raw import LABELS, RawData, Wanted, formula
from vibench.data.recipes import Quantity
from vibench.potentials.atoms import INFO_KEYS, atoms_from_molecule, molecule_from_atoms


def read_extended_xyz(path: Path, wanted: Wanted) -> RawData:
    """Read labelled structures from an extended XYZ file.

    Atomic numbers and positions are the columns that the format itself prescribes; everything
    else is a per-frame value or a per-atom column under the name that *wanted* gives. A key that
    is not required counts as present if the first frame has it.

    Raises
    ------
    InputError
        Naming file, frame and line: truncated or unreadable frame, missing key, wrong shape,
        periodic cell.
    """
    keys: dict[Quantity, str] = {}
    molecules, values = [], []
    for frame, (line, atoms) in enumerate(_frames(path)):
        where = f"{path.name}, frame {frame} (line {line})"
        known = _known_values(atoms)
        if frame == 0:
            keys = _present_keys(wanted, known)
        found = {quantity: _value(known, key, where) for quantity, key in keys.items()}
        molecules.append(_molecule(atoms, found, wanted, where))
        values.append({q: _check_label(q, found[q], atoms, where) for q in LABELS if q in found})
        if "trajectory" in found:
            with understood(where, "a whole number as trajectory"):
                values[-1]["trajectory"] = np.array(int(found["trajectory"]), dtype=np.int64)
    if not molecules:
        raise InputError(f"{path}: the file holds no frames")
    stacked = {
        quantity: (np.concatenate if quantity in PER_ATOM else np.stack)(
            [row[quantity] for row in values]
        )
        for quantity in values[0]
    }
    trajectory = stacked.pop("trajectory", None)
    return RawData(concatenate(molecules), stacked, trajectory)


def write_extended_xyz(dataset: Dataset, path: Path) -> None:
    """Write a data set in eV, eV/Å, e·Å and Å, with the units named in every comment line.

    The keys are those of the preset ``ase``. The format keeps 8 decimals of positions and forces.
    """
    properties = dataset.properties
    offsets = atom_offsets(dataset.molecules)
    with path.open("w", encoding="utf-8") as stream:
        for index in range(len(dataset)):
            molecule = select(dataset.molecules, index)
            atoms = atoms_from_molecule(molecule)
            atoms.info |= {
                "name": molecule.names[0],
                "trajectory": int(dataset.trajectory_index[index]),
                "level_of_theory": dataset.level_of_theory,
                "units": "angstrom eV eV/angstrom e*angstrom",
            }
            results = {}
            for name in LABELS:
                value = getattr(properties, name)
                if value is not None:
                    rows = slice(offsets[index], offsets[index + 1])
                    results[name] = value[rows if name in PER_ATOM else index]
            atoms.calc = SinglePointCalculator(atoms, **results)
            write_xyz(stream, atoms)


def _frames(path: Path) -> Iterator[tuple[int, Atoms]]:
    """Yield the first line number (from 1) and the content of each frame."""
    text = read_text(path)
    check_last_line(text, str(path))
    lines = text.splitlines(keepends=True)
    while lines and not lines[-1].strip():
        lines.pop()
    start = frame = 0
    while start < len(lines):
        where = f"{path}, line {start + 1}"
        try:
            count = int(lines[start])
        except ValueError:
            raise InputError(
                f"{where}: expected the number of atoms of frame {frame}, found "
                f"{lines[start].strip()[:60]!r}; does the frame before it have as many atoms as it "
                "says?"
            ) from None
        end = start + 2 + count
        if count < 1 or end > len(lines):
            raise InputError(
                f"{where}: frame {frame} should have {count} atoms, but the file ends at line "
                f"{len(lines)} after {max(len(lines) - start - 2, 0)} of them; it is truncated"
                if count >= 1
                else f"{where}: frame {frame} has {count} atoms"
            )
        yield start + 1, _parse(lines[start:end], f"{path}, frame {frame} (line {start + 1})")
        start, frame = end, frame + 1


def _parse(lines: list[str], where: str) -> Atoms:
    columns = len(lines[2].split())

    def comment_values(comment: str) -> dict[str, Any]:
        values: dict[str, Any] = key_val_str_to_dict(comment)
        counts = str(values.get("Properties", "")).split(":")[2::3]
        if sum(map(int, counts)) > columns:  # ASE would make room for all of them
            raise InputError(f"{where}: Properties names more columns than the {columns} there are")
        return values

    with understood(where, "extended XYZ"):
        frames = read_xyz(io.StringIO("".join(lines)), index=0, properties_parser=comment_values)
        atoms: Atoms = next(iter(frames))
    return atoms


def _known_values(atoms: Atoms) -> dict[str, Any]:
    # ASE moves entries that it knows as results into a calculator.
    results = {} if atoms.calc is None else atoms.calc.results
    return {**atoms.arrays, **atoms.info, **results}


def _present_keys(wanted: Wanted, known: Mapping[str, Any]) -> dict[Quantity, str]:
    return {
        quantity: key
        for quantity, key in wanted.keys.items()
        if quantity not in {"numbers", "positions", "atom_count"}
        and (key in known or quantity in wanted.required)
    }


def _value(known: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in known:
        raise InputError(
            f"{where}: there is no {key!r}.{suggestion(key, known)} The frame has: "
            f"{', '.join(sorted(known))}"
        )
    return known[key]


def _check_label(quantity: Quantity, value: Any, atoms: Atoms, where: str) -> Array:
    expected = {"energy": (), "forces": (len(atoms), 3), "dipole": (3,)}[quantity]
    try:
        label = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{where}: {quantity} is {value!r}, expected numbers") from None
    if label.shape != expected:
        raise InputError(f"{where}: {quantity} has shape {label.shape}, expected {expected}")
    return label


def _molecule(
    atoms: Atoms, found: Mapping[Quantity, Any], wanted: Wanted, where: str
) -> Molecules[Array]:
    atoms.info |= {key: found[key] for key in INFO_KEYS if key in found}  # type: ignore[index]
    name = wanted.molecule_name or str(found.get("name", formula(tuple(atoms.numbers.tolist()))))
    try:
        with understood(where, "a molecule"):
            return molecule_from_atoms(atoms, name)
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(where) else f"{where}: {text}") from error
