"""Downloading model weights."""
