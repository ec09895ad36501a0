"""All verbs; importing this module puts them on the app."""

from vibench.cli import data, models, motion, spectra, study

__all__ = ["data", "models", "motion", "spectra", "study"]
