"""Settings of reading a measured spectrum."""

from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from vibench.core.recipe import Recipe
from vibench.experiment.axes import AbscissaUnit
from vibench.experiment.ordinates import LogarithmBase, OrdinateKind

type BaselineMethod = Literal["none", "derivative-threshold", "arpls", "asls", "mor", "imodpoly"]

BASELINE_METHODS: Final[tuple[BaselineMethod, ...]] = get_args(BaselineMethod.__value__)
"""All baselines, "none" first."""


class MeasuredRecipe(Recipe):
    """Which measured spectrum is read, and how."""

    path: Path
    """The file: JCAMP-DX (``.jdx``, ``.dx``, ``.jcamp``) or a table (``.csv``, ``.txt``, ``.dat``)
    of two columns."""
    abscissa: AbscissaUnit | None = None
    """Unit of the axis. A table needs it; a JCAMP-DX file states it, and is overruled by it."""
    ordinate: OrdinateKind | None = None
    """What the ordinate is. A table needs it; a JCAMP-DX file states it, and is overruled by it.
    "absorptivity" of a table is in (µmol/mol)^-1 m^-1."""
    base: LogarithmBase | None = None
    """Base of absorbance or absorptivity: "10" or "e". None takes what the file states, else 10."""
    width_cm1: Annotated[float, Field(gt=0)] | None = None
    """Instrumental full width at half maximum in cm⁻¹; None takes what the file states, if
    anything."""
    pressure_kpa: Annotated[float, Field(gt=0)] | None = None
    """Pressure in kPa of the gas that an absorptivity refers to; None takes what the file
    states."""
    temperature_k: Annotated[float, Field(gt=0)] | None = None
    """Temperature in K of that gas; None takes what the file states."""
    least_transmittance: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Transmittance at or below which a point counts as saturated: it is left out, and the gap is
    reported and kept with the spectrum. 0 leaves out only what has no absorbance at all."""
    baseline: BaselineMethod = "arpls"
    """Baseline that is subtracted: none; "derivative-threshold", a line through all places where
    the curve is flat; penalised least squares, asymmetrically reweighted ("arpls") or asymmetric
    ("asls"); a morphological opening ("mor"); or a polynomial ("imodpoly")."""
    baseline_stiffness_cm1: Annotated[float, Field(gt=0)] = 200.0
    """Length L in cm⁻¹ below which arpls, asls and mor cannot bend. arpls and asls follow by half
    undulations with a period of 2πL; mor removes what is wider than 2L."""
    baseline_order: Annotated[int, Field(ge=0, le=10)] = 4
    """Order of the polynomial of imodpoly."""
    derivative_threshold: Annotated[float, Field(gt=0)] = 0.006
    """derivative-threshold: change per point of the curve, scaled to a highest point of 1, above
    which a point belongs to a band."""
    derivative_widening: Annotated[int, Field(ge=0)] = 3
    """derivative-threshold: points on either side of such a point that belong to the band, too."""
    derivative_step_cm1: Annotated[float, Field(gt=0)] = 4.0
    """derivative-threshold: distance of points in cm⁻¹ to which the curve is brought first, as the
    change per point depends on it."""
