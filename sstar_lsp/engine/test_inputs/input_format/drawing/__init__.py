"""Inputs made by a format: drawn by plans and families of values, or all of them where they are few."""
