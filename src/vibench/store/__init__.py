"""Storage: results on disk, written atomically and checked when read."""
