"""Contract suites, analytic potentials and tolerances for tests of potentials, yours included."""
