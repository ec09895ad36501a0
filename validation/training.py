"""The same training in vibench and in the codes that the architectures come from.

``uv run --group upstream python -m validation.training DATA.npz --architecture schnet``

DATA.npz holds ethanol of MD17 (keys atomic_numbers, positions, energy, forces; kcal/mol and Å).
Both sides get the same structures to learn from, to stop by and to judge by, the same architecture,
loss, optimiser, batches and number of epochs; only the code, the initial weights and the order of
the structures differ, and these by seed. Errors are those of the kept model on structures that
neither side has seen.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from vibench.core.dataset import Dataset, subset
from vibench.core.molecules import Array
from vibench.core.properties import Properties
from vibench.core.protocols import Silent
from vibench.data.importing import import_dataset
from vibench.data.recipes import ImportRecipe
from vibench.evaluate.prediction import predict_in_batches
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.recipes import AnyArchitecture, MACERecipe, PaiNNRecipe, SchNetRecipe
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Split:
    """Structures to learn from, to stop by and to judge by."""

    train: Array
    validation: Array
    test: Array


@dataclass(frozen=True, slots=True)
class Row:
    """Errors of one trained model."""

    code: str
    architecture: str
    seed: int
    energy_mae_mev: float
    force_mae_mev_per_angstrom: float


ARCHITECTURES: dict[str, AnyArchitecture] = {
    "schnet": SchNetRecipe(features=32, interactions=3, outputs=("energy",)),
    "painn": PaiNNRecipe(features=32, interactions=2, outputs=("energy",)),
    "mace": MACERecipe(
        features=16, interactions=2, lmax=1, edge_lmax=2, correlation=2, outputs=("energy",)
    ),
}


def protocol(architecture: str, epochs: int, seed: int) -> TrainRecipe:
    """Return the training that both codes follow: that of the architecture's own code."""
    common = {"epochs": epochs, "seed": seed, "plateau_patience": 10_000}
    if architecture == "mace":
        weights = {"energy_weight": 1.0, "force_weight": 100.0, "dipole_weight": 0.0}
        return TrainRecipe(
            **common,
            **weights,
            per_atom=True,
            batch_size=10,
            learning_rate=0.01,
            amsgrad=True,
            ema_decay=0.99,
            gradient_clip=10.0,
        )
    return TrainRecipe(
        **common,
        energy_weight=0.01,
        force_weight=0.99,
        dipole_weight=0.0,
        batch_size=10,
        learning_rate=1e-3,
        ema_decay=0.995,
        gradient_clip=0.0,
    )


def read_ethanol(path: Path) -> Dataset:
    """Read energies (eV) and forces (eV/Å) of an MD17 file."""
    return import_dataset(
        ImportRecipe(
            path=str(path),
            format="npz",
            keys={
                "numbers": "atomic_numbers",
                "positions": "positions",
                "energy": "energy",
                "forces": "forces",
            },
            length_unit="angstrom",
            energy_unit="kcal/mol",
            force_unit="kcal/mol/angstrom",
            level_of_theory="PBE+vdW-TS",
            molecule_name="ethanol",
        )
    )


def train_here(dataset: Dataset, split: Split, architecture: str, recipe: TrainRecipe) -> Row:
    """Train with vibench."""
    trainer = Trainer(
        dataset,
        split.train,
        split.validation,
        architecture=ARCHITECTURES[architecture],
        recipe=recipe,
        device="cpu",
    )
    trained = trainer.run(_Nowhere(), Silent())
    potential = LearnedPotential(trained.weights, name=architecture, device="cpu")
    held_out = subset(dataset, split.test)
    found = predict_in_batches(potential, held_out.molecules, Silent())
    return errors("vibench", architecture, recipe.seed, held_out, found)


def errors(
    code: str, architecture: str, seed: int, held_out: Dataset, found: Properties[Array]
) -> Row:
    """Return mean absolute errors of predictions for *held_out* structures."""
    energy, forces = (
        np.abs(getattr(found, name) - getattr(held_out.properties, name)).mean()
        for name in ("energy", "forces")
    )
    return Row(
        code=code,
        architecture=architecture,
        seed=seed,
        energy_mae_mev=1e3 * float(energy),
        force_mae_mev_per_angstrom=1e3 * float(forces),
    )


def compare(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return mean errors of both codes over seeds, and the 95 % interval of their ratio.

    The interval is that of the difference of mean logarithms (Welch's t).
    """
    found: list[dict[str, object]] = []
    for name in ("energy_mae_mev", "force_mae_mev_per_angstrom"):
        here = np.log([getattr(row, name) for row in rows if row.code == "vibench"])
        there = np.log([getattr(row, name) for row in rows if row.code != "vibench"])
        test = stats.ttest_ind(here, there, equal_var=False)
        low, high = np.exp(test.confidence_interval())
        found.append(
            {
                "architecture": rows[0].architecture,
                "quantity": name,
                "vibench": float(np.exp(here.mean())),
                "upstream": float(np.exp(there.mean())),
                "ratio": float(np.exp(here.mean() - there.mean())),
                "low": float(low),
                "high": float(high),
                "p": float(test.pvalue),
                "seeds": len(here),
            }
        )
    return found


class _Nowhere:
    """A checkpoint that is not kept."""

    def load(self) -> bytes | None:
        return None

    def save(self, content: bytes) -> None:
        pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Train with both codes, print the comparison and write it to a file."""
    parser = argparse.ArgumentParser(prog="python -m validation.training", description=__doc__)
    parser.add_argument("data", type=Path, help="MD17 file with ethanol")
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="schnet")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--structures", type=int, nargs=3, default=(400, 100, 1000))
    parser.add_argument(
        "--output", type=Path, default=Path("training"), help="for checkpoints and errors"
    )
    given = parser.parse_args(arguments)
    from validation.upstream_training import train_mace, train_schnetpack

    dataset = read_ethanol(given.data)
    order = np.random.default_rng(0).permutation(len(dataset))
    split = Split(*np.split(order, np.cumsum(given.structures))[:3])
    upstream: Callable[..., Row] = train_mace if given.architecture == "mace" else train_schnetpack
    rows = []
    for seed in range(given.seeds):
        recipe = protocol(given.architecture, given.epochs, seed)
        rows.append(train_here(dataset, split, given.architecture, recipe))
        folder = given.output / f"{given.architecture}-{seed}"
        rows.append(upstream(dataset, split, given.architecture, recipe, folder))
        sys.stderr.write(f"{rows[-2]}\n{rows[-1]}\n")
    result = {"rows": [asdict(row) for row in rows], "comparison": compare(rows)}
    path = given.output / f"{given.architecture}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"{line}\n" for line in result["comparison"]))


if __name__ == "__main__":
    main()
