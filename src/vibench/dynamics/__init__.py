"""Molecular dynamics of many molecules, replicas and temperatures in one ragged batch."""
