"""Protocol: how scores of one kind were measured, so that those of other studies are comparable."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from vibench.core.errors import InputError
from vibench.core.score import Score
from vibench.report.scores import (
    ERROR_SCORES,
    FUNDAMENTAL_SCORES,
    HARMONIC,
    HARMONIC_SCORE,
    MODE_SCORES,
    NOISE_FLOOR,
    SPECTRUM_SCORES,
)

type Family = Literal["errors", "harmonic", "spectra", "fundamentals"]
"""Kind of score: errors of predictions, harmonic modes against those of the reference, spectra
against those of the reference or measured ones, bands against observed fundamentals."""

FAMILIES: Final[tuple[Family, ...]] = get_args(Family.__value__)
_NAMES: Final[Mapping[Family, tuple[str, ...]]] = {
    "errors": ERROR_SCORES,
    "harmonic": MODE_SCORES,
    "spectra": SPECTRUM_SCORES,
    "fundamentals": FUNDAMENTAL_SCORES,
}


@dataclass(frozen=True, slots=True)
class Protocol:
    """All that must be equal for two scores of one kind to be comparable."""

    family: Family
    """Kind of score."""
    settings: Mapping[str, Any]
    """Test data by checksum, reference, dynamics, processing and comparison, in JSON form."""
    molecule: str | None = None
    """Molecule of the scores; None for scores over all of a data set."""
    reference: str | None = None
    """What models are compared with; None for labels."""
    dataset: str | None = None
    """Data set of the scores, of errors."""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise InputError(f"protocol of an unknown family {self.family!r}")

    @property
    def key(self) -> str:
        """First 16 hex digits of the SHA-256 of all of it."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def family_of(score: Score) -> Family | None:
    """Return the kind of a score that can be compared between studies, or None.

    Standards (noise floors, harmonic spectra in place of others) and scores by region, band or
    width are not compared.
    """
    if score.dataset in {NOISE_FLOOR, HARMONIC} or score.part is not None:
        return None
    return next((family for family, names in _NAMES.items() if score.name in names), None)


def protocol_of(score: Score, protocols: Iterable[Protocol]) -> Protocol | None:
    """Return the protocol that *score* was measured by, or None if none of them fits."""
    family = family_of(score)
    place = (
        (None, None, score.dataset)
        if family == "errors"
        else (score.molecule, score.reference, None)
    )
    for one in protocols:
        if one.family == family and (one.molecule, one.reference, one.dataset) == place:
            return one
    return None


HEADLINES: Final = (
    "energy MAE",
    "force MAE",
    "dipole MAE",
    HARMONIC_SCORE,
)
"""Errors that an overview shows beside the scores of spectra."""
