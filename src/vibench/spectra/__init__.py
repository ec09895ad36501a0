"""Infrared spectra from dipoles of molecular dynamics and from normal modes."""
