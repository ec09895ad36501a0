"""Normal modes as motions of atoms, which the page shows in three dimensions."""

from typing import Any

import numpy as np
from ase.data import chemical_symbols

from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.report.failed_modes import FAILED
from vibench.report.formatting import prose_text
from vibench.report.packing import Store, packed
from vibench.report.results import ModesEntry


def cartesian_displacements(modes: Modes) -> Array:
    r"""Return each mode as displacements of atoms, the largest of one atom being 1.

    Eigenvectors L of the mass-weighted Hessian are turned back into Cartesian ones.

    .. math:: d_{ki} \propto m_i^{-1/2} L_{ki}

    Returns
    -------
    Array
        (modes, atoms, 3) displacements, without unit; a mode without motion stays zero.

    References
    ----------
    E. B. Wilson, J. C. Decius, P. C. Cross, Molecular Vibrations (1955), section 2.
    """
    moved = np.asarray(modes.eigenvectors) / np.sqrt(modes.masses)[None, :, None]
    largest = np.linalg.norm(moved, axis=2).max(axis=1)
    return moved / np.where(largest > 0, largest, 1.0)[:, None, None]


def motion(entry: ModesEntry, store: Store) -> dict[str, Any] | None:
    """Return what the page needs to move the molecule, or None where nothing moves."""
    modes = entry.modes
    if not len(modes.frequencies_cm1) or not np.any(modes.eigenvectors):
        return None
    centred = modes.positions - modes.positions.mean(axis=0)
    return {
        "source": entry.source,
        "group": entry.model,
        "failure": "" if modes.outcome.finished else prose_text(modes.outcome.reason or FAILED),
        "elements": [chemical_symbols[number] for number in modes.numbers],
        "masses": packed(modes.masses),
        "positions": packed(centred),
        "frequencies": packed(modes.frequencies_cm1),
        "intensities": packed(modes.intensities),
        "displacements": store.curve(cartesian_displacements(modes).ravel()),
    }
