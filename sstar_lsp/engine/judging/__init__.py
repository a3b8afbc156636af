"""Asks a model which of two clusters is right; what its word is worth, and what it is able enough for."""
