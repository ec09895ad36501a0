"""Import of foreign files: which arrays they hold, in which units; nothing is guessed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.files import sha256
from vibench.core.guarded import in_child
from vibench.core.molecules import with_positions
from vibench.core.properties import Properties
from vibench.core.units import DIPOLE_UNITS, ENERGY_UNITS, FORCE_UNITS, LENGTH_UNITS
from vibench.data.completeness import incomplete_frames, lost_frames, with_gaps, without
from vibench.data.extended_xyz import read_extended_xyz
from vibench.data.npz import read_npz
from vibench.data.paths import data_sources
from vibench.data.raw import LABELS, RawData, Wanted
from vibench.data.recipes import ImportRecipe, Preset, Quantity

PRESETS: Mapping[Preset, Mapping[Quantity, str]] = MappingProxyType(
    {
        "md17": {"numbers": "z", "positions": "R", "energy": "E", "forces": "F"},
        "kernn": {
            "numbers": "Z",
            "positions": "R",
            "atom_count": "N",
            "charge": "Q",
            "energy": "E",
            "forces": "F",
            "dipole": "D",
        },
        "ase": {
            "energy": "energy",
            "forces": "forces",
            "dipole": "dipole",
            "charge": "charge",
            "unpaired_electrons": "unpaired_electrons",
            "trajectory": "trajectory",
            "name": "name",
        },
    }
)
"""Names of the arrays in files of well-known kinds. A preset names keys only, never units."""


def import_dataset(recipe: ImportRecipe) -> Dataset:
    """Read the file that *recipe* describes, in vibench's units.

    Raises
    ------
    InputError
        Naming file and key, line or frame: if the file is missing, truncated or unreadable, a key
        is not there or has a wrong shape, a unit is not declared, or a label is not finite.
    """
    recipe = recipe.placed(data_sources(recipe.sources()))
    path = Path(recipe.path)
    if recipe.preset is None and not recipe.keys:
        raise InputError(
            f"{path.name}: neither preset nor keys say what the file's arrays are; choose a preset "
            f'({", ".join(PRESETS)}) or give keys, e.g. keys = {{energy = "E", forces = "F"}}'
        )
    preset = PRESETS[recipe.preset] if recipe.preset else {}
    files = {quantity: Path(file) for quantity, file in recipe.arrays.items()}
    if files and recipe.format != "npz":
        raise InputError(f"{path.name}: arrays go with the format npz, not {recipe.format}")
    keys = {name: key for name, key in {**preset, **recipe.keys}.items() if name not in files}
    wanted = Wanted(keys, frozenset(recipe.keys) - files.keys(), recipe.molecule_name, files)
    if recipe.format == "npz":
        raw = in_child(read_npz, path, wanted)
    else:
        raw = read_extended_xyz(path, wanted)
    if not raw.labels:
        raise InputError(f"{path.name}: found none of {', '.join(LABELS)} under the keys given")
    factors = _factors(recipe, wanted, raw, path.name)
    count = len(raw.molecules)
    if recipe.structures not in (None, count):
        raise InputError(
            f"{path.name} holds {count} structures, but structures = {recipe.structures} is "
            "declared for it; correct the number, or find the right file"
        )
    trajectory = np.zeros(count, np.int64) if recipe.frames == "ordered" else np.arange(count)
    dataset = Dataset(
        molecules=with_positions(raw.molecules, raw.molecules.positions * factors["positions"]),
        properties=Properties(
            **{str(name): value * factors[name] for name, value in raw.labels.items()}  # type: ignore[arg-type]
        ),
        level_of_theory=recipe.level_of_theory,
        trajectory_index=trajectory if raw.trajectory is None else raw.trajectory,
        provenance={
            "file": path.name,
            "sha256": sha256(path),
            "energy reference": recipe.energy_reference,
        }
        | {f"sha256 of {quantity}": sha256(file) for quantity, file in files.items()},
    )
    return _complete(dataset, path.name, recipe.incomplete)


def _factors(
    recipe: ImportRecipe, wanted: Wanted, raw: RawData, file: str
) -> dict[Quantity, float]:
    units: dict[Quantity, tuple[str, str | None, Mapping[str, float]]] = {
        "positions": ("length_unit", recipe.length_unit, LENGTH_UNITS),
        "energy": ("energy_unit", recipe.energy_unit, ENERGY_UNITS),
        "forces": ("force_unit", recipe.force_unit, FORCE_UNITS),
        "dipole": ("dipole_unit", recipe.dipole_unit, DIPOLE_UNITS),
    }
    factors: dict[Quantity, float] = {}
    for quantity in ("positions", *raw.labels):
        setting, unit, choices = units[quantity]
        if unit is None:
            key = wanted.keys.get(quantity, quantity if quantity in wanted.files else "pos")
            raise InputError(
                f"{file}: key {key!r} holds {quantity}, but {setting} is not declared and the file "
                f"does not tell; set {setting} to one of {', '.join(choices)}"
            )
        factors[quantity] = choices[unit]
    if recipe.forces_are_gradients and "forces" in factors:
        factors["forces"] *= -1
    return factors


def _complete(dataset: Dataset, file: str, rule: Literal["refuse", "drop", "keep"]) -> Dataset:
    """Return the frames without gaps, or all of them if gaps in labels may be kept."""
    gaps = incomplete_frames(dataset)
    if not gaps or (rule == "keep" and "positions" not in gaps):
        return with_gaps(dataset)
    lost = lost_frames(dataset)
    listing = "; ".join(
        f"{name} in frame {', '.join(map(str, rows[:5]))}{', …' if len(rows) > 5 else ''}"
        for name, rows in gaps.items()
    )
    found = f"{file}: not a finite number: {listing} ({len(lost)} of {len(dataset)} frames)"
    if rule != "drop":
        raise InputError(
            f'{found}; correct them, or set incomplete = "drop" to leave these frames out, or '
            '"keep" to use the labels that they have'
        )
    if len(lost) == len(dataset):
        raise InputError(f"{found}; no frame is left")
    kept = without(dataset, lost)
    return replace(kept, provenance={**kept.provenance, "frames left out": str(len(lost))})
