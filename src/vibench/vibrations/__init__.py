"""Relaxation, second derivatives and harmonic vibrations of isolated molecules."""
