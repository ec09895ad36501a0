"""Fuzzing: every reader of outside files, given thousands of damaged and hostile ones.

Run as ``python -m validation.fuzzing --inputs 10000 --json FILE``.
"""
