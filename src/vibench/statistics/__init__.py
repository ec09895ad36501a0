"""Standard errors and intervals: jackknife, bootstrap by block, block averages."""
