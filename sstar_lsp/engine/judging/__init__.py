"""Asking a model which of two clusters is right, and what its word is worth."""
