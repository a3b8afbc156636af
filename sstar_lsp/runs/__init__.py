"""Runs on disk: the journal, in the user's state folder."""
