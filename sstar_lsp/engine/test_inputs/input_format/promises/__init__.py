"""What the statement promises of the input's values: read where the model has a word for it, else told as unread."""
