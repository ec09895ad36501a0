"""How alike two spectra are: scores with intervals."""
