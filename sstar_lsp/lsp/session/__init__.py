"""What is kept for one connection with an editor: its documents, settings, runs and problems. Knows no feature."""
