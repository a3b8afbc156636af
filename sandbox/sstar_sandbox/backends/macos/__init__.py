"""Isolation on macOS: Seatbelt profiles and a worker that polls."""
