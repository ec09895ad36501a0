"""Readers of dipoles along trajectories, one module per format.

`registry` knows the formats, tells them apart and reads; every reader returns a `DipoleSeries`.
"""
