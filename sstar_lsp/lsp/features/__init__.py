"""What the server offers to an editor, one module for each feature."""
