"""Names of the files that stages write into their results, and of their inputs."""

import re

MODES = "modes.h5"
TRAJECTORIES = "trajectories.h5"
DATASET = "dataset.h5"
SPLIT = "split.json"
WEIGHTS = "model.safetensors"
HISTORY = "history.csv"
SCORES = "scores.json"
DIFFERENCES = "differences.json"
MEASURED = "measured.h5"
RELIABILITY = "reliability.h5"
BASELINE = "measured-"
FRAMES = "frames.csv"
STRUCTURE_ERRORS = "structure-errors.csv"
CORRELATIONS = "correlations.json"
VISITED = "visited.csv"
ACQUIRED = "acquired.csv"
CHOICE = "choice.json"

EARLIER_DATASET = "earlier dataset"
"""Role of the data set of the round before the last one of active learning."""
EXPLORATION = "exploration"
"""Role of the structures that a committee visited in a round of active learning."""
START_WEIGHTS = "start"
"""Role of a file with the weights that training begins with."""
MODEL = "model"
ENERGY_MODEL = "energy model"
DIPOLE_MODEL = "dipole model"
_MODEL_ROLE = re.compile(r"(member \d+: )?(energy |dipole )?model")


def member_role(index: int, role: str) -> str:
    """Return the role that an input of one member has in a committee, members counted from 0."""
    return f"member {index}: {role}"


def is_model_role(role: str) -> bool:
    """Tell whether an input is a trained model: of a potential, a composite or a committee."""
    return _MODEL_ROLE.fullmatch(role) is not None


TEST = "test"
"""Name of the structures that were held out of the training data."""
UNSEEN = "unseen"
"""Name of the data set of molecules that models were not trained on."""


def dataset_role(name: str, molecule: str) -> str:
    """Return the role of an input with labelled structures of one molecule.

    What stands before the dot is the name of the data set in the scores.
    """
    return f"{name} · {molecule}"


def dataset_name(role: str) -> str:
    """Return the name of the data set that an input with labelled structures belongs to."""
    return role.partition(" · ")[0]


ALL_STRUCTURES = "all"
"""In place of a number of training structures."""


def curve_role(model: str, structures: str) -> str:
    """Return the role of an input with the errors of a model trained on that many structures."""
    return f"{model} · {structures}"


def spectrum_role(source: str, molecule: str) -> str:
    """Return the role of an input with the spectra of one molecule from one source."""
    return f"{source} · {molecule}"


def spectrum_file(temperature_k: float) -> str:
    """Return the name of the file with the spectrum at one temperature."""
    return f"spectrum-{temperature_k:g}K.h5"


def bands_file(temperature_k: float) -> str:
    """Return the name of the file with the bands of normal modes at one temperature."""
    return f"bands-{temperature_k:g}K.h5"
