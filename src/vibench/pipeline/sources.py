"""What a study names outside itself: molecules and measured spectra, checked as it is read."""

from collections.abc import Iterable, Mapping

from vibench.core.errors import InputError
from vibench.data.molecules import check_molecule
from vibench.data.paths import data_source
from vibench.data.recipes import MoleculeRecipe
from vibench.experiment.recipe import MeasuredRecipe


def check_molecules(
    molecules: Iterable[MoleculeRecipe], unseen: Iterable[MoleculeRecipe], *, source: str
) -> None:
    """Refuse molecules that cannot be built; no geometry is looked for.

    Parameters
    ----------
    molecules, unseen
        The two lists of ``[data]``.
    source
        The study file, for messages.

    Raises
    ------
    InputError
        Naming file and key: an unknown name (with the nearest known one), a SMILES or geometry
        that cannot be read, an impossible charge, isotopes that do not exist.
    """
    for key, listed in (("molecules", molecules), ("unseen", unseen)):
        for molecule in listed:
            try:
                check_molecule(molecule)
            except InputError as error:
                raise InputError(f"{source}: data.{key}: {error}") from error


def check_measured(measured: Mapping[str, MeasuredRecipe], *, source: str) -> None:
    """Refuse measured spectra that are not there or cannot be read.

    Parameters
    ----------
    measured
        Molecule → measured spectrum.
    source
        The study file, for messages.

    Raises
    ------
    InputError
        Naming file and key.
    """
    if not measured:
        return
    # Baselines take longer to import than all else in a plan.
    from vibench.experiment.measurement import read_measurement

    for molecule, recipe in measured.items():
        try:
            path = data_source(str(recipe.path))
            read_measurement(recipe.model_copy(update={"path": path}))
        except InputError as error:
            raise InputError(f"{source}: measured.{molecule}: {error}") from error
