"""Statistics of training data that are part of a network."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingStatistics:
    """What a network is told about its training data before it is trained."""

    elements: tuple[int, ...] = tuple(range(1, 100))
    """Atomic numbers that occur, in ascending order."""
    mean_neighbours: float = 1.0
    """Mean number of neighbours within the cutoff of the atoms that have any."""
    force_rms: float = 1.0
    """Root mean square of all force components in eV/Å."""
