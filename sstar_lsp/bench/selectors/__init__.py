"""The ways to choose a program that are compared."""
