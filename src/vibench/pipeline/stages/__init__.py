"""What each kind of task does: read inputs from the store, call a stage, write its result."""
