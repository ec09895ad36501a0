from torch import nn


class MACE(nn.Module):
    pass


class MACEDipole(nn.Module):
    pass
