"""A study as large as the page must carry: many molecules and models, two at many temperatures."""

import runpy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from vibench.core.modes import Modes
from vibench.core.spectrum import Spectrum
from vibench.report.results import SpectrumEntry, StudyMolecule, StudyResults

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))
TEMPERATURES_K = (200.0, 300.0, 400.0, 500.0, 700.0)


def build_large_study(
    *, molecules: int = 24, models: int = 5, with_series: int = 2
) -> StudyResults:
    """Return the synthetic study's unseen molecule and last model many times, each a bit other."""
    study: StudyResults = STUDY["build_study"]()
    kept, copied = STUDY["MODELS"]
    names = {f"molecule {place}": place < with_series for place in range(molecules)}
    sources = {kept: [kept], copied: [f"model {place}" for place in range(1, models)]}

    def copies(source: str, temperature_k: float | None) -> Iterator[tuple[str, str, float | None]]:
        for name, series in names.items():
            for each in sources.get(source, [source]):
                for t in TEMPERATURES_K if series and temperature_k else [temperature_k]:
                    yield name, each, t

    random = np.random.default_rng(1)
    spectra = tuple(
        replace(entry, molecule=m, source=s, temperature_k=t, spectrum=_varied(entry, random))
        for entry in study.spectra
        if entry.molecule == "ethanol"
        for m, s, t in copies(entry.source, entry.temperature_k)
    )
    modes = tuple(
        replace(entry, molecule=m, source=s, modes=_turned(entry.modes, random))
        for entry in study.modes
        if entry.molecule == "ethanol"
        for m, s, _ in copies(entry.source, None)
    )
    scores = tuple(
        replace(score, molecule=m, model=s, temperature_k=t)
        for score in study.scores
        if score.molecule == "ethanol" and score.model and score.dataset != STUDY["AIMD"]
        for m, s, t in copies(score.model, score.temperature_k)
    )
    return replace(
        study,
        molecules=tuple(
            StudyMolecule(name, 9, unseen=not series) for name, series in names.items()
        ),
        spectra=spectra,
        modes=modes,
        scores=scores,
        lifetimes=(),
    )


def _varied(entry: SpectrumEntry, random: np.random.Generator) -> Spectrum:
    spectrum = entry.spectrum
    noise = 1 + 0.01 * random.standard_normal(len(spectrum.intensity))
    replicas = None if spectrum.replicas is None else spectrum.replicas * noise
    return replace(spectrum, intensity=spectrum.intensity * noise, replicas=replicas)


def _turned(modes: Modes, random: np.random.Generator) -> Modes:
    turn, _ = np.linalg.qr(random.standard_normal((3, 3)))
    return replace(modes, eigenvectors=modes.eigenvectors @ turn, positions=modes.positions @ turn)
