"""Adapters: reference methods and calculators of other codes as potentials."""
