"""A realistic study made of invented numbers, for the tests of the report."""

from dataclasses import replace

import numpy as np
from ase.build import molecule as known_molecule

from vibench.core.correlation import ErrorCorrelation
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.structure_errors import (
    DIPOLE_MAE,
    ENERGY_ERROR,
    FORCE_MAE,
    StructureErrors,
)
from vibench.report.results import (
    Cost,
    JudgedSet,
    LearningCurve,
    Lifetimes,
    ModesEntry,
    SpectrumEntry,
    StudyMolecule,
    StudyResults,
    TaskSummary,
)

MODELS = ("PaiNN", "SchNet")
REFERENCE = "GFN2-xTB"
AIMD = "AIMD 700 K"
FORMULAS = {"methanol": "CH3OH", "formaldehyde": "H2CO", "ethanol": "CH3CH2OH"}
BANDS = {
    "methanol": {
        "frequencies": [271, 1041, 1065, 1142, 1358, 1455, 1466, 1481, 2922, 2963, 3012, 3640],
        "intensities": [118, 95, 34, 2, 27, 4, 6, 3, 62, 71, 28, 21],
    },
    "formaldehyde": {
        "frequencies": [1178, 1249, 1510, 1764, 2810, 2866],
        "intensities": [5, 11, 12, 82, 71, 96],
    },
    "ethanol": {
        "frequencies": [
            *(244, 283, 418, 812, 889, 1022, 1085, 1153, 1241, 1267, 1372, 1412, 1444, 1452),
            *(1476, 2880, 2915, 2931, 2988, 2996, 3645),
        ],
        "intensities": [
            *(21, 66, 12, 1, 14, 38, 61, 8, 66, 2, 2, 11, 6, 5, 3, 58, 17, 40, 32, 29, 12),
        ],
    },
}


MOLECULES = (
    StudyMolecule("methanol", 6, unseen=False),
    StudyMolecule("formaldehyde", 4, unseen=False),
    StudyMolecule("ethanol", 9, unseen=True),
)


def build_study() -> StudyResults:
    """Return two models trained on two molecules and tried on a third, with measured methanol."""
    return StudyResults(
        title="Quickstart: methanol and formaldehyde, with ethanol unseen",
        description="Two small models learn GFN2-xTB from methanol and formaldehyde and are judged "
        "by infrared spectra at 300 K.",
        settings='title = "Quickstart"\n\n[train]\nepochs = 60\nlearning_rate = 1e-3\n',
        molecules=MOLECULES,
        spectra=_spectra(),
        modes=_modes(),
        scores=(*_errors(), *_set_errors(), *_spectrum_scores(), *_times(), *_conservation()),
        test_sets=(
            JudgedSet(AIMD, "900 successive structures of dynamics.", 700.0, consecutive=True),
        ),
        structure_errors=tuple(_structure_errors(model) for model in MODELS),
        correlations=tuple(_correlation(quantity) for quantity in ("energy error", "force error")),
        training=tuple(_learning(model) for model in MODELS),
        lifetimes=_lifetimes(),
        costs=_costs(),
        tasks=_tasks(),
        warnings=(
            "2 of 8 ethanol trajectories of SchNet failed at 700 K (a bond broke).",
            "Measured methanol: 2.1 % of the area was negative after the baseline and was clipped.",
        ),
        citations=(
            "C. Bannwarth et al., J. Chem. Theory Comput. 2019, 15, 1652, 10.1021/acs.jctc.8b01176",
            "K. T. Schütt, O. T. Unke, M. Gastegger, ICML 2021, arXiv:2102.03150",
        ),
        versions={"vibench": "0.1.0", "numpy": "2.4.0", "torch": "2.12.0", "tblite": "0.5.0"},
        hardware="AMD EPYC 7763, 2 cores, 8 GiB",
        created="2026-11-23T03:40:00+00:00",
    )


def build_single_model_study() -> StudyResults:
    """Return the same study with its first model only, as a quickstart makes it."""
    study = build_study()
    dropped = MODELS[1]
    return replace(
        study,
        spectra=tuple(entry for entry in study.spectra if entry.source != dropped),
        modes=tuple(entry for entry in study.modes if entry.source != dropped),
        scores=tuple(score for score in study.scores if score.model != dropped),
        structure_errors=study.structure_errors[:1],
        lifetimes=tuple(one for one in study.lifetimes if one.source != dropped),
        correlations=(),
        training=study.training[:1],
        warnings=study.warnings[1:],
    )


def _shift(source: str) -> float:
    return {"PaiNN": 6.0, "SchNet": 22.0, "measured": -25.0}.get(source, 0.0)


def _spectra() -> tuple[SpectrumEntry, ...]:
    entries = []
    for molecule in BANDS:
        for source, role in ((REFERENCE, "reference"), (REFERENCE, "reference repeat")):
            entries.append(SpectrumEntry(molecule, 300.0, source, role, "md", _md(molecule, role)))
        entries += [
            SpectrumEntry(molecule, 300.0, source, "model", "md", _md(molecule, source))
            for source in MODELS
        ]
        for source in (REFERENCE, *MODELS):
            role = "reference" if source == REFERENCE else "model"
            entries.append(
                SpectrumEntry(molecule, None, source, role, "harmonic", _harmonic(molecule, source))
            )
    grid = np.arange(600.0, 3900.0, 4.0)
    measured = Spectrum(
        grid, 0.004 * _profile(grid, "methanol", "measured", 28.0), "arbitrary", float("nan"), "gas"
    )
    entries.append(SpectrumEntry("methanol", None, "measured", "measured", "md", measured))
    return tuple(entries)


def _profile(grid: Array, molecule: str, source: str, width_cm1: float) -> Array:
    bands = BANDS[molecule]
    centres = np.array(bands["frequencies"]) + _shift(source)
    half = width_cm1 / 2
    lines = half / np.pi / ((grid[:, None] - centres) ** 2 + half**2)
    return np.asarray(lines @ np.array(bands["intensities"], dtype=float))


def _md(molecule: str, source: str) -> Spectrum:
    grid = np.arange(0.0, 4500.0, 1.0)
    random = np.random.default_rng(sum(map(ord, molecule + source)))
    smooth = np.array([_profile(grid, molecule, source, 30.0 + 4 * k) for k in range(3)])
    replicas = np.array([smooth[k % 3] * (1 + 0.12 * random.standard_normal()) for k in range(8)])
    return Spectrum(grid, replicas.mean(axis=0), ABSOLUTE, 33.0, "dipole flux, Hann", replicas)


def _harmonic(molecule: str, source: str) -> Spectrum:
    grid = np.arange(0.0, 4500.0, 2.0)
    return Spectrum(
        grid, _profile(grid, molecule, source, 33.0), ABSOLUTE, 33.0, "broadened sticks"
    )


def _modes() -> tuple[ModesEntry, ...]:
    entries = []
    for molecule, bands in BANDS.items():
        count = len(bands["frequencies"])
        atoms = known_molecule(FORMULAS[molecule])
        masses, positions = atoms.get_masses(), atoms.get_positions()
        for source in (REFERENCE, *MODELS):
            random = np.random.default_rng(len(source) + count)
            scatter = 0.0 if source == REFERENCE else 0.6 * _shift(source)
            modes = Modes(
                name=molecule,
                numbers=atoms.get_atomic_numbers(),
                masses=masses,
                positions=positions,
                frequencies_cm1=np.array(bands["frequencies"], dtype=float)
                + scatter * random.standard_normal(count),
                eigenvectors=_internal_motions(masses, positions, random),
                dipole_derivatives=np.zeros((count, 3)),
                intensities=np.array(bands["intensities"], dtype=float)
                * (1 + 0.1 * random.standard_normal(count)),
                method="automatic differentiation",
            )
            role = "reference" if source == REFERENCE else "model"
            entries.append(ModesEntry(molecule, source, role, modes))
    return tuple(entries)


def _internal_motions(masses: Array, positions: Array, random: np.random.Generator) -> Array:
    """Return (modes, atoms, 3) orthonormal mass-weighted motions that neither shift nor turn."""
    centred = positions - np.average(positions, axis=0, weights=masses)
    axes = np.eye(3)
    rigid = [np.tile(axis, (len(masses), 1)) for axis in axes]
    rigid += [np.cross(axis, centred) for axis in axes]
    weighted = np.sqrt(masses)[None, :, None] * np.array(rigid)
    free = random.standard_normal((3 * len(masses) - 6, 3 * len(masses)))
    basis, _ = np.linalg.qr(np.concatenate([weighted.reshape(6, -1), free]).T)
    return np.asarray(basis.T[6:].reshape(len(free), len(masses), 3))


def _errors() -> list[Score]:
    sizes = {
        "energy MAE": ("meV", 2.31),
        "energy RMSE": ("meV", 3.02),
        "energy MAE per atom": ("meV/atom", 0.44),
        "force MAE": ("meV/Å", 14.2),
        "force RMSE": ("meV/Å", 21.9),
        "dipole MAE": ("mDebye", 6.4),
        "dipole RMSE": ("mDebye", 8.8),
        "harmonic frequency MAE": ("cm^-1", 5.7),
    }
    scores = []
    for model, factor in zip(MODELS, (1.0, 2.6), strict=True):
        for place, molecule in enumerate((None, *BANDS)):
            for name, (unit, size) in sizes.items():
                value = factor * size * (1 + 0.2 * place)
                scores.append(
                    Score(
                        name=name,
                        value=value,
                        unit=unit,
                        higher_is_better=False,
                        n=120,
                        low=0.93 * value,
                        high=1.08 * value,
                        estimand="mean over structures; bootstrap by trajectory block",
                        model=model,
                        molecule=molecule,
                        reference=REFERENCE,
                        dataset="unseen" if molecule == "ethanol" else "test",
                    )
                )
    return scores


def _set_errors() -> list[Score]:
    held_out = [score for score in _errors() if score.name.endswith("MAE")]
    return [
        replace(score, dataset=AIMD, value=1.4 * score.value, low=None, high=None)
        for score in held_out
        if score.molecule in (None, "methanol") and "frequency" not in score.name
    ]


def _structure_errors(model: str) -> StructureErrors:
    random = np.random.default_rng(len(model))
    time = 0.5 * np.arange(900)
    wave = np.cos(time / 20)
    values = {
        ENERGY_ERROR: wave + random.standard_normal(900),
        FORCE_MAE: 10 + wave + 0.1 * random.standard_normal(900),
        DIPOLE_MAE: 5 + 0.1 * random.standard_normal(900),
    }
    return StructureErrors(model, AIMD, ("methanol",) * 900, time, values)


def _correlation(quantity: str) -> ErrorCorrelation:
    first, second = MODELS
    return ErrorCorrelation(
        dataset=AIMD,
        quantity=quantity,
        first=first,
        second=second,
        value=-0.31,
        n=900,
        low=-0.52,
        high=-0.08,
        estimand="Pearson correlation over structures",
    )


def _spectrum_scores() -> list[Score]:
    scores = []
    cases = [
        ("methanol", 0.951, 0.972),
        ("formaldehyde", 0.968, 0.961),
        ("ethanol", 0.842, 0.955),
    ]
    for molecule, model_value, floor in cases:
        for model, loss in zip(MODELS, (0.0, 0.09), strict=True):
            scores += _pair(molecule, model, REFERENCE, model_value - loss)
        scores += _pair(molecule, REFERENCE, REFERENCE, floor)
    scores += _pair("methanol", "PaiNN", "measured", 0.781)
    scores += _pair("methanol", "SchNet", "measured", 0.702)
    scores += _pair("methanol", REFERENCE, "measured", 0.794)
    return scores


def _pair(molecule: str, model: str, reference: str, pearson: float) -> list[Score]:
    def score(name: str, value: float, unit: str, width: float, *, higher: bool) -> Score:
        return Score(
            name=name,
            value=value,
            unit=unit,
            higher_is_better=higher,
            n=8,
            low=value - width,
            high=value + width,
            estimand="mean spectra; replica jackknife",
            model=model,
            molecule=molecule,
            temperature_k=300.0,
            reference=reference,
            dataset="noise floor" if model == reference else None,
        )

    distance = 400 * (1 - pearson)
    return [
        score("Pearson correlation", pearson, "", 0.011, higher=True),
        score("Wasserstein distance", distance, "cm^-1", 0.12 * distance, higher=False),
        score("Wasserstein distance (paper)", distance / 3500, "", 0.0004, higher=False),
    ]


def _times() -> list[Score]:
    return [
        Score(
            name="inference time",
            value=value,
            unit="ms per molecule",
            higher_is_better=False,
            n=1000,
            model=model,
            reference=None,
            dataset="batch of 64",
        )
        for model, value in zip(MODELS, (4.12, 0.93), strict=True)
    ]


def _learning(model: str) -> LearningCurve:
    epoch = np.arange(1, 61)
    random = np.random.default_rng(len(model))

    def falling(start: float, end: float) -> Array:
        noise = np.exp(0.05 * random.standard_normal(len(epoch)))
        return (end + (start - end) * np.exp(-epoch / 9)) * noise

    columns = {
        "epoch": epoch,
        "train_loss": falling(9, 0.04),
        "validation_loss": falling(10, 0.06),
        "validation_energy_mae": falling(300, 2.4),
        "validation_force_mae": falling(700, 14),
        "validation_dipole_mae": falling(400, 6),
        "wall_time_s": 1.7 * epoch,
    }
    units = {
        "validation_energy_mae": "meV",
        "validation_force_mae": "meV/Å",
        "validation_dipole_mae": "mDebye",
    }
    return LearningCurve(model, columns, units)


def _lifetimes() -> tuple[Lifetimes, ...]:
    """Return eight trajectories per molecule for spectra, and eight for stability at 700 K."""
    entries = []
    for molecule in MOLECULES:
        for source, role in ((REFERENCE, "reference"), *((model, "model") for model in MODELS)):
            place = (source, role, molecule.name)
            none = np.zeros(8, bool)
            entries.append(Lifetimes("spectra", *place, 300.0, np.full(8, 5500.0), none))
            if role == "model":
                broken = source == "SchNet" and molecule.unseen
                lasted = np.array([2100.0, 6200.0, *[20000.0] * 6] if broken else [20000.0] * 8)
                reasons = ("a bond broke",) if broken else ()
                entries.append(
                    Lifetimes("stability", *place, 700.0, lasted, lasted < 20000.0, reasons)
                )
    return tuple(entries)


def _conservation() -> list[Score]:
    sizes = (("NVE energy drift", "meV/atom/ps", 0.02), ("NVE energy fluctuation", "meV/atom", 0.3))
    return [
        Score(
            name=name,
            value=factor * size,
            unit=unit,
            higher_is_better=False,
            n=8,
            low=factor * (size - 0.05),
            high=factor * (size + 0.05),
            estimand="mean over trajectories",
            model=model,
            molecule="methanol",
        )
        for model, factor in zip(MODELS, (1.0, 1.7), strict=True)
        for name, unit, size in sizes
    ]


def _costs() -> tuple[Cost, ...]:
    return (
        Cost("label", REFERENCE, 0.0134, 48.2, 310.0, "1 200 structures, 2 processes"),
        Cost("train", "PaiNN", 0.0419, 151.0, 890.0, "60 epochs, 2 threads"),
        Cost("train", "SchNet", 0.02, 72.0, 640.0, "60 epochs, 2 threads"),
        Cost("dynamics", REFERENCE, 0.034, 122.5, 300.0, "3 molecules, 8 replicas of 5 ps"),
        Cost("dynamics", "PaiNN", 0.0244, 88.0, None, "3 molecules, 8 replicas of 5 ps"),
    )


def _tasks() -> tuple[TaskSummary, ...]:
    stages = (("data", "labels"), ("train", "PaiNN"), ("train", "SchNet"), ("dynamics", "PaiNN"))
    return tuple(
        TaskSummary(
            stage=stage,
            key=f"{0xA3F1C27700D41B00 + 7919 * place:016x}",
            status="reused" if stage == "data" else "done",
            path=f"runs/{stage}/{0xA3F1C27700D41B00 + 7919 * place:016x}",
            label=label,
            wall_s=48.2 + 30 * place,
        )
        for place, (stage, label) in enumerate(stages)
    )
