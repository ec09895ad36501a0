"""vibench: interatomic potentials, benchmarked by the infrared spectra they predict."""
