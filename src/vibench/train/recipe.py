"""Settings of a training run. No torch here, so that a study can be read in no time."""

from typing import Literal

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
    constant_learning_rate: bool = False
    """Keep the step size to the end, as mace-torch does; else plateaus lower it as before."""


class TrainRecipe(Recipe):
    """How a network is fitted to labels.

    The loss is a weighted sum of mean squared errors over a batch: energies of whole molecules
    in eV², force components in (eV/Å)², dipole components in (e·Å)². The weights are pure numbers
    that multiply these, so they depend on the units stated here. Properties that an architecture
    does not predict do not enter.
    """

    start: str = Field(default="", exclude=True)
    """File of a model trained before (``model.safetensors``) whose weights training begins with.
    Its architecture must be this one, and it must know all elements of the data. Its reference
    energies are shifted by the smallest amounts that fit the new labels. The content of the file
    is part of what a result is known by, its path is not."""
    epochs: int = Field(default=300, ge=1)
    """Passes over the training structures."""
    batch_size: int = Field(default=32, ge=1)
    """Molecules per optimisation step."""
    drop_last: bool = False
    """Leave out the last batch of an epoch if it is smaller than the others, as mace-torch does;
    as the order changes from epoch to epoch, other structures are left out each time."""
    optimizer: Literal["adamw", "adam"] = "adamw"
    """``"adamw"`` shrinks weights beside the gradient step (SchNetPack), ``"adam"`` adds the decay
    to the gradient (mace-torch). Without weight decay they are the same."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Initial step size of the optimiser."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Strength of the weight decay."""
    weight_decay_on: Literal["all", "mace-torch"] = "all"
    """Parameters that decay: all, or of MACE those that decay in mace-torch (the matrices that mix
    messages, the coefficients of the products, and the matrices that mix these)."""
    amsgrad: bool = False
    """Whether the optimiser uses the largest second moment so far, as mace-torch does."""
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
    plateau_cooldown: int = Field(default=0, ge=0)
    """Epochs after a lowering in which none without improvement counts (SchNetPack: 10)."""
    plateau_threshold: float = Field(default=0.0, ge=0)
    """Fraction of the validation loss by which it must fall to count as improved (mace-torch:
    1e-4)."""
    minimum_learning_rate: float = Field(default=1e-6, ge=0)
    """The learning rate is not lowered below this."""
    early_stopping_patience: int = Field(default=200, ge=1)
    """Epochs without improvement after which training ends."""
    ema_decay: float = Field(default=0.995, ge=0, lt=1)
    """Decay per step of the moving average of the parameters that is validated and kept;
    0 keeps the parameters themselves."""
    ema_warm_up: bool = True
    """Limit the decay to (1 + n)/(10 + n) in step n, so that the random start is soon forgotten, as
    SchNetPack and mace-torch do."""
    gradient_clip: float = Field(default=10.0, ge=0)
    """Largest norm of the gradient over all parameters; longer ones are shortened. 0 for no
    limit."""
    dtype: str = Field(default="float32", pattern="^float(32|64)$")
    """Precision of the network while it is trained."""
    seed: int = 0
    """Seed of the initial weights and of the order of the structures."""
