"""Score: one measured figure of merit, with its interval and what it refers to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A number that a report may show: what it is, how sure it is, and what it belongs to."""

    name: str
    """What is measured, e.g. ``"force MAE"``."""
    value: float
    """The estimate."""
    unit: str
    """Unit of the value; empty for a pure number."""
    higher_is_better: bool
    """Direction of merit."""
    n: int
    """Sample size behind the value."""
    low: float | None = None
    """Lower end of the 95 % interval, if one can be given."""
    high: float | None = None
    """Upper end of the 95 % interval."""
    estimand: str = ""
    """What the value estimates and how the interval was made, in words."""
    model: str | None = None
    """Potential that is judged."""
    molecule: str | None = None
    """Molecule, or None for a value over all of them."""
    temperature_k: float | None = None
    """Temperature in K, for scores of spectra."""
    reference: str | None = None
    """What the model is compared with."""
    dataset: str | None = None
    """Data set or subset the value was measured on."""
    part: str | None = None
    """Part of a spectrum that the value is for, such as a region or a band, or the error that a
    number of structures is needed for; None for all of it."""
    training_structures: int | None = None
    """Structures that the model was trained on, of points of a learning curve; else None."""
    width_cm1: float | None = None
    """Total line width in cm⁻¹ at which spectra were compared."""
    group: str | None = None
    """Letters of the groups of models that cannot be told apart: two models that share a letter do
    not differ significantly; "a" is the best group. None where models were not compared."""
