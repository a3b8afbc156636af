"""Asking a model which of two clusters is right, what its word is worth, and what a model is able enough
for."""
