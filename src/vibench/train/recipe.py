"""Settings of a training run. No torch here, so that a study can be read in no time."""

from pydantic import Field

from vibench.core.recipe import Recipe


class SecondStage(Recipe):
    """A late part of training with other weights in the loss ("swa" in mace-torch).

    The best model is looked for anew among its epochs, and the learning rate starts again.
    """

    start_epoch: int = Field(ge=1)
    """Epochs before it begins."""
    energy_weight: float = Field(ge=0)
    """Weight of the squared energy error in eV²."""
    force_weight: float = Field(ge=0)
    """Weight of the squared force error in (eV/Å)²."""
    dipole_weight: float = Field(default=0.0, ge=0)
    """Weight of the squared dipole error in (e·Å)²."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Step size of the optimiser at its beginning."""


class TrainRecipe(Recipe):
    """How a network is fitted to labels.

    The loss is a weighted sum of mean squared errors over a batch: energies of whole molecules
    in eV², force components in (eV/Å)², dipole components in (e·Å)². The weights are pure numbers
    that multiply these, so they depend on the units stated here. Properties that an architecture
    does not predict do not enter.
    """

    epochs: int = Field(default=300, ge=1)
    """Passes over the training structures."""
    batch_size: int = Field(default=32, ge=1)
    """Molecules per optimisation step."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Initial step size of AdamW."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decoupled weight decay of AdamW."""
    amsgrad: bool = False
    """Whether AdamW uses the largest second moment so far, as mace-torch does."""
    energy_weight: float = Field(default=0.05, ge=0)
    """Weight of the squared energy error in eV²."""
    force_weight: float = Field(default=0.94, ge=0)
    """Weight of the squared force error in (eV/Å)²."""
    dipole_weight: float = Field(default=0.01, ge=0)
    """Weight of the squared dipole error in (e·Å)²."""
    per_atom: bool = False
    """Divide errors of energies and dipoles by the number of atoms before squaring, as mace-torch
    does."""
    second_stage: SecondStage | None = None
    """A late part of training with other weights."""
    plateau_patience: int = Field(default=20, ge=0)
    """Epochs without improvement after which the learning rate is lowered."""
    plateau_factor: float = Field(default=0.5, gt=0, lt=1)
    """Factor by which the learning rate is lowered."""
    minimum_learning_rate: float = Field(default=1e-6, ge=0)
    """The learning rate is not lowered below this."""
    early_stopping_patience: int = Field(default=200, ge=1)
    """Epochs without improvement after which training ends."""
    ema_decay: float = Field(default=0.995, ge=0, lt=1)
    """Decay per step of the moving average of the parameters that is validated and kept;
    0 keeps the parameters themselves."""
    gradient_clip: float = Field(default=10.0, ge=0)
    """Largest norm of the gradient over all parameters; longer ones are shortened. 0 for no
    limit."""
    dtype: str = Field(default="float32", pattern="^float(32|64)$")
    """Precision of the network while it is trained."""
    seed: int = 0
    """Seed of the initial weights and of the order of the structures."""
