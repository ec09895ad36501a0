"""Data: foreign files and labels of any potential become data sets."""
