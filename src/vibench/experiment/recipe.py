"""Settings of reading a measured spectrum."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vibench.core.recipe import Recipe
from vibench.experiment.axes import AbscissaUnit
from vibench.experiment.ordinates import OrdinateKind

type BaselineMethod = Literal["none", "arpls", "asls"]


class MeasuredRecipe(Recipe):
    """Which measured spectrum is read, and how."""

    path: Path
    """The file: JCAMP-DX (``.jdx``, ``.dx``, ``.jcamp``) or a table (``.csv``, ``.txt``, ``.dat``)
    of two columns."""
    abscissa: AbscissaUnit | None = None
    """Unit of the axis. A table needs it; a JCAMP-DX file states it, and is overruled by it."""
    ordinate: OrdinateKind | None = None
    """What the ordinate is. A table needs it; a JCAMP-DX file states it, and is overruled by it."""
    width_cm1: Annotated[float, Field(gt=0)] | None = None
    """Instrumental full width at half maximum in cm⁻¹; None takes what the file states, if
    anything."""
    baseline: BaselineMethod = "none"
    """Baseline that is subtracted: none, asymmetrically reweighted ("arpls") or asymmetric ("asls")
    penalised least squares."""
    baseline_stiffness_cm1: Annotated[float, Field(gt=0)] = 200.0
    """Length in cm⁻¹ below which the baseline cannot bend: undulations with a period of 2π times
    this length are followed by half."""
