"""Weights ⇄ safetensors: parameters and a JSON header; reading never executes code."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from vibench.core.errors import InputError
from vibench.core.files import replacing
from vibench.core.molecules import Array
from vibench.core.reading import parse_object, parse_own_json, understood
from vibench.core.record import SCHEMA
from vibench.core.weights import Weights

_UNITS = {"energy": "eV", "length": "angstrom", "forces": "eV/angstrom", "dipole": "e*angstrom"}

_LAST_ELEMENT = 118
_FACTS = ("architecture", "level_of_theory", "training_checksum", "charged")


def write_weights(path: Path, weights: Weights) -> None:
    """Write a model to *path* with all that is needed to use it in the header."""
    header = {
        "schema": SCHEMA,
        "architecture": dict(weights.architecture),
        "elements": sorted(weights.reference_energies),
        "reference_energies_ev": {str(z): e for z, e in weights.reference_energies.items()},
        "units": _UNITS,
        "level_of_theory": weights.level_of_theory,
        "training_checksum": weights.training_checksum,
        "charged": weights.charged,
    }
    with replacing(path) as temporary:
        save_file(dict(weights.arrays), temporary, metadata={"vibench": json.dumps(header)})


def read_weights(path: Path) -> Weights:
    """Read a model.

    Raises
    ------
    InputError
        If the file is missing, is not a safetensors file of vibench, or another version wrote it.
    """
    if not path.is_file():
        raise InputError(f"no model file at {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} is not a safetensors file: {error}") from error
    if "vibench" not in metadata:
        raise InputError(f"{path} has no vibench header: it was not written by 'vibench train'")
    header = parse_own_json(metadata["vibench"], f"{path}, header")
    if header.get("units") != _UNITS:
        raise InputError(f"{path} has units {header.get('units')!r:.200}, expected {_UNITS}")
    with understood(f"{path}, header", "what vibench writes about a model"):
        energies = {int(z): float(e) for z, e in header["reference_energies_ev"].items()}
        facts = {name: header[name] for name in _FACTS}
    _check_numbers(path, arrays, energies)
    content = {**facts, "arrays": arrays, "reference_energies": energies}
    return parse_object(Weights, content, f"{path}, header")


def _check_numbers(path: Path, arrays: Mapping[str, Array], energies: Mapping[int, float]) -> None:
    """Refuse a model that can predict nothing."""
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise InputError(f"{path}: {name} holds what is not a finite number: it is damaged")
    for number, energy in energies.items():
        if not (1 <= number <= _LAST_ELEMENT and math.isfinite(energy)):
            raise InputError(
                f"{path}, header: reference energy {energy!r} of the element {number}, expected a "
                f"finite number and an atomic number of 1 to {_LAST_ELEMENT}"
            )
