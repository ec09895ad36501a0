"""All readers of outside files, as a user's commands call them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from validation.fuzzing import seeds
from validation.fuzzing.campaign import Reader
from validation.fuzzing.containers import (
    change_array,
    change_hdf5,
    change_header,
    change_safetensors,
    change_ulm,
    change_zip,
)
from validation.fuzzing.dipole_seeds import DIPOLE_SEEDS
from validation.fuzzing.mutations import TEXT, Mutation, change_json, change_label, change_toml
from vibench.core.errors import InputError
from vibench.core.molecules import select
from vibench.core.reading import read_text
from vibench.core.spectrum_csv import parse_spectrum_csv
from vibench.core.structure_errors import parse_structure_errors_csv
from vibench.data.importing import PRESETS, import_dataset
from vibench.data.molecules import read_geometry
from vibench.data.npz import read_npz
from vibench.data.raw import Wanted
from vibench.data.recipes import ImportRecipe
from vibench.experiment.measurement import read_measurement
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.catalogue import model_entry
from vibench.pipeline.meter import Meter
from vibench.pipeline.packed import packed_tasks, read_summary
from vibench.pipeline.progress import read_progress
from vibench.pipeline.short_forms import read_molecule, read_potential
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.test_sets import read_frame_times
from vibench.pipeline.stages.visits import read_visits
from vibench.pipeline.study import read_study
from vibench.pipeline.verbs import read_settings
from vibench.report.studies import compare_studies, refusal_lines
from vibench.report.study_page import comparison_object
from vibench.report.summaries import parse_summary
from vibench.spectra.dipole_files.join import read_dipole_trajectories
from vibench.spectra.dipole_files.registry import FORMATS, detect_format
from vibench.spectra.dipole_files.series import Declared
from vibench.store.archive import Archive
from vibench.store.artefacts import read_artefact
from vibench.store.chunks import ChunkSink
from vibench.store.hdf5 import is_own_hdf5, read_hdf5
from vibench.store.scores import read_correlations, read_differences, read_scores
from vibench.store.weights import read_weights

_LARGEST: Final = 2**30


def _study(path: Path) -> object:
    return read_study(path, measured={})


def _potential(path: Path) -> object:
    return read_potential(str(path), dtype="float64")


def _molecule(path: Path) -> object:
    return read_molecule(str(path))


def _import_settings(path: Path) -> object:
    return read_settings(ImportRecipe, path)


def _record(path: Path) -> object:
    artefact = read_artefact(path.parent)
    return artefact.digest, artefact.record.identity.key, json.dumps(artefact.record.observed)


def _summary(path: Path) -> object:
    other = parse_summary(seeds.summary_text(), "other")
    comparison = compare_studies([read_summary(path, largest_bytes=_LARGEST), other])
    return json.dumps(comparison_object(comparison), allow_nan=False), refusal_lines(
        comparison.refusals
    )


def _progress(path: Path) -> object:
    return read_progress(path.parent)


def _spent(path: Path) -> object:
    return Meter(path.parent).spent()


def _chunks(path: Path) -> object:
    sink = ChunkSink(path.parent)
    return sink.restart(), sink.chunks()


def _hdf5(path: Path) -> object:
    return is_own_hdf5(path), read_hdf5(path, object)


def _spectrum_table(path: Path) -> object:
    return parse_spectrum_csv(read_text(path), str(path))


def _error_table(path: Path) -> object:
    return parse_structure_errors_csv(read_text(path), str(path))


def _archive(path: Path) -> object:
    with TemporaryDirectory() as name, Archive(path, largest_bytes=_LARGEST) as archive:
        folder = Path(name) / "inside"
        folder.mkdir()
        faults = archive.unpack(folder)
        outside = sorted(one.name for one in Path(name).iterdir())
        if outside != ["inside"]:
            raise RuntimeError(f"written outside of the folder: {outside}")
        return faults, packed_tasks(archive.manifest.about, folder)


def _labelled(path: Path) -> object:
    units = {
        "length_unit": "angstrom",
        "energy_unit": "eV",
        "force_unit": "eV/angstrom",
        "dipole_unit": "debye",
    }
    settings = {"path": str(path), "format": "extxyz", "preset": "ase", "level_of_theory": "x"}
    return import_dataset(ImportRecipe.model_validate(settings | units))


def _arrays(path: Path) -> object:
    return read_npz(path, Wanted(PRESETS["kernn"], frozenset(), None))


def _one_array(path: Path) -> object:
    data = path.parent / "data.npz"
    if not data.is_file():
        data.write_bytes(seeds.npz_files()[0])
    keys = {quantity: key for quantity, key in PRESETS["kernn"].items() if quantity != "energy"}
    return read_npz(data, Wanted(keys, frozenset(), None, {"energy": path}))


def _geometry(path: Path) -> object:
    return read_geometry(path, "x")


def _network(path: Path) -> object:
    from vibench.potentials.learned import LearnedPotential  # only this reader needs torch

    water = select(seeds.dataset().molecules, 0)
    return LearnedPotential(read_weights(path), name="x", device="cpu")(water).available()


def _measured(path: Path) -> object:
    return read_measurement(MeasuredRecipe(path=path, baseline="none"))


def _measured_table(path: Path) -> object:
    settings = {"abscissa": "cm^-1", "ordinate": "absorbance", "baseline": "none"}
    return read_measurement(MeasuredRecipe.model_validate(settings | {"path": path}))


def _dipoles(path: Path, form: str) -> object:
    with suppress(InputError):
        detect_format(path)
    unit = "debye" if form in {"ipi-extras", "lammps", "schnetpack"} else None
    declared = Declared(unit=unit, molecule=0 if form == "schnetpack" else None)
    if FORMATS[form].guarded:
        return FORMATS[form].read(path, declared)
    timed = Declared(unit=unit, time_step_fs=None if form in _STATED else 0.5, temperature_k=300.0)
    return read_dipole_trajectories([path], timed, format_name=form)


_STATED: Final = {"csv", "extxyz", "ipi", "lammps-log", "fhi-aims"}
"""Formats whose files here state their time step."""
_SUFFIXES: Final = {"schnetpack": "h5", "ase": "traj"}


def _dipole_reader(form: str) -> Reader:
    ways: dict[str, tuple[Mutation, ...]] = {
        "schnetpack": (change_hdf5,),
        "ase": (change_ulm,),
        "extxyz": (change_label, *TEXT),
    }
    return Reader(
        name=f"dipoles {form}",
        file=f"dipoles.{_SUFFIXES.get(form, 'dat')}",
        read=partial(_dipoles, form=form),
        seeds=DIPOLE_SEEDS[form],
        ways=ways.get(form, TEXT),
        guarded=FORMATS[form].guarded,
    )


def _geometry_reader(kind: str, suffix: str, *ways: Mutation) -> Reader:
    return Reader(
        name=f"geometry {kind}",
        file=f"geometry.{suffix}",
        read=_geometry,
        seeds=partial(seeds.geometry_files, kind),
        ways=ways,
        guarded=True,
    )


_TOML: Final = (change_toml, *TEXT)
_JSON: Final = (change_json,)
_ALL: Final = (
    Reader("study", "study.toml", _study, seeds.study_files, _TOML),
    Reader("potential settings", "p.toml", _potential, seeds.potential_files, _TOML),
    Reader("molecule settings", "m.toml", _molecule, seeds.molecule_settings, _TOML),
    Reader("import settings", "i.toml", _import_settings, seeds.import_settings, _TOML),
    Reader("record", "record.json", _record, seeds.record_files, _JSON),
    Reader("summary", "summary.json", _summary, seeds.summary_files, _JSON),
    Reader("scores", "scores.json", read_scores, seeds.score_files, _JSON),
    Reader("differences", "differences.json", read_differences, seeds.difference_files, _JSON),
    Reader("correlations", "correlations.json", read_correlations, seeds.correlation_files, _JSON),
    Reader("progress", "progress.json", _progress, seeds.progress_files, _JSON),
    Reader("spent", "spent.json", _spent, seeds.spent_files, _JSON),
    Reader("split", "split.json", read_split, seeds.split_files, _JSON),
    Reader("frame times", "frames.csv", read_frame_times, seeds.frame_files, TEXT),
    Reader("visits", "visited.csv", read_visits, seeds.visit_files, TEXT),
    Reader("spectrum table", "spectrum.csv", _spectrum_table, seeds.spectrum_tables, TEXT),
    Reader("error table", "structure-errors.csv", _error_table, seeds.error_tables, TEXT),
    Reader("labelled xyz", "data.xyz", _labelled, seeds.extended_xyz_files, (change_label, *TEXT)),
    Reader("labelled npz", "d.npz", _arrays, seeds.npz_files, (change_array,), guarded=True),
    Reader("labels npy", "e.npy", _one_array, seeds.npy_files, (change_header,), guarded=True),
    _geometry_reader("xyz", "xyz", change_label, *TEXT),
    _geometry_reader("traj", "traj", change_ulm),
    _geometry_reader("proteindatabank", "pdb", *TEXT),
    Reader("measured jcamp", "m.jdx", _measured, seeds.jcamp_files, (change_label, *TEXT)),
    Reader("measured table", "m.csv", _measured_table, seeds.measured_tables, TEXT),
    *map(_dipole_reader, DIPOLE_SEEDS),
    Reader("hdf5", "data.h5", _hdf5, seeds.hdf5_files, (change_hdf5,), guarded=True),
    Reader("chunks", "chunk-000000.h5", _chunks, seeds.chunk_files, (change_hdf5,)),
    Reader("model", "m.safetensors", model_entry, seeds.weights_files, (change_safetensors,)),
    Reader("network", "n.safetensors", _network, seeds.network_files, (change_safetensors,)),
    Reader("archive", "study.vibench", _archive, seeds.archive_files, (change_zip,)),
)
READERS: Final[Mapping[str, Reader]] = {reader.name: reader for reader in _ALL}
"""Name → reader."""
