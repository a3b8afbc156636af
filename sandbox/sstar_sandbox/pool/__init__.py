"""Which box runs which job, and when."""
