"""What training begins with: random weights, or those of a model trained before (fine-tuning)."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array, composition
from vibench.core.recipe import changed_settings
from vibench.core.weights import Weights
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.network import build_network
from vibench.potentials.recipes import AnyArchitecture, parse_architecture
from vibench.potentials.training_statistics import TrainingStatistics
from vibench.train.checks import check_elements
from vibench.train.offsets import fit_reference_energies
from vibench.train.summary import summarise


def check_start(
    start: Weights | None,
    architecture: AnyArchitecture,
    dataset: Dataset,
    parts: Mapping[str, Array],
) -> None:
    """Refuse weights that do not belong to *architecture*, and elements that nobody teaches.

    Parameters
    ----------
    start
        Weights to begin with; without them the model knows the elements of its training structures.
    architecture
        What is to be trained.
    dataset, parts
        The data, and name → positions of its parts, ``"training"`` among them.

    Raises
    ------
    InputError
        Naming the settings that differ, or the element.
    """
    if start is None:
        inside = np.isin(dataset.molecules.molecule_index, parts["training"])
        known = set(np.unique(dataset.molecules.numbers[inside]).tolist())
        check_elements(dataset, known, parts)
        return
    theirs = parse_architecture(start.architecture).model_dump(mode="json")
    changes = changed_settings(theirs, architecture.model_dump(mode="json"))
    if changes:
        raise InputError(
            "the model to start from has another architecture than the one to be trained (there → "
            f"here): {'; '.join(changes)}. Set the architecture to that of the model"
        )
    check_elements(dataset, start.reference_energies, parts)


def first_network(
    training: Dataset, architecture: AnyArchitecture, start: Weights | None, *, seed: int
) -> nn.Module:
    """Return the network at the beginning of its training on the structures of *training*.

    What a network is told about its training data (see `summarise`) belongs to the weights of
    *start*, if there are any.
    """
    if start is None:
        facts = summarise(training, cutoff_angstrom=architecture.cutoff_angstrom)
        return build_network(architecture, seed=seed, statistics=facts)
    facts = TrainingStatistics(elements=tuple(sorted(start.reference_energies)))
    network = build_network(architecture, seed=seed, statistics=facts)
    network.load_state_dict({name: torch.tensor(array) for name, array in start.arrays.items()})
    return network


def without_parameters(
    training: Dataset, architecture: AnyArchitecture, start: Weights | None, device: str
) -> Weights:
    """Return all of a model but its parameters: reference energies, and where it comes from."""
    energies = (
        fit_reference_energies(training)
        if start is None
        else start_reference_energies(start, training, device)
    )
    charged = bool(np.any(training.molecules.charge != 0))
    return Weights(
        architecture=architecture.model_dump(mode="json"),
        arrays={},
        reference_energies=energies,
        level_of_theory=training.level_of_theory,
        training_checksum=training.checksum,
        charged=charged or (start is not None and start.charged),
    )


def start_reference_energies(start: Weights, training: Dataset, device: str) -> dict[int, float]:
    """Return the reference energies of *start*, shifted to fit the labels of other data.

    The shifts δ_Z are those of smallest Σ_Z δ_Z² among all that minimise
    Σ_s (E_s − Ê_s − Σ_Z n_sZ δ_Z)², with labels E, predictions Ê of *start* and numbers of atoms n.
    Data of the same method leave the energies nearly as they are; those of another method move
    them by what the compositions tell, and elements that do not occur are not moved.
    """
    known = dict(start.reference_energies)
    energy = training.properties.energy
    potential = LearnedPotential(
        replace(start, charged=True), name="the model to start from", dtype="float64", device=device
    )
    if energy is None or "energy" not in potential.capabilities.outputs:
        return known
    predicted = potential(training.molecules).energy
    elements = sorted(known)
    counts = composition(training.molecules, elements).astype(np.float64)
    labelled = np.isfinite(energy)
    shift, *_ = np.linalg.lstsq(counts[labelled], (energy - predicted)[labelled], rcond=None)
    return {z: known[z] + float(s) for z, s in zip(elements, shift, strict=True)}


def checksum(weights: Weights) -> str:
    """Return the SHA-256 of the parameters and reference energies of a model."""
    digest = hashlib.sha256(str(sorted(weights.reference_energies.items())).encode())
    for name in sorted(weights.arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights.arrays[name]).tobytes())
    return digest.hexdigest()
