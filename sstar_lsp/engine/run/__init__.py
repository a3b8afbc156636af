"""One run: what happens in it, what it has come to, and what it needs to ask and to execute."""
