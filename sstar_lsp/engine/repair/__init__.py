"""Repairing programs that fail on the examples."""
