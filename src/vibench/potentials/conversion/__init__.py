"""Weights of other codes, renamed and reshaped to those of vibench, without the other codes."""
