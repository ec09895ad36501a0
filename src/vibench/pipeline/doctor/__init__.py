"""The doctor: checks whether a machine can run studies; one module per subject."""
