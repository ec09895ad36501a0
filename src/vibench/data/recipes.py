"""Settings of molecules, labels, imports and splits; quick to import."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from vibench.core.errors import unknown_name
from vibench.core.recipe import Recipe
from vibench.core.units import FORCE_UNITS

type Quantity = Literal[
    "numbers",
    "positions",
    "atom_count",
    "charge",
    "unpaired_electrons",
    "energy",
    "forces",
    "dipole",
    "trajectory",
    "name",
]
"""What an array of a file can be. `atom_count` is the number of atoms where arrays are padded;
`trajectory` is the number of the sampling trajectory that a frame comes from."""

type Preset = Literal["md17", "kernn", "ase"]

type Temperature = Annotated[float, Field(gt=0)]

type Share = Annotated[float, Field(ge=0)]
"""A fraction if below 1, else a whole count of structures."""


class MoleculeRecipe(Recipe):
    """Which molecule: by name alone, or by SMILES or file under a name of the user's choice."""

    silent = frozenset({"electric_field_v_per_angstrom"})

    name: str
    """Name in tables and figures; without `smiles` and `file` also what is looked up: a common
    name that vibench knows (methanol) or a key of ASE's G2 set (CH3OH)."""
    smiles: str | None = None
    """SMILES; its charges and radicals set charge and unpaired electrons."""
    file: str | None = None
    """File with one geometry, any format that ASE reads; environment variables are filled in."""
    charge: float | None = None
    """Total charge in e; None takes what name, SMILES or file say (mostly 0)."""
    unpaired_electrons: Annotated[int, Field(ge=0)] | None = None
    """Number of unpaired electrons; None takes what name, SMILES or file say."""
    electric_field_v_per_angstrom: tuple[float, float, float] | None = None
    """Uniform external field in V/Å that the molecule lies in, for potentials that feel one
    (field_schnet); others refuse it. 1 V/Å is 0.0194 atomic units."""
    isotopes: dict[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    """Element symbol, or zero-based index of one atom → mass number: ``{H = 2}`` deuterates a
    molecule, ``{"0" = 13}`` makes its first atom carbon-13. Indices go before elements; other
    atoms have standard atomic weights. A SMILES may also name isotopes itself."""

    @model_validator(mode="after")
    def _one_source(self) -> "MoleculeRecipe":
        if self.smiles is not None and self.file is not None:
            raise ValueError(f"molecule {self.name!r} has both smiles and file; give one of them")
        return self


class LabelRecipe(Recipe):
    """Which structures of a molecule to sample for labels."""

    temperatures_k: tuple[Temperature, ...] = (300.0, 600.0)
    """Temperatures in K of the sampling; one above that of the later dynamics covers its rare
    excursions."""
    structures_per_temperature: Annotated[int, Field(gt=0)] = 250
    """Structures of each molecule at each temperature."""
    normal_mode_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of structures displaced along normal modes; the others come from dynamics."""
    spacing_fs: Annotated[float, Field(gt=0)] = 50.0
    """Time in fs between two frames that are taken from one trajectory."""
    equilibration_fs: Annotated[float, Field(ge=0)] = 500.0
    """Time in fs that each trajectory runs before its first frame may be taken."""
    seed: int = 0
    """Seed of displacements and dynamics."""

    @property
    def from_normal_modes(self) -> int:
        """Structures per molecule and temperature that are displaced along normal modes."""
        return round(self.normal_mode_share * self.structures_per_temperature)

    @property
    def from_dynamics(self) -> int:
        """Structures per molecule and temperature that are taken from trajectories."""
        return self.structures_per_temperature - self.from_normal_modes


def _known_force_unit(unit: str) -> str:
    if unit not in FORCE_UNITS:
        raise ValueError(str(unknown_name("force unit", unit, FORCE_UNITS)))
    return unit


type ForceUnit = Annotated[
    str, AfterValidator(_known_force_unit), Field(json_schema_extra={"enum": [*FORCE_UNITS]})
]
"""An energy unit per length unit."""


class ImportRecipe(Recipe):
    """How to read a file of labelled structures."""

    path: str
    """The file; ``~`` and environment variables are filled in."""
    format: Literal["npz", "extxyz"]
    """NumPy archive, or extended XYZ."""
    level_of_theory: str
    """Method and basis of the labels, e.g. ``"CCSD(T)-F12B/aug-cc-pVTZ-F12"``."""
    preset: Preset | None = None
    """Key names of a well-known kind of file: md17 (also sGDML; z, R, E, F), kernn (Z, R, N, Q, E,
    F, D), ase (energy, forces, dipole, charge, …). Keys that the file lacks are left out."""
    keys: dict[Quantity, str] = Field(default_factory=dict)
    """Quantity → name in the file. Goes before the preset, and must be in the file."""
    arrays: dict[Quantity, str] = Field(default_factory=dict)
    """Quantity → file with that array alone (``.npy``), where a NumPy archive lacks it."""
    length_unit: Literal["angstrom", "bohr", "nm"] | None = None
    """Unit of positions; must be declared."""
    energy_unit: Literal["eV", "meV", "hartree", "kcal/mol", "kJ/mol"] | None = None
    """Unit of energies; must be declared if there are any."""
    force_unit: ForceUnit | None = None
    """Unit of forces, an energy unit per length unit such as ``"kcal/mol/angstrom"``; must be
    declared if there are any."""
    dipole_unit: Literal["e*angstrom", "debye", "e*bohr"] | None = None
    """Unit of dipoles; must be declared if there are any."""
    forces_are_gradients: bool = False
    """Whether the array of forces holds gradients, which have the opposite sign."""
    energy_reference: str = "total"
    """What energies are relative to, in words: total, free atoms, the minimum, …"""
    molecule_name: str | None = None
    """Name of all molecules; None for the key of `name`, or else the chemical formula."""
    frames: Literal["independent", "ordered"] = "independent"
    """Whether frames follow each other in time, so that neighbours are alike. Not used where the
    file has a key for `trajectory`."""
    structures: Annotated[int, Field(ge=1)] | None = None
    """Number of structures in the file, if it is known. `vibench plan` reckons with it where the
    file is not at hand, and a file with another number is refused."""
    incomplete: Literal["refuse", "drop", "keep"] = "refuse"
    """What becomes of frames in which a label is not a finite number: they are refused, dropped
    (and counted in the provenance), or kept with the labels that they have."""

    def sources(self) -> dict[str, str]:
        """Return the path of every file to be read, by role."""
        return {"file": self.path} | {f"file {name}": path for name, path in self.arrays.items()}

    def placed(self, paths: Mapping[str, str]) -> "ImportRecipe":
        """Return this recipe with other paths, by role as those of `sources`."""
        arrays = {name: paths[f"file {name}"] for name in self.arrays}
        return self.model_copy(update={"path": paths["file"], "arrays": arrays})


class SubsetRecipe(Recipe):
    """Which of the training structures to learn from, and for how long."""

    structures: Annotated[int, Field(ge=1)]
    """How many: the first of one random order, so that smaller subsets lie inside larger ones."""
    seed: int = 0
    """Seed of that order."""
    budget: Literal["steps", "epochs"] = "steps"
    """What stays the same as with all structures: the number of optimiser steps, or the number of
    passes over the structures."""


class ModelSplitRecipe(Recipe):
    """How one model divides the structures that are not for testing.

    The test structures are those of ``[data.split]`` for every model, so that all are judged by
    the same ones.
    """

    train: Share
    """Share of all structures to train on: a fraction below 1, else a count."""
    validation: Share
    """Share of all structures that decide when training stops."""


class SplitRecipe(Recipe):
    """How to divide a data set. Below 1 a share is a fraction, from 1 on a count."""

    scheme: Literal["random", "molecule", "block"] = "random"
    """What stays together: nothing (random), all structures of one name (molecule), or blocks of
    successive structures of one trajectory (block), whose members resemble each other."""
    train: Share = 0.8
    """Share of structures to train on."""
    validation: Share = 0.1
    """Share of structures that decide when training stops."""
    test: Share | None = None
    """Share of structures to judge by; None for all that remain."""
    block_length: Annotated[int, Field(gt=0)] = 10
    """Structures per block, for the scheme block."""
    seed: int = 0
    """Seed of the division."""


class SelectionRecipe(Recipe):
    """Which structures to take from the frames of a trajectory."""

    kind: Literal["representative", "random", "first"]
    """``representative``: the frames nearest to the centres of equally large clusters of similar
    ones (constrained k-means; needs the extra ``clustering``); they cover what a molecule does
    with few structures, but leave out its extremes. ``random``: drawn without replacement, as
    extreme as the trajectory itself. ``first``: the first frames, one after the other; errors are
    then also shown against time."""
    structures: Annotated[int, Field(gt=0)]
    """Structures of each molecule."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of what is random: the first centres of clusters, or the draw."""


class AcquisitionRecipe(Recipe):
    """Which of the structures that a committee has visited are labelled."""

    selection: Literal["uncertain", "random"] = "uncertain"
    """``uncertain``: structures whose forces the members disagree on, and that differ from each
    other and from those labelled before. ``random``: any structures visited, the control that
    active learning has to beat with as many labels; it never stops before its last round."""
    structures_per_round: Annotated[int, Field(gt=0)] = 20
    """Structures of each molecule that one round labels, at most."""
    force_uncertainty_mev_per_angstrom: Annotated[float, Field(gt=0)] = 50.0
    """Uncertainty of a structure's forces in meV/Å above which it may be labelled: the largest
    standard deviation over the members of the force on one of its atoms."""
    unphysical_mev_per_angstrom: Annotated[float, Field(gt=0)] = 500.0
    """Uncertainty in meV/Å above which a structure is taken for unphysical and never labelled: a
    molecule that falls apart is as uncertain as can be, and teaches nothing of its vibrations."""
    converged_share: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of the structures visited: of a molecule of which no more are uncertain a round labels
    none. When this holds for all molecules, learning has converged."""

    @model_validator(mode="after")
    def _ordered(self) -> "AcquisitionRecipe":
        if self.unphysical_mev_per_angstrom <= self.force_uncertainty_mev_per_angstrom:
            raise ValueError(
                f"unphysical_mev_per_angstrom must exceed force_uncertainty_mev_per_angstrom, "
                f"found {self.unphysical_mev_per_angstrom:g} and "
                f"{self.force_uncertainty_mev_per_angstrom:g}"
            )
        return self
