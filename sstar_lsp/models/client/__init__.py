"""Asking OpenAI-compatible servers."""
