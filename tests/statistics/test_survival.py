"""Survival: published data, limits without failures or survivors, rates."""

import math

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.statistics.survival import failure_rate, kaplan_meier, log_rank, share

# Weeks of remission of leukaemia under 6-mercaptopurine and placebo: E. J. Freireich et al., Blood
# 21, 699 (1963); Kaplan-Meier estimates and log-rank test as in D. R. Cox, D. Oakes, Analysis of
# Survival Data (1984), and D. Collett, Modelling Survival Data in Medical Research.
TREATED = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35.0])
RELAPSED = np.arange(21) < 9
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23.0])


def test_remissions_of_leukaemia_have_the_published_survival() -> None:
    found = kaplan_meier(TREATED, RELAPSED)
    at = dict(zip(found.time.tolist(), found.probability.tolist(), strict=True))
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {t: round(at[t], 3) for t in published} == published
    assert (found.n, found.failures) == (21, 9)
    assert found.last[0] == at[23]
    # Greenwood's standard error at 23 weeks is 0.135; on the scale of log(-log S) it gives:
    s, error = at[23], 0.1346
    spread = 1.96 * error / (s * abs(math.log(s)))
    assert found.last[1].low == pytest.approx(s ** math.exp(spread), abs=2e-3)
    assert found.last[1].high == pytest.approx(s ** math.exp(-spread), abs=2e-3)


def test_log_rank_of_leukaemia_is_the_published_one() -> None:
    p = log_rank((TREATED, RELAPSED), (PLACEBO, np.ones(21, bool)))
    assert p is not None
    # χ² = 16.79 with one degree of freedom.
    assert p == pytest.approx(math.erfc(math.sqrt(16.79 / 2)), rel=0.01)


def test_without_failures_survival_is_one_with_an_exact_bound() -> None:
    found = kaplan_meier(np.full(8, 5000.0), np.zeros(8, bool))
    assert found.last[0] == 1
    assert found.last[1].low == pytest.approx(0.025 ** (1 / 8))
    assert found.last[1].high == 1
    assert log_rank((np.ones(3), np.zeros(3, bool)), (np.ones(3), np.zeros(3, bool))) is None


def test_without_survivors_survival_falls_to_zero_with_an_exact_bound() -> None:
    found = kaplan_meier(np.array([1.0, 2.0, 4.0]), np.ones(3, bool))
    np.testing.assert_allclose(found.probability, [1, 2 / 3, 1 / 3, 0])
    assert found.last[1].low == 0
    assert found.last[1].high == pytest.approx(1 - 0.025 ** (1 / 3))
    assert np.all(np.isfinite(found.low))
    assert np.all(found.low <= found.probability)
    assert np.all(found.probability <= found.high)


def test_all_failing_at_once_is_no_survival() -> None:
    found = kaplan_meier(np.zeros(4), np.ones(4, bool))
    assert found.last[0] == 0
    assert found.last[1].high == pytest.approx(1 - 0.025 ** (1 / 4))


def test_rates_of_failure_are_exact() -> None:
    assert failure_rate(0, 3.0).high == pytest.approx(0.9986, abs=1e-4)  # the rule of three
    # Garwood's interval of a count of 5: 1.6235 to 11.6683.
    assert failure_rate(5, 1.0).low == pytest.approx(1.6235, abs=1e-4)
    assert failure_rate(5, 1.0).high == pytest.approx(11.6683, abs=1e-4)
    with pytest.raises(InputError, match="observed"):
        failure_rate(0, 0.0)


def test_intervals_of_survival_cover() -> None:
    """With exponential lifetimes cut at the mean, S = 1/e: 95 % of intervals hold it."""
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        times = rng.exponential(1.0, 24)
        _, interval = kaplan_meier(np.minimum(times, 1.0), times < 1.0).last
        covered += interval.low <= math.exp(-1) <= interval.high
    assert 0.92 <= covered / 400 <= 0.99


def test_shares_and_bad_input() -> None:
    # Clopper and Pearson for 3 of 8.
    assert share(3, 8).low == pytest.approx(0.0852, abs=1e-4)
    assert share(3, 8).high == pytest.approx(0.7551, abs=1e-4)
    for bad in (np.array([]), np.array([-1.0]), np.array([np.nan])):
        with pytest.raises(InputError, match="durations"):
            kaplan_meier(bad, np.zeros(len(bad), bool))
