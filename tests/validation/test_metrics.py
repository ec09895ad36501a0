"""How measures respond to known faults: what docs/design/metrics.md says."""

from validation.metrics import measure_responses


def test_measures_respond_as_the_design_note_says():
    responses, agreements = measure_responses(12)
    value = {(r.fault, r.size, r.measure): r.mean for r in responses}
    shift = "all bands shifted (cm^-1)"
    # Overlap and correlation saturate once bands no longer overlap; the distance is the shift.
    assert value[shift, 200.0, "overlap lost"] < 1.1 * value[shift, 60.0, "overlap lost"]
    for size in (20.0, 60.0, 200.0):
        assert abs(value[shift, size, "wasserstein"] - size) < 0.01 * size
    # A distance of values does not see a shift at all.
    assert value[shift, 200.0, "mlatom"] < 0.01
    areas = "areas wrong (log-normal)"
    assert value[areas, 0.3, "1 - pearson"] < 0.15
    assert value[areas, 0.3, "wasserstein"] > value[shift, 20.0, "wasserstein"]
    agreement = {(a.first, a.second): a.spearman for a in agreements}
    assert agreement["1 - pearson", "1 - cosine"] > 0.95
    assert agreement["1 - pearson", "overlap lost"] > 0.9
    assert agreement["1 - pearson", "wasserstein"] < 0.9
