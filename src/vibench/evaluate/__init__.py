"""Evaluation: predictions against labels, and what predicting costs."""
