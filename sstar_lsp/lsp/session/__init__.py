"""What is kept for one connected editor: documents, settings, runs, problems. Knows no feature."""
