"""Arrays inside the page: what its script reads back."""

import base64

import numpy as np
import pytest

from vibench.core.molecules import Array
from vibench.report.packing import Store, packed


def decoded(text: str, kind: str) -> Array:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def test_short_arrays_are_float32() -> None:
    values = np.array([1.5, np.nan, -3e7])
    np.testing.assert_array_equal(decoded(packed(values), "<f4"), values.astype("f4"))


def test_curves_keep_a_step_of_their_range_and_their_gaps() -> None:
    store = Store()
    values = np.random.default_rng(1).normal(size=999)
    values[5] = np.nan
    curve = store.curve(values)
    codes = decoded(store.texts[curve["data"]], "<u2")
    found = np.where(codes == 65535, np.nan, curve["low"] + codes * curve["step"])
    np.testing.assert_allclose(found, values, rtol=0, atol=0.51 * np.nanmax(values) / 32000)
    assert curve["step"] == pytest.approx(np.ptp(values[np.isfinite(values)]) / 65534)


@pytest.mark.parametrize("values", [[2.0, 2.0], [np.nan, np.nan], [0.0]])
def test_flat_curves_are_kept(values: list[float]) -> None:
    store = Store()
    curve = store.curve(np.array(values))
    codes = decoded(store.texts[curve["data"]], "<u2")
    found = np.where(codes == 65535, np.nan, curve["low"] + codes * curve["step"])
    np.testing.assert_array_equal(found, values)


def test_even_grids_are_three_numbers_and_others_whole() -> None:
    store = Store()
    grid = np.arange(0.0, 4500.0, 1.0)
    assert store.grid(grid) == {"first": 0.0, "last": 4499.0, "count": 4500}
    assert store.texts == []
    bent = grid**1.1
    place = store.grid(bent)["data"]
    np.testing.assert_allclose(decoded(store.texts[place], "<f4"), bent, rtol=1e-7)


def test_equal_arrays_are_kept_once() -> None:
    store = Store()
    places = [store.curve(scale * np.arange(50.0))["data"] for scale in (1, 3, 1)]
    assert places[0] == places[2]
    assert len(store.texts) == 1  # the codes of a multiple are the same too
