"""All verbs; importing this module puts them on the app."""

from vibench.cli import data, models, motion, spectra, study
from vibench.cli.app import app

__all__ = ["app", "data", "models", "motion", "spectra", "study"]
