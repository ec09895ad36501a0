"""Proofs by simulation: what intervals and tests claim, against trajectories of known spectrum."""
