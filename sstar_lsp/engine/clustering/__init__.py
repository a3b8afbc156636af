"""Differential testing: running programs on inputs and grouping those that behave alike."""
