"""Dipoles that are known, and writers of the formats."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from vibench.core.units import SPEED_OF_LIGHT


@pytest.fixture(scope="session")
def writers():
    """Independent writers of every format."""
    path = Path(__file__).with_name("writers.py")
    spec = importlib.util.spec_from_file_location("dipole_file_writers", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dipole():
    """Dipole (steps, 3) in e·Å at 0.5 fs of oscillators at 900, 1700 and 2900 cm⁻¹."""
    time_fs = 0.5 * np.arange(600)[:, None]
    waves = np.array([900.0, 1700.0, 2900.0])
    phases = 2 * np.pi * SPEED_OF_LIGHT * waves * time_fs + np.array([0.3, 1.1, 2.0])
    axes = np.array([[0.05, 0.0, 0.02], [0.0, 0.03, 0.01], [0.01, -0.02, 0.03]])
    return np.array([0.3, -0.2, 0.4]) + np.cos(phases) @ axes
