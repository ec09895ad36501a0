"""Measured gas-phase spectra: readers, axis and ordinate conversion, baselines."""
