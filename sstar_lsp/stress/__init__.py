"""Stress tests: find an input on which two programs differ, make it small, keep it as a test."""
