"""What makes training pointless or impossible, said before it begins."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from ase.data import chemical_symbols

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array, atom_offsets
from vibench.core.properties import PER_ATOM
from vibench.potentials.neighbours import neighbour_pairs

CLOSEST_ANGSTROM: Final = 0.2
"""Distance in Å below which two atoms are on top of one another: no molecule has such."""


def check_data(dataset: Dataset, parts: Mapping[str, Array], labels: Iterable[str]) -> None:
    """Refuse data that cannot be learned from: see the other functions of this module.

    Parameters
    ----------
    dataset
        All structures.
    parts
        ``"training"``, ``"validation"`` and perhaps ``"test"`` → positions in the data set.
    labels
        Names of the labels in the loss.
    """
    check_split(len(dataset), parts)
    check_contacts(dataset, np.concatenate([parts["training"], parts["validation"]]))
    check_labels(dataset, parts["training"], labels)


def check_split(structures: int, parts: Mapping[str, Array]) -> None:
    """Refuse parts (name → positions in a data set) that are no division of its *structures*.

    Raises
    ------
    InputError
        If a part is empty, names structures that are not there, or shares some with another. A
        part may name a structure several times: points of learning curves go round theirs.
    """
    owner: dict[int, str] = {}
    for name, index in parts.items():
        if len(index) == 0:
            raise InputError(f"training needs at least one {name} structure, found none")
        outside = index[(index < 0) | (index >= structures)]
        if outside.size:
            raise InputError(
                f"the {name} structures name structure {outside[0]}, but the data set has "
                f"{structures}, counted from 0: the division belongs to other data"
            )
        for structure in index.tolist():
            if owner.setdefault(structure, name) != name:
                raise InputError(
                    f"structure {structure} is in two parts, {owner[structure]} and {name}: "
                    "the parts of a division must not overlap"
                )


def check_labels(dataset: Dataset, index: Array, weights: Iterable[str]) -> None:
    """Refuse a loss that asks for labels which the structures at *index* do not have.

    Raises
    ------
    InputError
        If a label is absent, missing for all of these structures, or not a finite number.
    """
    for name in weights:
        setting = "force_weight" if name == "forces" else f"{name}_weight"
        value = getattr(dataset.properties, name)
        if value is None:
            raise InputError(
                f"{setting} is not zero but the training data has no {name}; "
                f"set {setting} = 0 or add the labels"
            )
        faulty, missing = _label_states(dataset, name, value)
        if faulty[index].any():
            first = int(index[faulty[index].argmax()])
            raise InputError(
                f"{name} of structure {first} ({dataset.molecules.names[first]}) is not a finite "
                "number in some of its places; correct it, or set all of them to NaN if the label "
                "is missing ('vibench data inspect' lists such structures)"
            )
        if missing[index].all():
            raise InputError(
                f"{setting} is not zero but all {len(index)} training structures lack their {name};"
                f" set {setting} = 0, add the labels, or divide the data in another way"
            )


def _label_states(dataset: Dataset, name: str, value: Array) -> tuple[Array, Array]:
    """Return, for each structure, whether its label is faulty and whether it is missing."""
    structures = len(dataset)
    owner = dataset.molecules.molecule_index if name in PER_ATOM else np.arange(structures)
    rows = value.reshape(len(value), -1)
    absent, finite = np.isnan(rows).sum(axis=1), np.isfinite(rows).sum(axis=1)
    whole = np.bincount(owner, np.full(len(rows), rows.shape[1]), minlength=structures)
    missing = np.bincount(owner, absent, minlength=structures) == whole
    sound = np.bincount(owner, finite, minlength=structures) == whole
    return ~(missing | sound), missing


def check_elements(dataset: Dataset, known: Iterable[int], parts: Mapping[str, Array]) -> None:
    """Refuse elements that a model will meet and cannot know.

    Parameters
    ----------
    dataset
        The data.
    known
        Atomic numbers that the model knows, in general those of its training structures.
    parts
        What the model is applied to → positions in the data set.
    """
    molecules, elements = dataset.molecules, list(known)
    strange = ~np.isin(molecules.numbers, elements)
    for name, index in parts.items():
        atoms = np.flatnonzero(strange & np.isin(molecules.molecule_index, index))
        if atoms.size:
            structure = int(molecules.molecule_index[atoms[0]])
            symbol = chemical_symbols[int(molecules.numbers[atoms[0]])]
            listing = ", ".join(chemical_symbols[z] for z in sorted(elements))
            raise InputError(
                f"element {symbol} of {name} structure {structure} ({molecules.names[structure]}) "
                f"is unknown to the model, which learns {listing}; add training structures with "
                f"{symbol}, or leave it out of the {name} structures"
            )


def check_contacts(dataset: Dataset, index: Array) -> None:
    """Refuse structures, among those at *index*, in which two atoms are on top of one another."""
    molecules = dataset.molecules
    first, second = neighbour_pairs(molecules, cutoff_angstrom=CLOSEST_ANGSTROM)
    apart = np.linalg.norm(molecules.positions[second] - molecules.positions[first], axis=1)
    apart[~np.isin(molecules.molecule_index[first], index)] = np.inf
    if apart.size and apart.min() < CLOSEST_ANGSTROM:
        pair = int(apart.argmin())
        structure = int(molecules.molecule_index[first[pair]])
        atoms = np.array([first[pair], second[pair]]) - atom_offsets(molecules)[structure]
        symbols = [
            chemical_symbols[molecules.numbers[atom]] for atom in (first[pair], second[pair])
        ]
        raise InputError(
            f"atoms {atoms[0]} ({symbols[0]}) and {atoms[1]} ({symbols[1]}) of structure "
            f"{structure} ({molecules.names[structure]}) are {apart[pair]:.3g} Å apart, on top of "
            "one another; correct the structure or leave it out, and look at the unit of length "
            "('vibench data inspect' names such faults)"
        )
