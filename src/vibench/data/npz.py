"""Reader of NumPy archives with one array per quantity, such as those of MD17 and KerNN."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ase.data import atomic_masses

from vibench.core.errors import InputError, suggestion
from vibench.core.molecules import Array, Molecules
from vibench.data.raw import LABELS, RawData, Wanted, formula
from vibench.data.recipes import Quantity

HEAVIEST = len(atomic_masses) - 1


def read_npz(path: Path, wanted: Wanted) -> RawData:
    """Read labelled structures from a ``.npz`` file.

    Shapes, with atoms counted up to the largest molecule and padded beyond smaller ones by
    atomic number 0: numbers (frames, atoms) or (atoms,); positions and forces (frames, atoms, 3);
    energy (frames,) or (frames, 1); dipole (frames, 3); all others (frames,) or a single value.

    Raises
    ------
    InputError
        Naming file and key: unreadable file, missing key, wrong shape or type, odd numbers.
    """
    arrays = _load(path, wanted)
    where = {quantity: f"{path.name}: key {wanted.keys[quantity]!r}" for quantity in arrays}
    for quantity, file in wanted.files.items():
        arrays[quantity] = _load_array(file)
        where[quantity] = f"{file.name}: its array"
    for quantity, array in arrays.items():
        _check_kind(array, quantity, where[quantity])
    positions = arrays["positions"]
    if positions.ndim != 3 or positions.shape[2] != 3:
        raise InputError(
            f"{where['positions']} has shape {positions.shape}, expected (frames, atoms, 3)"
        )
    numbers = _numbers(arrays["numbers"], positions.shape[:2], where["numbers"])
    real = numbers > 0
    _check_counts(arrays.get("atom_count"), real, where)
    labels: dict[Quantity, Array] = {}
    for quantity in LABELS:
        if quantity in arrays:
            value = _label(arrays[quantity], quantity, positions.shape, where[quantity])
            labels[quantity] = value[real] if quantity == "forces" else value
    molecules = _molecules(arrays, numbers, real, wanted, where)
    trajectory = None
    if "trajectory" in arrays:
        trajectory = _per_frame(arrays["trajectory"], len(positions), where["trajectory"])
        trajectory = trajectory.astype(np.int64)
    return RawData(molecules, labels, trajectory)


def _load(path: Path, wanted: Wanted) -> dict[Quantity, Array]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            present = list(archive.files)
            _check_keys(path, wanted, present)
            return {
                quantity: archive[key] for quantity, key in wanted.keys.items() if key in present
            }
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise InputError(
            f"{path}: cannot be read as a NumPy archive; it may be truncated or of another format "
            f"({error})"
        ) from error
    except Exception as error:  # headers of arrays are Python literals, read by NumPy
        raise InputError(
            f"{path}: not a NumPy archive of plain arrays ({error}); save numbers with np.savez, "
            "without Python objects"
        ) from error


def _check_kind(array: Array, quantity: Quantity, where: str) -> None:
    kinds = "US" if quantity == "name" else "biuf"
    if not isinstance(array, np.ndarray) or array.dtype.kind not in kinds:
        found = array.dtype if isinstance(array, np.ndarray) else "no array"
        raise InputError(
            f"{where} holds {found}, expected {'texts' if quantity == 'name' else 'numbers'}"
        )


def _load_array(path: Path) -> Array:
    try:
        array: Array = np.load(path, allow_pickle=False)
    except Exception as error:  # as above
        raise InputError(
            f"{path}: cannot be read as one NumPy array ({error}); save it with np.save"
        ) from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path}: an archive of arrays, expected one array (np.save)")
    return array


def _check_keys(path: Path, wanted: Wanted, present: list[str]) -> None:
    listing = f"the file has: {', '.join(present)}"
    needed = frozenset[Quantity]({"numbers", "positions"}) - wanted.files.keys()
    for quantity in sorted(needed):
        if quantity not in wanted.keys:
            raise InputError(f"{path.name}: no key is given for {quantity}; {listing}")
    for quantity in sorted(wanted.required | needed):
        key = wanted.keys[quantity]
        if key not in present:
            raise InputError(
                f"{path.name}: there is no key {key!r} for {quantity}.{suggestion(key, present)} "
                f"{listing[0].upper()}{listing[1:]}"
            )


def _numbers(numbers: Array, shape: tuple[int, ...], where: str) -> Array:
    if numbers.shape not in {shape, shape[1:]}:
        raise InputError(
            f"{where} has shape {numbers.shape}, expected {shape} or {shape[1:]} to go with the "
            "positions"
        )
    whole = np.asarray(numbers, dtype=np.int64) if numbers.dtype.kind in "iuf" else None
    if whole is None or np.any(whole != numbers) or np.any((whole < 0) | (whole > HEAVIEST)):
        raise InputError(
            f"{where} does not hold atomic numbers (whole, 0 for padding, at most {HEAVIEST})"
        )
    return np.broadcast_to(whole, shape)


def _check_counts(atom_count: Array | None, real: Array, where: Mapping[Quantity, str]) -> None:
    counts = real.sum(axis=1)
    if not counts.all():
        raise InputError(f"{where['numbers']}: frame {int(np.argmin(counts))} has no atoms")
    if atom_count is None:
        return
    declared = _per_frame(atom_count, len(counts), where["atom_count"])
    wrong = np.flatnonzero(declared != counts)
    if wrong.size:
        frame = wrong[0]
        raise InputError(
            f"{where['atom_count']} says that frame {frame} has {declared[frame]:g} atoms, but "
            f"{counts[frame]} of its atomic numbers are not zero"
        )


def _label(value: Array, quantity: Quantity, shape: tuple[int, ...], where: str) -> Array:
    expected = {"energy": shape[:1], "forces": shape, "dipole": (shape[0], 3)}[quantity]
    # A column vector, or a dipole with an axis for its single "state", is as clear as without.
    if (
        value.size != np.prod(expected)
        or value.squeeze().shape != np.empty(expected).squeeze().shape
    ):
        raise InputError(f"{where} has shape {value.shape}, expected {expected} for {quantity}")
    return value.reshape(expected).astype(np.float64)


def _per_frame(value: Array, frames: int, where: str) -> Array:
    if value.size not in {1, frames}:
        raise InputError(f"{where} has shape {value.shape}, expected ({frames},)")
    return np.broadcast_to(value.ravel(), (frames,))


def _molecules(
    arrays: Mapping[Quantity, Array],
    numbers: Array,
    real: Array,
    wanted: Wanted,
    where: Mapping[Quantity, str],
) -> Molecules[Array]:
    frames = len(numbers)
    charge = np.zeros(frames)
    if "charge" in arrays:
        charge = _per_frame(arrays["charge"], frames, where["charge"]).astype(np.float64)
    if "unpaired_electrons" in arrays:
        unpaired = _per_frame(arrays["unpaired_electrons"], frames, where["unpaired_electrons"])
    else:
        unpaired = np.rint(numbers.sum(axis=1) - charge).astype(np.int64) % 2
    if wanted.molecule_name is not None:
        names = (wanted.molecule_name,) * frames
    elif "name" in arrays:
        names = tuple(map(str, _per_frame(arrays["name"], frames, where["name"])))
    else:
        names = tuple(formula(tuple(row[row > 0].tolist())) for row in numbers)
    return Molecules(
        numbers=numbers[real],
        positions=arrays["positions"][real].astype(np.float64),
        masses=atomic_masses[numbers[real]],
        molecule_index=np.nonzero(real)[0],
        charge=charge,
        unpaired_electrons=unpaired.astype(np.int64),
        names=names,
    )
