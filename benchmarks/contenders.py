"""What competes: the same model in vibench and in the code that it comes from.

Weights are the other code's initial ones, converted. Energies of both differ by a constant, which
no derivative sees.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import all_changes
from torch import nn

from validation.upstream_models import (
    ELEMENTS,
    MEAN_NEIGHBOURS,
    mace_inputs,
    mace_model,
    schnetpack_inputs,
    schnetpack_model,
    state_of,
)
from vibench.core.molecules import Array, Molecules, concatenate, with_positions
from vibench.core.protocols import Potential
from vibench.core.weights import Weights
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.presets import preset_settings
from vibench.potentials.composite import compose
from vibench.potentials.conversion import mace, schnetpack
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.recipes import (
    AnyArchitecture,
    MACEDipoleRecipe,
    MACERecipe,
    parse_architecture,
)

ARCHITECTURES: Final = ("schnet", "field_schnet", "so3net", "painn", "mace")
MOLECULES: Final = {"methanol": "CO", "ethanol": "CCO", "hexane": "CCCCCC"}
"""Name → SMILES; hexane has 20 atoms."""
_APART_ANGSTROM: Final = 40.0
CASES: Final = ("energy, forces", "energy, forces, dipole")

type Evaluation = Callable[[], Array]
"""Evaluates a batch and returns its forces."""


def distorted(molecule: str, count: int) -> Molecules[Array]:
    """Return *count* copies of a molecule whose atoms are displaced by 0.05 Å at random."""
    one = build_molecule(MoleculeRecipe(name=molecule, smiles=MOLECULES[molecule]))
    batch = concatenate([one] * count)
    moves = np.random.default_rng(0).normal(0, 0.05, batch.positions.shape)
    return with_positions(batch, batch.positions + moves)


def code_of(architecture: str) -> str:
    """Return the name of the code that an architecture comes from."""
    return "mace-torch" if architecture.startswith("mace") else "SchNetPack"


def settings(architecture: str, size: str, *, dipole: bool) -> AnyArchitecture:
    """Return an architecture of the size of a preset; *dipole* where there is a choice."""
    found = preset_settings(size, architecture, "architecture") | {"architecture": architecture}
    if architecture == "mace":
        found["outputs"] = ["energy"]
    elif architecture not in {"mace_dipole", "field_schnet"}:
        found["outputs"] = ["energy", "dipole"] if dipole else ["energy"]
    return parse_architecture(found)


class Pair:
    """One model in both codes.

    Parameters
    ----------
    recipe
        Architecture and size.
    dtype
        Precision of both.
    seed
        Of the weights.
    """

    def __init__(self, recipe: AnyArchitecture, *, dtype: torch.dtype, seed: int = 0) -> None:
        self.recipe, self.dtype = recipe, dtype
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.upstream = _upstream_model(recipe).to(dtype).eval()

    def native(self) -> LearnedPotential:
        """Return vibench's potential."""
        name = str(self.dtype).removeprefix("torch.")
        weights = Weights(
            architecture=self.recipe.model_dump(mode="json"),
            arrays=_native_arrays(self.upstream, self.recipe),
            reference_energies=dict.fromkeys(ELEMENTS, 0.0),
            level_of_theory="initial weights",
            training_checksum="",
        )
        return LearnedPotential(weights, name="vibench", dtype=name, device="cpu")

    def evaluation(
        self, molecules: Molecules[Array], *, training: bool = False
    ) -> Callable[[], dict[str, torch.Tensor]]:
        """Return a call of the other code's model, pairs and tensors at hand."""
        cutoff = self.recipe.cutoff_angstrom
        if isinstance(self.recipe, MACERecipe | MACEDipoleRecipe):
            self.upstream.requires_grad_(requires_grad=training)
            data = mace_inputs(molecules, cutoff_angstrom=cutoff, dtype=self.dtype)
            force = {"compute_force": True} if isinstance(self.recipe, MACERecipe) else {}
            return lambda: self.upstream(dict(data), training=training, **force)
        inputs = schnetpack_inputs(molecules, cutoff_angstrom=cutoff, dtype=self.dtype)
        return lambda: self.upstream(dict(inputs))

    @property
    def known_to_symmetrix(self) -> bool:
        """Whether symmetrix-xl can evaluate the model."""
        recipe = self.recipe
        return isinstance(recipe, MACERecipe) and (
            recipe.interactions,
            recipe.edge_lmax,
            recipe.correlation,
        ) == (2, 3, 3)

    def symmetrix(self, molecules: Molecules[Array]) -> Evaluation:
        """Return a call of symmetrix-xl, which treats the molecules as one, far apart.

        Of its ways this is the fastest of those that need no compiler. The time includes the pairs,
        which it finds anew.
        """
        from symmetrix import Symmetrix

        with tempfile.TemporaryDirectory() as folder:
            torch.save(self.upstream, Path(folder) / "model")
            calculator = Symmetrix(
                Path(folder) / "model",
                dtype=str(self.dtype).removeprefix("torch."),
                streamed_edges="materialized",
            )
        side = int(np.ceil(len(molecules) ** (1 / 3)))
        places = np.indices((side, side, side)).reshape(3, -1).T[molecules.molecule_index]
        atoms = Atoms(
            molecules.numbers,
            molecules.positions + _APART_ANGSTROM * places,
            cell=np.eye(3) * _APART_ANGSTROM * side,
        )

        def evaluate() -> Array:
            calculator.calculate(atoms, ["forces"], all_changes)
            forces: Array = calculator.results["forces"]
            return forces

        return evaluate

    def calculator(self) -> Any:
        """Return the other code's calculator for ASE."""
        kind = str(self.dtype).removeprefix("torch.")
        if isinstance(self.recipe, MACERecipe | MACEDipoleRecipe):
            from mace.calculators import MACECalculator

            energies = isinstance(self.recipe, MACERecipe)
            return MACECalculator(
                models=[self.upstream],
                device="cpu",
                default_dtype=kind,
                model_type="MACE" if energies else "DipoleMACE",
            )
        import schnetpack as spk

        return spk.interfaces.SpkCalculator(
            model=self.upstream,
            neighbor_list=spk.transform.ASENeighborList(self.recipe.cutoff_angstrom),
            energy_unit="eV",
            position_unit="Ang",
            dtype=self.dtype,
        )


def contenders(
    architecture: str, case: str, molecules: Molecules[Array], *, size: str, dtype: torch.dtype
) -> dict[str, Evaluation]:
    """Return code → its evaluation of the molecules, with equal weights."""
    dipole = case == "energy, forces, dipole"
    pairs = [Pair(settings(architecture, size, dipole=dipole), dtype=dtype)]
    if architecture == "mace" and dipole:
        pairs.append(Pair(settings("mace_dipole", size, dipole=True), dtype=dtype))
    natives = [pair.native() for pair in pairs]
    potential: Potential = natives[0]
    if len(natives) == 2:
        potential = compose(*natives, name="vibench")
    evaluations = [pair.evaluation(molecules) for pair in pairs]

    def upstream() -> Array:
        found = [evaluation() for evaluation in evaluations]
        return np.asarray(found[0]["forces"].detach())

    found: dict[str, Evaluation] = {
        "vibench": lambda: potential(with_positions(molecules, molecules.positions)).forces,
        code_of(architecture): upstream,
    }
    if not dipole and pairs[0].known_to_symmetrix:
        found["symmetrix-xl"] = pairs[0].symmetrix(molecules)
    return found


def _upstream_model(recipe: AnyArchitecture) -> nn.Module:
    if isinstance(recipe, MACERecipe | MACEDipoleRecipe):
        return mace_model(recipe)
    return schnetpack_model(recipe, responses=("forces", "dipole_moment"))


def _native_arrays(model: nn.Module, recipe: AnyArchitecture) -> dict[str, Any]:
    if isinstance(recipe, MACERecipe | MACEDipoleRecipe):
        return mace.native_arrays(state_of(model), recipe, mean_neighbours=MEAN_NEIGHBOURS)
    gated = recipe.architecture != "field_schnet" and "dipole" in recipe.outputs
    return schnetpack.native_arrays(state_of(model), recipe, dipole_module=2 if gated else None)
