"""Physical constants and unit conversions: the one place where a factor may be written.

Internal units: Å, eV, eV/Å, e·Å, fs, amu, K, cm⁻¹. Constants are the CODATA 2018 adjustment
(E. Tiesinga et al., Rev. Mod. Phys. 93, 025010 (2021)); the first five are exact in the SI of 2019.
"""

import math
from typing import Final

ELEMENTARY_CHARGE_C: Final = 1.602176634e-19
BOLTZMANN_J_PER_K: Final = 1.380649e-23
PLANCK_J_S: Final = 6.62607015e-34
AVOGADRO_PER_MOL: Final = 6.02214076e23
SPEED_OF_LIGHT_M_PER_S: Final = 299792458.0
VACUUM_PERMITTIVITY_F_PER_M: Final = 8.8541878128e-12
ATOMIC_MASS_KG: Final = 1.66053906660e-27

GAS_CONSTANT_J_PER_MOL_K: Final = BOLTZMANN_J_PER_K * AVOGADRO_PER_MOL
ZERO_CELSIUS_K: Final = 273.15
"""0 °C in K."""

BOHR: Final = 0.529177210903
"""1 bohr in Å."""
HARTREE: Final = 27.211386245988
"""1 hartree in eV."""
KCAL_PER_MOL: Final = 4184.0 / (AVOGADRO_PER_MOL * ELEMENTARY_CHARGE_C)
"""1 kcal/mol (thermochemical) in eV."""
KJ_PER_MOL: Final = 1000.0 / (AVOGADRO_PER_MOL * ELEMENTARY_CHARGE_C)
"""1 kJ/mol in eV."""
DEBYE: Final = 1e-21 / SPEED_OF_LIGHT_M_PER_S / ELEMENTARY_CHARGE_C * 1e10
"""1 debye in e·Å (0.20819...)."""

COULOMB: Final = ELEMENTARY_CHARGE_C / (4 * math.pi * VACUUM_PERMITTIVITY_F_PER_M) * 1e10
"""e/(4πε₀) in V·Å (14.3996...): a polarizability in e·Å²/V times this is a volume in Å³."""

BOLTZMANN: Final = BOLTZMANN_J_PER_K / ELEMENTARY_CHARGE_C
"""Boltzmann constant in eV/K."""
ATOMIC_TIME: Final = PLANCK_J_S / (2 * math.pi) / (HARTREE * ELEMENTARY_CHARGE_C) * 1e15
"""1 atomic unit of time, ħ/hartree, in fs."""
SPEED_OF_LIGHT: Final = SPEED_OF_LIGHT_M_PER_S * 1e-13
"""Speed of light in cm/fs."""
FORCE_TO_ACCELERATION: Final = ELEMENTARY_CHARGE_C / ATOMIC_MASS_KG * 1e-10
"""1 (eV/Å)/amu in Å/fs²; its inverse turns amu·Å²/fs² into eV."""
NANOMETRE_KJ_TIME: Final = 10.0 / math.sqrt(KJ_PER_MOL * FORCE_TO_ACCELERATION)
"""Unit of time in fs where lengths are in nm, energies in kJ/mol and masses in amu: 1 ps."""

FREQUENCY_PER_SQRT_CURVATURE: Final = math.sqrt(FORCE_TO_ACCELERATION) / (
    2 * math.pi * SPEED_OF_LIGHT
)
"""Wavenumber in cm⁻¹ of a mode whose mass-weighted force constant is 1 eV/Å²/amu."""
HC: Final = PLANCK_J_S * SPEED_OF_LIGHT_M_PER_S * 100 / ELEMENTARY_CHARGE_C
"""Energy in eV of 1 cm⁻¹."""

INTENSITY_PER_DIPOLE_DERIVATIVE: Final = (
    AVOGADRO_PER_MOL
    * ELEMENTARY_CHARGE_C**2
    / (12 * VACUUM_PERMITTIVITY_F_PER_M * SPEED_OF_LIGHT_M_PER_S**2 * ATOMIC_MASS_KG)
    * 1e-3
)
"""Harmonic IR intensity in km/mol of |∂μ/∂Q|² = 1 e²/amu: N_A/(12 ε₀ c²)."""

ABSORPTION_PER_DIPOLE_FLUX: Final = (
    AVOGADRO_PER_MOL
    * (ELEMENTARY_CHARGE_C * 1e5) ** 2
    * 1e-15
    / (6 * VACUUM_PERMITTIVITY_F_PER_M * SPEED_OF_LIGHT_M_PER_S * BOLTZMANN_J_PER_K)
    * 0.1
)
"""Absorption in km/mol per cm⁻¹, times kelvin, of a two-sided dipole-flux spectral density of
1 (e·Å/fs)²·fs: N_A/(6 ε₀ c k_B). Divide by the temperature. The harmonic quantum factor is
already contained in this prefactor (see docs/theory)."""

ABSORPTION_PER_ABSORPTIVITY: Final = math.log(10) * 1e6 * GAS_CONSTANT_J_PER_MOL_K * 1e-3 * 0.1
"""Napierian absorption in km/mol per cm⁻¹, times kPa/K, of a decadic absorptivity of
1 (µmol/mol)⁻¹ m⁻¹: ln 10 · 10⁶ · R. Multiply by the temperature in K over the pressure in kPa of
the gas in which the mole fraction is meant. Factors: R in kPa m³/(mol K), and 1 m²/mol, integrated
over cm⁻¹, is 0.1 km/mol."""

ABSORPTIVITY_PER_ABSORPTION: Final = 100.0 / math.log(10)
"""Decadic molar absorptivity in L/(mol cm) of a napierian absorption of 1 km/mol per cm⁻¹:
100/ln 10. Factors: 1 km/mol, per cm⁻¹, is 10⁵ cm²/mol, and 1 L/(mol cm) is 10³ cm²/mol."""

ENERGY_UNITS: Final = {
    "eV": 1.0,
    "meV": 1e-3,
    "hartree": HARTREE,
    "kcal/mol": KCAL_PER_MOL,
    "kJ/mol": KJ_PER_MOL,
}
PRESSURE_UNITS: Final = {
    "Pa": 1e-3,
    "hPa": 0.1,
    "kPa": 1.0,
    "mbar": 0.1,
    "bar": 100.0,
    "atm": 101.325,
    "Torr": 101.325 / 760,
    "mmHg": 0.133322387415,
}
"""Pressures in kPa; mmHg is the conventional millimetre of mercury."""
LENGTH_UNITS: Final = {"angstrom": 1.0, "bohr": BOHR, "nm": 10.0}
DIPOLE_UNITS: Final = {"e*angstrom": 1.0, "debye": DEBYE, "e*bohr": BOHR, "e*nm": 10.0}
FORCE_UNITS: Final = {
    f"{energy}/{length}": energy_factor / length_factor
    for energy, energy_factor in ENERGY_UNITS.items()
    for length, length_factor in LENGTH_UNITS.items()
}
