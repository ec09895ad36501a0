"""Import of trained models of SchNetPack and mace-torch as safe weights files."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import load_file

from vibench.core.errors import InputError, TaskError
from vibench.core.files import sha256
from vibench.core.molecules import Array
from vibench.core.units import DIPOLE_UNITS, ENERGY_UNITS
from vibench.core.weights import Weights
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe, parse_architecture

LIMIT: Final = 1e-10
"""Largest relative deviation of an imported model."""
SINGLE_LIMIT: Final = 1e-5
"""The same of MACE models that were made in single precision: their code rounds constants."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A converted model, and how far its predictions are from those of its own code."""

    weights: Weights
    deviations: Mapping[str, float]
    """Property → largest deviation on probe molecules, relative to the largest value."""


def import_model(
    recipe: SchNetPackRecipe | MACECalculatorRecipe, *, trust: bool, level_of_theory: str
) -> Imported:
    """Convert a trained model and compare it with its own code.

    Parameters
    ----------
    recipe
        The file and the units of the model.
    trust
        Permit to unpickle the file, which executes what it says, in a process of its own.
    level_of_theory
        Method of the labels that the model was trained on.

    Raises
    ------
    InputError
        If the file cannot be read or something about the model has no counterpart in vibench.
    TaskError
        If the converted model does not predict what the original predicts.
    """
    path = Path(recipe.path).expanduser()
    if not path.is_file():
        raise InputError(f"no model file at {path}")
    if not trust:
        raise InputError(
            f"{path} is a pickle, which can execute any code when it is opened. If you trust where "
            "it comes from, allow it with --trust"
        )
    if recipe.length_unit != "angstrom":
        raise InputError(
            f"lengths of the model are in {recipe.length_unit}, only models in angstrom can be "
            f"converted; it can be used as it is: {recipe.kind}:{path}"
        )
    with tempfile.TemporaryDirectory() as folder:
        _read_apart(recipe, path, Path(folder))
        return _convert(recipe, path, Path(folder), level_of_theory)


def _read_apart(recipe: SchNetPackRecipe | MACECalculatorRecipe, path: Path, folder: Path) -> None:
    from vibench.potentials.adapters.checkpoints import FAILED

    settings = recipe.model_copy(update={"dtype": "float64"}).model_dump_json(exclude={"path"})
    module = "vibench.potentials.adapters.checkpoints"
    command = [sys.executable, "-m", module, recipe.kind, settings, str(path), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # ourselves
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        known = done.returncode == FAILED
        raise InputError(last if known else f"{path}: cannot be read as a model: {last}")


def _convert(
    recipe: SchNetPackRecipe | MACECalculatorRecipe, path: Path, folder: Path, level: str
) -> Imported:
    from vibench.potentials.adapters.checkpoints import DESCRIPTION, PROBE, STATE

    about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    state, expected = load_file(folder / STATE), load_file(folder / PROBE)
    energy, dipole = ENERGY_UNITS[recipe.energy_unit], DIPOLE_UNITS[recipe.dipole_unit]
    if about["charged"] and dipole != 1.0:
        raise InputError(
            f"dipoles of the model are in {recipe.dipole_unit} and it takes charges, which are in "
            f"e: the two do not fit; give --dipole-unit e*angstrom, or import it for neutral "
            "molecules only"
        )
    if recipe.kind == "schnetpack":
        arrays, energies = _from_schnetpack(about, state, energy, dipole)
    else:
        arrays, energies = _from_mace(about, state, energy, dipole)
    weights = Weights(
        architecture=parse_architecture(about["architecture"]).model_dump(mode="json"),
        arrays=arrays,
        reference_energies=energies,
        level_of_theory=level,
        training_checksum=f"imported from a file with SHA-256 {sha256(path)}",
        charged=about["charged"],
    )
    single = recipe.kind == "mace" and not _is_double(state)
    return Imported(weights, _verified(weights, about, expected, SINGLE_LIMIT if single else LIMIT))


def _from_schnetpack(
    about: dict[str, Any], state: dict[str, Array], energy: float, dipole: float
) -> tuple[dict[str, Array], dict[int, float]]:
    from vibench.potentials.conversion.schnetpack import native_arrays

    recipe: Any = parse_architecture(about["architecture"])
    places = {name: about[name] for name in ("energy_module", "dipole_module")}
    arrays = native_arrays(state, recipe, **places)
    scale = energy * about["energy_scale"]
    for name in ("energy.network.1.weight", "energy.network.1.bias"):
        if name in arrays:
            arrays[name] = scale * arrays[name]
    last = (
        "dipole.network.1" if recipe.architecture == "schnet" else "dipole.second.scalar_network.1"
    )
    for name in (f"{last}.weight", f"{last}.bias"):
        if name in arrays:
            arrays[name] = dipole * arrays[name]
    for name in arrays:  # of FieldSchNet: the field in units of energy per dipole
        if name.endswith(".field.weight"):
            arrays[name] = dipole / energy * arrays[name]
    return arrays, _energies(about["reference_energies"], energy)


def _from_mace(
    about: dict[str, Any], state: dict[str, Array], energy: float, dipole: float
) -> tuple[dict[str, Array], dict[int, float]]:
    from vibench.potentials.conversion.mace import native_arrays, reference_energies

    recipe = parse_architecture(about["architecture"])
    if not isinstance(recipe, MACERecipe | MACEDipoleRecipe):
        raise InputError(f"{recipe.architecture} is no architecture of mace-torch")
    arrays = native_arrays(state, recipe, mean_neighbours=about["mean_neighbours"])
    energies = dict.fromkeys(about["elements"], 0.0)
    outputs = ("dipole",) if isinstance(recipe, MACEDipoleRecipe) else recipe.outputs
    if "energy" in outputs:
        arrays["energy_scale"] = np.asarray(energy * arrays["energy_scale"])
        energies = _energies(reference_energies(state), energy)
    if "dipole" in outputs:
        row = outputs.index("dipole")
        for name, array in arrays.items():
            if name.startswith("readouts.") and name.endswith(".weight"):
                scaled = array.copy()
                scaled[row] *= dipole
                arrays[name] = scaled
    return arrays, energies


def _energies(found: Mapping[Any, float], unit: float) -> dict[int, float]:
    return {int(z): unit * float(value) for z, value in found.items()}


def _is_double(state: Mapping[str, Array]) -> bool:
    """Tell whether constants of a MACE model have more digits than single precision holds."""
    table = state["radial_embedding.bessel_fn.bessel_weights"]
    return not np.array_equal(table, table.astype(np.float32).astype(np.float64))


def _verified(
    weights: Weights, about: dict[str, Any], expected: Mapping[str, Array], limit: float
) -> dict[str, float]:
    """Return the deviations of the converted model from the original on probe molecules."""
    from vibench.potentials.adapters.checkpoints import probe_molecules
    from vibench.potentials.learned import LearnedPotential, reference_energy

    potential = LearnedPotential(weights, name="imported model", dtype="float64", device="cpu")
    charge = 1.0 if about["charged"] else 0.0
    molecules = probe_molecules(about["elements"], charge=charge)
    found, deviations = potential(molecules), {}
    for name, value in expected.items():
        error = np.abs(getattr(found, name) - value).max()
        # Energies of atoms are so large that errors of the network would be nothing beside them.
        atoms = reference_energy(molecules, weights) if name == "energy" else 0.0
        deviations[name] = float(error / max(np.abs(value - atoms).max(), 1e-12))
    if not all(value <= limit for value in deviations.values()):
        text = ", ".join(f"{name} {value:.1e}" for name, value in deviations.items())
        raise TaskError(
            f"the converted model deviates from the original ({text}; allowed {limit:g}): it was "
            "not written. Units that are not those of the model cannot be the cause; please report"
        )
    return deviations
