"""A small study that is run once, and what its tests share."""

import numpy as np

from vibench.core.spectrum import Spectrum
from vibench.experiment.jcamp_text import jcamp_text
from vibench.experiment.ordinates import ABSORBANCE
from vibench.pipeline.run import open_study, run_study
from vibench.pipeline.sites import in_process
from vibench.pipeline.tasks import Resources

STUDY = """
title = "Water to be checked"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
conformers = 1
[data.label]
temperatures_k = [300.0]
structures_per_temperature = 12
spacing_fs = 5.0
equilibration_fs = 10.0
[data.split]
train = 0.5
validation = 0.25
test = 0.25
[dynamics]
temperatures_k = [{temperature}]
replicas = 2
equilibration_fs = 10.0
production_fs = 150.0
[spectra]
depth_fs = 50.0
[compare]
width_cm1 = 700.0
[observed.water]
fundamentals_cm1 = [1595.0, 3657.0, 3756.0]
citation = "T. Shimanouchi, NSRDS-NBS 39 (1972)"
[[models]]
name = "{given}"
potential = {{ kind = "gfn2", method = "GFN1-xTB" }}
"""
LEARNED = """
[[models]]
name = "learned"
preset = "tiny"
architecture = "painn"
training = { epochs = 2, batch_size = 2 }
"""
ROBUST = """
[robustness]
molecules = ["water"]
replicas = 2
equilibration_fs = 5.0
nve_fs = 100.0
hot_fs = 50.0
"""
MEASURED = """
[measured.water]
path = "water.jdx"
baseline = "none"
"""


def write_measured(folder):
    """Write a spectrum of the three bands of water into ``water.jdx``."""
    x = np.linspace(500.0, 4000.0, 1751)
    bands = ((1595.0, 1.0), (3657.0, 0.1), (3756.0, 0.7))
    y = sum(height * np.exp(-(((x - place) / 60.0) ** 2)) for place, height in bands)
    y = y + np.random.default_rng(0).normal(0.02, 0.002, len(x))
    text = jcamp_text(Spectrum(x, y, ABSORBANCE, 2.0, "three bands"), title="water")
    (folder / "water.jdx").write_text(text)


def run(folder, text, name="study"):
    """Run a study in this process, with results and reports where the program puts them."""
    path = folder / f"{name}.toml"
    path.write_text(text)
    study = open_study(path)
    run_study(
        study,
        runs=folder / "runs",
        output=folder / "runs/reports" / name,
        site=in_process(Resources()),
        spectator=lambda _: None,
    )
