"""Competitive Companion: problems that a browser extension posts, made into folders."""
