"""Training with the upstream codes themselves: SchNetPack and mace-torch, as their users do."""

from pathlib import Path

import ase.io
import numpy as np
import torch
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from validation.training import ARCHITECTURES, Row, Split, errors
from validation.upstream_models import schnetpack_model
from vibench.core.dataset import Dataset, subset
from vibench.core.molecules import Array, iterate
from vibench.core.properties import Properties, select_properties
from vibench.potentials.recipes import MACERecipe
from vibench.train.recipe import TrainRecipe


def train_schnetpack(
    dataset: Dataset, split: Split, architecture: str, recipe: TrainRecipe, folder: Path
) -> Row:
    """Train with SchNetPack's task, data module, moving average and checkpoint callback."""
    import pytorch_lightning as lightning
    import schnetpack as spk

    lightning.seed_everything(recipe.seed, workers=True)
    folder.mkdir(parents=True, exist_ok=True)
    cutoff = ARCHITECTURES[architecture].cutoff_angstrom
    data = _schnetpack_data(dataset, split, recipe, folder, cutoff_angstrom=cutoff)
    task = spk.task.AtomisticTask(
        model=_schnetpack_model(architecture),
        outputs=[
            spk.task.ModelOutput(
                name=name, loss_fn=torch.nn.MSELoss(), loss_weight=weight, metrics={}
            )
            for name, weight in (("energy", recipe.energy_weight), ("forces", recipe.force_weight))
        ],
        optimizer_cls=torch.optim.AdamW,
        optimizer_args={"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay},
    )
    best = folder / "best_model"
    trainer = lightning.Trainer(
        max_epochs=recipe.epochs,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        default_root_dir=str(folder),
        callbacks=[
            spk.train.ModelCheckpoint(
                model_path=str(best), monitor="val_loss", save_top_k=1, dirpath=str(folder)
            ),
            spk.train.ExponentialMovingAverage(decay=recipe.ema_decay),
        ],
    )
    trainer.fit(task, datamodule=data)
    held_out = subset(dataset, split.test)
    calculator = spk.interfaces.SpkCalculator(
        model=str(best),
        neighbor_list=spk.transform.ASENeighborList(cutoff),
        energy_unit="eV",
        position_unit="Ang",
        device="cpu",
    )
    found = _evaluate(held_out, calculator)
    return errors("SchNetPack", architecture, recipe.seed, held_out, found)


def train_mace(
    dataset: Dataset, split: Split, architecture: str, recipe: TrainRecipe, folder: Path
) -> Row:
    """Train with mace-torch's command-line program."""
    from mace.calculators import MACECalculator
    from mace.cli.run_train import run
    from mace.tools import build_default_arg_parser

    folder.mkdir(parents=True, exist_ok=True)
    for name, index in (("train", split.train), ("valid", split.validation)):
        frames = [_labelled(atoms) for atoms in _frames(subset(dataset, index))]
        ase.io.write(folder / f"{name}.xyz", frames, format="extxyz")
    settings = ARCHITECTURES[architecture]
    if isinstance(settings, MACERecipe):
        run(build_default_arg_parser().parse_args(_mace_arguments(settings, recipe, folder)))
    held_out = subset(dataset, split.test)
    calculator = MACECalculator(
        model_paths=str(folder / "ethanol.model"), device="cpu", default_dtype="float32"
    )
    found = _evaluate(held_out, calculator)
    return errors("mace-torch", architecture, recipe.seed, held_out, found)


def _schnetpack_data(
    dataset: Dataset,
    split: Split,
    recipe: TrainRecipe,
    folder: Path,
    *,
    cutoff_angstrom: float,
) -> object:
    import schnetpack as spk

    database = folder / "ethanol.db"
    database.unlink(missing_ok=True)
    stored = spk.data.ASEAtomsData.create(
        str(database),
        distance_unit="Ang",
        property_unit_dict={"energy": "eV", "forces": "eV/Ang"},
    )
    frames = list(_frames(dataset))
    stored.add_systems(
        atoms_list=frames,
        property_list=[
            {"energy": np.array([atoms.get_potential_energy()]), "forces": atoms.get_forces()}
            for atoms in frames
        ],
    )
    parts = {"train_idx": split.train, "val_idx": split.validation, "test_idx": split.test}
    np.savez(folder / "split.npz", **{name: index.tolist() for name, index in parts.items()})
    return spk.data.AtomsDataModule(
        str(database),
        batch_size=recipe.batch_size,
        num_train=len(split.train),
        num_val=len(split.validation),
        num_test=len(split.test),
        split_file=str(folder / "split.npz"),
        distance_unit="Ang",
        property_units={"energy": "eV", "forces": "eV/Ang"},
        transforms=[
            spk.transform.ASENeighborList(cutoff=cutoff_angstrom),
            spk.transform.RemoveOffsets("energy", remove_mean=True, remove_atomrefs=False),
            spk.transform.CastTo32(),
        ],
        num_workers=0,
        pin_memory=False,
    )


def _schnetpack_model(architecture: str) -> object:
    import schnetpack as spk

    model = schnetpack_model(ARCHITECTURES[architecture])
    offsets = [spk.transform.CastTo64(), spk.transform.AddOffsets("energy", add_mean=True)]
    model.postprocessors.extend(offsets)
    return model


def _mace_arguments(architecture: MACERecipe, recipe: TrainRecipe, folder: Path) -> list[str]:
    settings = {
        "name": "ethanol",
        "model": "MACE",
        "train_file": folder / "train.xyz",
        "valid_file": folder / "valid.xyz",
        "energy_key": "REF_energy",
        "forces_key": "REF_forces",
        "E0s": "average",
        "num_channels": architecture.features,
        "max_L": architecture.lmax,
        "max_ell": architecture.edge_lmax,
        "correlation": architecture.correlation,
        "num_interactions": architecture.interactions,
        "r_max": architecture.cutoff_angstrom,
        "batch_size": recipe.batch_size,
        "max_num_epochs": recipe.epochs,
        "lr": recipe.learning_rate,
        "weight_decay": recipe.weight_decay,
        "energy_weight": recipe.energy_weight,
        "forces_weight": recipe.force_weight,
        "ema_decay": recipe.ema_decay,
        "clip_grad": recipe.gradient_clip,
        "scheduler_patience": recipe.plateau_patience,
        "default_dtype": "float32",
        "device": "cpu",
        "seed": recipe.seed,
        "eval_interval": 1,
        "work_dir": folder,
        "error_table": "PerAtomMAE",
    }
    return ["--ema", "--amsgrad", *(f"--{name}={value}" for name, value in settings.items())]


def _frames(dataset: Dataset) -> list[Atoms]:
    frames = []
    for index, molecule in enumerate(iterate(dataset.molecules)):
        labels = select_properties(dataset.properties, dataset.molecules, index)
        atoms = Atoms(molecule.numbers, positions=molecule.positions)
        atoms.calc = SinglePointCalculator(
            atoms, energy=float(np.ravel(labels.energy)[0]), forces=labels.forces
        )
        frames.append(atoms)
    return frames


def _labelled(atoms: Atoms) -> Atoms:
    """Put labels where mace-torch looks for them."""
    copy = atoms.copy()
    copy.info["REF_energy"] = atoms.get_potential_energy()
    copy.arrays["REF_forces"] = atoms.get_forces()
    return copy


def _evaluate(dataset: Dataset, calculator: object) -> Properties[Array]:
    energies, forces = [], []
    for atoms in _frames(dataset):
        atoms.calc = calculator
        energies.append(float(np.ravel(atoms.get_potential_energy())[0]))
        forces.append(atoms.get_forces())
    return Properties(energy=np.array(energies), forces=np.concatenate(forces))
