"""All verbs; importing this module puts them on the app, in the order in which help lists them."""
# ruff: noqa: I001  # the order is that of the help

from vibench.cli.app import app
from vibench.cli import study
from vibench.cli import exports
from vibench.cli import studies
from vibench.cli import schema
from vibench.cli import clean
from vibench.cli import doctor
from vibench.cli import data
from vibench.cli import models
from vibench.cli import models_list
from vibench.cli import imports
from vibench.cli import motion
from vibench.cli import polarizability
from vibench.cli import spectrum
from vibench.cli import spectra
from vibench.cli import modes
from vibench.cli import experiment

__all__ = [
    "app",
    "clean",
    "data",
    "doctor",
    "experiment",
    "exports",
    "imports",
    "models",
    "models_list",
    "modes",
    "motion",
    "polarizability",
    "schema",
    "spectra",
    "spectrum",
    "studies",
    "study",
]
