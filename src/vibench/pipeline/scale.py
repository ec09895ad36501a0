"""Test scale: the same graph at the smallest size that still does everything."""

from vibench.evaluate.recipe import LearningCurveRecipe
from vibench.pipeline.active_learning import ActiveLearningRecipe
from vibench.pipeline.motion import RobustnessRecipe, TemperatureSeriesRecipe
from vibench.pipeline.presets import preset_settings
from vibench.pipeline.study import DipoleModelRecipe, ModelRecipe, Study
from vibench.pipeline.test_sets import TestSetRecipe

_DYNAMICS = {
    "replicas": 2,
    "equilibration_fs": 10.0,
    "production_fs": 150.0,
    "frame_stride": 5,
}
_ROBUSTNESS = {"replicas": 2, "equilibration_fs": 10.0, "nve_fs": 100.0, "hot_fs": 150.0}
_TEST_SET_STRUCTURES = 12
_LABEL = {
    "structures_per_temperature": 10,
    "spacing_fs": 5.0,
    "normal_mode_share": 0.5,
    "equilibration_fs": 10.0,
}
_TRAINING = {"epochs": 2, "batch_size": 16, "drop_last": False, "start": ""}
_SEEDS = 2
_ROUNDS = 2
_ACTIVE = {
    "structures_per_round": 4,
    "replicas": 1,
    "time_fs": 20.0,
    "frame_stride": 1,
}
_FULL_REFERENCE = {
    "replicas": None,
    "equilibration_fs": None,
    "production_fs": None,
}  # as long as models run, which is as short as can be
_CURVE_START, _CURVE_STEP = 2, 1
_MOLECULES, _UNSEEN = 3, 2
_SPECTRA = {"depth_fs": 50.0}
_SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2}
_MODEL_SPLIT = {"train": 0.7, "validation": 0.1}
_COMPARE = {"width_cm1": 700.0}


def at_test_scale(study: Study) -> Study:
    """Return *study* with every size set to a minimum; its results mean nothing.

    The graph of tasks stays the same but for molecules beyond the third, unseen ones and seeds of
    a model beyond the second, and rounds of active learning beyond the second, so a study can be
    tried in a minute or two.
    """
    study = _with_few_molecules(study)
    data = study.data.model_copy(
        update={
            "conformers": 1,
            "label": study.data.label and study.data.label.model_copy(update=_LABEL),
            "split": study.data.split.model_copy(update=_SPLIT),
            # A sample of the file will do.
            "file": study.data.file and study.data.file.model_copy(update={"structures": None}),
        }
    )
    models = tuple(_smallest_model(model) for model in study.models)
    dynamics = study.dynamics
    if dynamics is not None:
        shortest = {"temperatures_k": dynamics.temperatures_k[:1]}
        dynamics = dynamics.model_copy(update=_DYNAMICS | shortest)
    return study.model_copy(
        update={
            "title": f"{study.title} (test scale)",
            "data": data,
            "models": models,
            "test_sets": _smallest_test_sets(study),
            "active_learning": study.active_learning and _smallest_rounds(study.active_learning),
            "dynamics": dynamics,
            "temperature_series": study.temperature_series and _shortest(study.temperature_series),
            "robustness": study.robustness and study.robustness.model_copy(update=_ROBUSTNESS),
            "reference_dynamics": study.reference_dynamics.model_copy(update=_FULL_REFERENCE),
            "learning_curve": study.learning_curve and _smallest_curve(study.learning_curve),
            "spectra": study.spectra.model_copy(update=_SPECTRA),
            "compare": study.compare.model_copy(update=_COMPARE),
        }
    )


def _with_few_molecules(study: Study) -> Study:
    """Return *study* with its first molecules alone, wherever molecules are named."""
    kept, unseen = study.data.molecules[:_MOLECULES], study.data.unseen[:_UNSEEN]
    names = [molecule.name for molecule in (*kept, *unseen)]

    def still_there(chosen: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the names that are left, or the first molecule in their place."""
        return tuple(name for name in chosen if name in names) or tuple(names[: bool(chosen)])

    def filtered[R: (TestSetRecipe, TemperatureSeriesRecipe, RobustnessRecipe)](recipe: R) -> R:
        return recipe.model_copy(update={"molecules": still_there(recipe.molecules)})

    series, robustness = study.temperature_series, study.robustness
    return study.model_copy(
        update={
            "data": study.data.model_copy(update={"molecules": kept, "unseen": unseen}),
            "test_sets": tuple(map(filtered, study.test_sets)),
            "temperature_series": series and filtered(series),
            "robustness": robustness and filtered(robustness),
            "measured": {name: one for name, one in study.measured.items() if name in names},
            "observed": {name: one for name, one in study.observed.items() if name in names},
        }
    )


def _smallest_test_sets(study: Study) -> tuple[TestSetRecipe, ...]:
    """Return test sets of few structures; those that share a trajectory, and only those, do so."""
    motions = [one.motion(study.dynamics) for one in study.test_sets]
    return tuple(
        one.model_copy(
            update={
                "structures": min(one.structures, _TEST_SET_STRUCTURES),
                "production_fs": 150.0 + 10.0 * motions.index(motion),
                "equilibration_fs": 10.0,
                "frame_stride": 2,
            }
        )
        for one, motion in zip(study.test_sets, motions, strict=True)
    )


def _shortest(series: TemperatureSeriesRecipe) -> TemperatureSeriesRecipe:
    """Return a series of one temperature more."""
    return series.model_copy(update={"temperatures_k": series.temperatures_k[-1:]})


def _smallest_rounds(active: ActiveLearningRecipe) -> ActiveLearningRecipe:
    shortest = {"rounds": min(active.rounds, _ROUNDS), "temperatures_k": active.temperatures_k[:1]}
    return active.model_copy(update=_ACTIVE | shortest)


def _smallest_model(model: ModelRecipe) -> ModelRecipe:
    parts: dict[str, object] = _smallest(model) | {"seeds": min(model.seeds, _SEEDS)}
    if model.split is not None:
        parts["split"] = model.split.model_copy(update=_MODEL_SPLIT)
    if model.dipole is not None:
        parts["dipole"] = model.dipole.model_copy(update=_smallest(model.dipole))
    return model.model_copy(update=parts)


def _smallest_curve(curve: LearningCurveRecipe) -> LearningCurveRecipe:
    """Return a curve with as many points, all of them tiny."""
    structures = tuple(_CURVE_START + _CURVE_STEP * i for i in range(len(curve.structures)))
    return curve.model_copy(update={"structures": structures, "targets": {}})


def _smallest(part: ModelRecipe | DipoleModelRecipe) -> dict[str, object]:
    tiny = preset_settings("tiny", part.architecture.architecture, "architecture")
    settings = part.architecture.model_dump() | tiny
    return {
        "architecture": type(part.architecture).model_validate(settings),
        "training": part.training.model_copy(update=_TRAINING),
    }
