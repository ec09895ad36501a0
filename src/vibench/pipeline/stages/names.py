"""Names of the files that stages write into their results."""

MODES = "modes.h5"
TRAJECTORIES = "trajectories.h5"
DATASET = "dataset.h5"
SPLIT = "split.json"
WEIGHTS = "model.safetensors"
HISTORY = "history.csv"
SCORES = "scores.json"
DIFFERENCES = "differences.json"
MEASURED = "measured.h5"
BASELINE = "measured-"

MODEL = "model"
ENERGY_MODEL = "energy model"
DIPOLE_MODEL = "dipole model"
MODEL_ROLES = (MODEL, ENERGY_MODEL, DIPOLE_MODEL)
"""Roles of inputs that are trained models: of a potential, and of the two parts of a composite."""

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
