"""Timings of vibench beside the upstream codes, in one run on one machine."""
