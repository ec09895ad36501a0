"""Windows, correlation, transforms, broadening and resampling of signals and curves."""
