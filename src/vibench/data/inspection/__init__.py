"""Inspection of a data set: ranges, duplicates, and the faults files usually have, by name."""
