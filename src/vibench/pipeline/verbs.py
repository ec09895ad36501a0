"""Tasks of single verbs: what a user runs without a study."""

from pathlib import Path

from vibench.core.errors import InputError
from vibench.core.recipe import Recipe
from vibench.data.paths import data_sources
from vibench.data.recipes import ImportRecipe, LabelRecipe, MoleculeRecipe, SplitRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.parsing import parse
from vibench.pipeline.potentials import potential_name, promised_outputs, start_files
from vibench.pipeline.short_forms import read_potential, read_toml
from vibench.pipeline.stages import recipes
from vibench.pipeline.study import ModelRecipe
from vibench.pipeline.tasks import Resources, Task, make_task, task_name
from vibench.potentials.requirements import require_dipole
from vibench.spectra.recipe import SpectrumRecipe
from vibench.vibrations.recipe import VibrationsRecipe


def read_settings[T: Recipe](kind: type[T], path: Path | None) -> T:
    """Read settings of one kind from a TOML file; without a file they are the defaults."""
    return kind() if path is None else parse(kind, read_toml(path), str(path))


def read_measured_settings(file: Path, settings: Path | None) -> MeasuredRecipe:
    """Read how a measured *file* is read: the keys of ``[measured.MOLECULE]`` but its path.

    Raises
    ------
    InputError
        If the settings name a file of their own or are not valid.
    """
    content = {} if settings is None else read_toml(settings)
    if "path" in content:
        raise InputError(f"{settings}: path has no meaning here, as the file is {file}: remove it")
    return parse(MeasuredRecipe, content | {"path": str(file)}, str(settings or file))


def vibrations_task(
    molecule: MoleculeRecipe, potential: str, vibrations: VibrationsRecipe, conformers: int
) -> Task:
    """Return the task that relaxes a molecule and makes its normal modes."""
    recipe, files = read_potential(potential, dtype=vibrations.dtype)
    stage = recipes.VibrationsStage(
        molecule=molecule, potential=recipe, vibrations=vibrations, conformers=conformers
    )
    name = task_name("vibrations", potential_name(recipe), molecule.name)
    return make_task("vibrations", name, stage, files=files)


def dynamics_tasks(
    molecule: MoleculeRecipe,
    potential: str,
    dynamics: DynamicsRecipe,
    spectrum: SpectrumRecipe,
    conformers: int,
    *,
    resources: Resources | None,
) -> list[Task]:
    """Return the tasks from minima to trajectories and spectra; spectra come last.

    Parameters
    ----------
    molecule, potential, dynamics, spectrum, conformers
        What moves, and how.
    resources
        What may be used to find out whether the potential predicts a dipole, before anything is
        computed; None if trajectories without dipoles will do.

    Raises
    ------
    InputError
        If there must be a dipole and the potential has none; the message says which have one.
    """
    minima = vibrations_task(molecule, potential, VibrationsRecipe(), conformers)
    recipe, files = read_potential(potential, dtype="float32")
    if resources is not None:
        require_dipole(potential_name(recipe), promised_outputs(recipe, files, resources))
    about = (potential_name(recipe), molecule.name)
    moved = recipes.DynamicsStage(molecule=molecule, potential=recipe, dynamics=dynamics)
    spectra = recipes.SpectraStage(spectrum=spectrum, temperatures_k=dynamics.temperatures_k)
    motion = make_task(
        "dynamics",
        task_name("dynamics", *about),
        moved,
        {"start": minima.name},
        files,
    )
    name = task_name("spectra", *about)
    return [minima, motion, make_task("spectra", name, spectra, {"dynamics": motion.name})]


def label_tasks(
    molecule: MoleculeRecipe,
    potential: str,
    label: LabelRecipe,
    conformers: int,
    *,
    sampler: str | None = None,
) -> list[Task]:
    """Return the tasks that sample structures of a molecule and label them.

    Parameters
    ----------
    molecule, potential, label, conformers
        What is labelled, by which method, which structures.
    sampler
        Method whose dynamics give the structures; None for *potential* itself.

    Raises
    ------
    InputError
        If the sampler is a trained model, or one of the two is not known.
    """
    drives = None if sampler is None else read_potential(sampler, dtype="float64")[0]
    minima = vibrations_task(molecule, potential, VibrationsRecipe(), conformers)
    recipe, files = read_potential(potential, dtype="float64")
    settings = {"molecule": molecule, "potential": recipe, "label": label, "sampler": drives}
    stage = parse(recipes.LabelStage, settings, "label")
    name, inputs = task_name("label", molecule.name), {"start": minima.name}
    return [minima, make_task("label", name, stage, inputs, files)]


def import_task(settings: ImportRecipe) -> Task:
    """Return the task that reads a foreign file of labelled structures."""
    files = data_sources(settings.sources())
    file = settings.placed(dict.fromkeys(files, ""))
    stage = recipes.DatasetStage(file=file, split=SplitRecipe())
    name = task_name("dataset", Path(files["file"]).name)
    return make_task("dataset", name, stage, files=files)


def train_tasks(datasets: list[Path], model: ModelRecipe, split: SplitRecipe) -> list[Task]:
    """Return the tasks that join data sets, divide them and train a model.

    Raises
    ------
    InputError
        If the model has a second one for its dipole, several seeds or a split of its own, or is a
        given potential.
    """
    if model.seeds > 1:
        raise InputError(
            f"model {model.name!r}: seeds = {model.seeds} means something in a study only; train "
            "one model at a time, each with its own training.seed"
        )
    alone = [name for name in ("dipole", "potential", "split") if getattr(model, name) is not None]
    if alone:
        table = alone[0]
        raise InputError(
            f"model {model.name!r}: a table {table!r} means something in a study only; train one "
            "model at a time, and join them as ENERGY.safetensors+DIPOLE.safetensors"
        )
    parts = {f"part {index:04d}": str(path) for index, path in enumerate(datasets)}
    stage = recipes.DatasetStage(split=split)
    joined = make_task("dataset", task_name("dataset"), stage, files=parts)
    train = recipes.TrainStage(architecture=model.architecture, training=model.training)
    name = task_name("train", model.name)
    files = start_files(model.training.start)
    return [joined, make_task("train", name, train, {"dataset": joined.name}, files)]


def evaluate_task(potential: str, dataset: Path) -> Task:
    """Return the task that compares a potential's predictions with labels."""
    recipe, files = read_potential(potential, dtype="float32")
    name = task_name("evaluate", potential_name(recipe), dataset.stem)
    stage = recipes.EvaluateStage(potential=recipe)
    files = files | {"structures": str(dataset)}
    return make_task("evaluate", name, stage, files=files)
