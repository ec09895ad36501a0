"""Training: labelled structures and an architecture become a potential."""
