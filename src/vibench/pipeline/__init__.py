"""The pipeline: a study becomes a graph of tasks, the tasks run, their results make a report."""
