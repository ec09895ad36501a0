"""Checks that numbers come out right: of GFN2-xTB, of a small network, and of it on a GPU."""

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np

from vibench.core.errors import TaskError
from vibench.core.molecules import Array, Molecules, select, single, with_positions
from vibench.core.protocols import Potential
from vibench.core.weights import Weights
from vibench.pipeline.doctor.finding import Finding, Status
from vibench.pipeline.machine import has_gpu
from vibench.potentials.recipes import PaiNNRecipe
from vibench.testing.tolerances import FLOAT32, FLOAT64

if TYPE_CHECKING:
    from vibench.potentials.learned import LearnedPotential

_WATER_ANGSTROM: Final = ((0.0, 0.0, 0.12), (0.0, 0.78, -0.48), (0.0, -0.76, -0.47))
"""Water, a little out of its minimum."""
_ENERGY_EV: Final = -137.960478
_FORCES_EV_PER_ANGSTROM: Final = (
    (0.0, 0.714478, -0.890288),
    (0.0, -0.699432, 0.717633),
    (0.0, -0.015046, 0.172655),
)
"""GFN2-xTB of tblite 0.8.0 with tight thresholds (accuracy 1e-3)."""
_ENERGY_TOLERANCE_EV, _FORCE_TOLERANCE = 1e-4, 1e-3
"""In eV and eV/Å; the default thresholds of the SCF explain 5e-6 eV/Å."""
_STEP_ANGSTROM: Final = 1e-3
"""Displacement of finite differences."""
_TOLERANCES: Final = {"float64": FLOAT64, "float32": FLOAT32}
_ANOTHER_TBLITE: Final = "pip install --force-reinstall tblite"
_ANOTHER_TORCH: Final = "install another PyTorch (pytorch.org), or take --device cpu"


def check_gfn2() -> Finding:
    """Compare energy and forces of water by GFN2-xTB with stored numbers."""
    from vibench.potentials.adapters.gfn2 import GFN2

    energy, forces = _energy_and_forces(GFN2(), _water())
    energy_error = _largest(energy - _ENERGY_EV)
    force_error = _largest(forces - np.array(_FORCES_EV_PER_ANGSTROM))
    text = f"water differs from stored numbers by {energy_error:.1e} eV, {force_error:.1e} eV/Å"
    # Not the other way round: what is not a number is wrong, too.
    if energy_error <= _ENERGY_TOLERANCE_EV and force_error <= _FORCE_TOLERANCE:
        return Finding("ok", text)
    return Finding("fault", text, _ANOTHER_TBLITE)


def check_network(device: str) -> Finding:
    """Compare forces of a small network on *device* with finite differences of its energy."""
    from vibench.testing.subject import slope

    potential, water = _network("float64", device), _water()
    size = water.positions.size
    many = select(water, np.zeros(size, dtype=np.int64))
    each_coordinate = np.eye(size).reshape(-1, 3)

    def energies(shift: float) -> Array:
        moved = with_positions(many, many.positions + shift * each_coordinate)
        return _energy_and_forces(potential, moved)[0]

    _, forces = _energy_and_forces(potential, water)
    deviation = _largest(forces.reshape(-1) + slope(energies, _STEP_ANGSTROM))
    text = (
        f"on {potential.device.type}, forces of up to {_largest(forces):.2g} eV/Å differ from "
        f"finite differences by {deviation:.1e} eV/Å"
    )
    if deviation <= FLOAT64.gradient_ev_per_angstrom < _largest(forces):
        return Finding("ok", text)
    return Finding("fault", text, _ANOTHER_TORCH)


def check_gpu(device: str) -> Finding:
    """Say whether there is a GPU that PyTorch can use, and whether it computes as the CPU does."""
    import torch

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        there = torch.cuda.is_available()
    if device == "cpu":
        return Finding("info", "not to be used")
    if there:
        return compare_with_cpu("cuda", torch.cuda.get_device_name())
    severe: Status = "fault" if device == "cuda" else "warning"
    if has_gpu():
        reasons = "; ".join(str(one.message) for one in said)
        found = f"a driver is loaded, but PyTorch {torch.__version__} finds no GPU {reasons}"
        advice = "install a PyTorch that fits the driver (pytorch.org), or take --device cpu"
        return Finding(severe, found.strip(), advice)
    if device == "cuda":
        return Finding("fault", "no driver is loaded", "install one, or take --device cpu")
    return Finding("info", "none; networks run on the CPU")


def compare_with_cpu(device: str, name: str) -> Finding:
    """Compare forces of a small network on the *device* called *name* with those on the CPU."""
    parts, agree = [], True
    for dtype, tolerances in _TOLERANCES.items():
        _, here = _energy_and_forces(_network(dtype, "cpu"), _water())
        _, there = _energy_and_forces(_network(dtype, device), _water())
        deviation = _largest(here - there)
        parts.append(f"{deviation:.1e} eV/Å in {dtype}")
        agree &= deviation <= tolerances.forces_ev_per_angstrom
    text = f"{name}: forces differ from those of the CPU by {' and '.join(parts)}"
    return Finding("ok", text) if agree else Finding("fault", text, _ANOTHER_TORCH)


def _energy_and_forces(potential: Potential, molecules: Molecules[Array]) -> tuple[Array, Array]:
    found = potential(molecules)
    if found.energy is None or found.forces is None:
        raise TaskError(f"{potential.name} gives no energy or no forces")
    return found.energy, found.forces


def _largest(values: Array) -> float:
    return float(np.max(np.abs(values)))


def _water() -> Molecules[Array]:
    return single("water", [8, 1, 1], np.array(_WATER_ANGSTROM), [15.999, 1.008, 1.008])


def _network(dtype: str, device: str) -> "LearnedPotential":
    """Return a small PaiNN model as it is before training: random, but with forces."""
    from vibench.potentials.learned import LearnedPotential
    from vibench.potentials.network import build_network
    from vibench.potentials.training_statistics import TrainingStatistics

    recipe, known = PaiNNRecipe(features=16, interactions=2), {1: 0.0, 8: 0.0}
    network = build_network(recipe, seed=0, statistics=TrainingStatistics(tuple(known)))
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays={name: value.numpy() for name, value in network.state_dict().items()},
        reference_energies=known,
        level_of_theory="none",
        training_checksum="none",
    )
    return LearnedPotential(weights, name="network", dtype=dtype, device=device)
