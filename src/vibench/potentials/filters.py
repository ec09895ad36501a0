"""Filters: features of a distance that weigh what neighbours send."""

from torch import Tensor, nn

from vibench.potentials.layers import shifted_softplus, two_layers
from vibench.potentials.radial import RadialFeatures


class Filters(nn.Module):
    """Filter-generating network: features of the distance that vanish at the cutoff."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.network = two_layers(radial_functions, features, features, shifted_softplus)

    def forward(self, radial: RadialFeatures) -> Tensor:
        """Return (rows, features) filters."""
        filters: Tensor = self.network(radial.functions)
        return filters * radial.switch
