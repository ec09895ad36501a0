"""Potentials: the architectures, the adapters to other codes, and the bridge to ASE."""
