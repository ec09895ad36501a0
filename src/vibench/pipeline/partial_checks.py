"""Scores that follow from what is kept with them, where the rest of their origin is not at hand."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from vibench.core.bands import ModeBands
from vibench.core.modes import Modes
from vibench.core.reading import read_text
from vibench.core.structure_errors import parse_structure_errors_csv
from vibench.evaluate.structures import error_means
from vibench.pipeline.agreement import TOLERANCE, Agreement, compare_values
from vibench.pipeline.parsing import parse
from vibench.pipeline.recomputation import Recomputed
from vibench.pipeline.stages.modes import fundamental_scores
from vibench.pipeline.stages.names import MODES, SCORES, STRUCTURE_ERRORS, bands_file
from vibench.pipeline.stages.recipes import FundamentalsStage
from vibench.store.artefacts import Artefact
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import read_scores


def with_parts(made: Recomputed, artefacts: Mapping[str, Artefact]) -> Recomputed:
    """Check what can be checked of a result that was not made again.

    These are the means of errors, from the errors of single structures of test sets, and scores
    against observed fundamentals, from modes and bands.

    Parameters
    ----------
    made
        What came of making the result again.
    artefacts
        Task name → result, of those that are whole.
    """
    artefact = artefacts[made.task.name]
    if not made.reason:
        return made
    if STRUCTURE_ERRORS in artefact.checksums:
        agreement = _from_structures(made, artefact)
        return Recomputed(made.task, f"{made.reason}; mean errors were", agreement)
    lowest = artefacts.get(made.task.inputs.get("modes", ""))
    if made.task.stage == "fundamentals" and lowest is not None:
        agreement = _from_bands(made, artefact, lowest)
        return Recomputed(made.task, f"{made.reason}; scores from bands were", agreement)
    return made


def _from_structures(made: Recomputed, artefact: Artefact) -> Agreement:
    path = artefact.folder / STRUCTURE_ERRORS
    recorded = {
        (score.name, score.molecule, score.model, score.dataset): score.value
        for score in read_scores(artefact.folder / SCORES)
    }
    found: dict[str, float] = {}
    there: dict[str, Any] = {}
    for errors in parse_structure_errors_csv(read_text(path), str(path)):
        for (name, molecule), value in error_means(errors).items():
            about = f"{name}, {errors.dataset}, {molecule or 'all molecules'}"
            found[about] = value
            key = (name, molecule, errors.model, errors.dataset)
            if key in recorded:
                there[about] = recorded[key]
    return compare_values(there, found, about=made.task.name, tolerance=TOLERANCE)


def _from_bands(made: Recomputed, artefact: Artefact, minima: Artefact) -> Agreement:
    recipe = parse(FundamentalsStage, made.task.recipe, made.task.name)
    lowest: Modes = read_hdf5(minima.folder / MODES, list)[0]
    bands = {
        temperature_k: read_hdf5(artefact.folder / bands_file(temperature_k), ModeBands)
        for temperature_k in recipe.temperatures_k
        if bands_file(temperature_k) in artefact.checksums
    }
    found = [asdict(score) for score in fundamental_scores(recipe, lowest, bands)]
    recorded = [asdict(score) for score in read_scores(artefact.folder / SCORES)]
    return compare_values(recorded, found, about=made.task.name, tolerance=TOLERANCE)
