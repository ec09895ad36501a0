"""Stages by name."""

from collections.abc import Callable, Mapping
from importlib import import_module

from vibench.core.recipe import Recipe
from vibench.pipeline.stages import recipes
from vibench.pipeline.stages.job import Job, Outcome

STAGES: Mapping[str, tuple[type[Recipe], str]] = {
    "vibrations": (recipes.VibrationsStage, "motion:make_vibrations"),
    "label": (recipes.LabelStage, "data:make_labels"),
    "dataset": (recipes.DatasetStage, "data:make_dataset"),
    "split": (recipes.SplitStage, "data:make_split"),
    "test-set": (recipes.TestSetStage, "test_sets:make_test_set"),
    "train": (recipes.TrainStage, "learning:make_model"),
    "retrain": (recipes.TrainStage, "active:make_next_model"),
    "explore": (recipes.ExploreStage, "active:make_exploration"),
    "acquire": (recipes.AcquireStage, "active:make_acquisition"),
    "extend": (recipes.ExtendStage, "active:make_extension"),
    "evaluate": (recipes.EvaluateStage, "learning:make_scores"),
    "correlation": (recipes.CorrelationStage, "test_sets:make_correlations"),
    "learning-curve": (recipes.LearningCurveStage, "learning:make_learning_curve"),
    "dynamics": (recipes.DynamicsStage, "motion:make_dynamics"),
    "drift": (recipes.DriftStage, "motion:make_drift"),
    "spectra": (recipes.SpectraStage, "spectra:make_spectra"),
    "measured": (recipes.MeasureStage, "spectra:make_measurement"),
    "compare": (recipes.CompareStage, "spectra:make_comparison"),
    "ranking": (recipes.RankingStage, "ranking:make_ranking"),
    "ensemble": (recipes.EnsembleStage, "ensembles:make_ensemble"),
    "ensemble-spectra": (recipes.EnsembleSpectraStage, "ensembles:make_ensemble_spectra"),
    "seed-ranking": (recipes.SeedRankingStage, "ensembles:make_seed_ranking"),
    "retrieval": (recipes.RetrievalStage, "spectra:make_retrieval"),
    "frequencies": (recipes.FrequenciesStage, "modes:make_frequencies"),
    "fundamentals": (recipes.FundamentalsStage, "modes:make_fundamentals"),
}
"""Name of a stage → its settings, and the module and function that do the work.

Functions are imported when a task runs, so that a process that only plans stays quick.
"""


def run_stage(job: Job) -> Outcome:
    """Do what the job's task asks for."""
    recipe, place = STAGES[job.task.stage]
    module, _, name = place.partition(":")
    function: Callable[[Recipe, Job], Outcome] = getattr(
        import_module(f"vibench.pipeline.stages.{module}"), name
    )
    return function(recipe.model_validate(job.task.recipe), job)
