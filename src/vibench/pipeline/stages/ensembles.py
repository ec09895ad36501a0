"""Stages about models that were trained with several seeds."""

from collections.abc import Iterable, Sequence

from vibench.compare.seeds import ensemble_scores, rank_over_seeds
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import DIFFERENCES, SCORES, spectrum_file
from vibench.pipeline.stages.recipes import EnsembleSpectraStage, EnsembleStage, SeedRankingStage
from vibench.spectra.mean import mean_spectrum
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import read_scores, write_differences, write_scores


def make_ensemble(recipe: EnsembleStage, job: Job) -> Outcome:
    """Write the scores of the model: means over its trainings."""
    members = _by_member(recipe.members, _scores(job))
    write_scores(job.workspace.path(SCORES), ensemble_scores(members, model=recipe.model))
    return {"text": ""}


def make_seed_ranking(recipe: SeedRankingStage, job: Job) -> Outcome:
    """Compare models by their errors; write means with letters, and the ratio of each pair."""
    scores = _scores(job)
    models = {name: _by_member(members, scores) for name, members in recipe.models.items()}
    found = rank_over_seeds(models, level=recipe.ranking.level)
    write_scores(job.workspace.path(SCORES), found.scores)
    write_differences(job.workspace.path(DIFFERENCES), found.differences)
    return {"text": ""}


def make_ensemble_spectra(recipe: EnsembleSpectraStage, job: Job) -> Outcome:
    """Write the mean `Spectrum` of all trainings at each temperature.

    Where some trainings have no spectrum it is the mean of the others, with a note.
    """
    notes = []
    for temperature_k in recipe.temperatures_k:
        name = spectrum_file(temperature_k)
        there = [role for role, found in job.inputs.items() if name in found.checksums]
        if there:
            spectra = [read_hdf5(job.path(role, name), Spectrum) for role in there]
            write_hdf5(job.workspace.path(name), mean_spectrum(spectra))
        missing = [role for role in job.inputs if role not in there]
        if there and missing:
            notes.append(f"{temperature_k:g} K: mean without {'; '.join(missing)}")
    return {"text": "; ".join(notes)}


def _scores(job: Job) -> list[Score]:
    """Return the scores of all inputs."""
    return [score for role in job.inputs for score in read_scores(job.path(role, SCORES))]


def _by_member(members: Iterable[str], scores: Sequence[Score]) -> list[list[Score]]:
    """Return the scores of each training."""
    return [[score for score in scores if score.model == member] for member in members]
