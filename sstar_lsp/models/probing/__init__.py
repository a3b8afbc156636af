"""Finding out what a model server can do."""
