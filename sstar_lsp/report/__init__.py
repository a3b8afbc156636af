"""A run to send to somebody: as one HTML page, and as a file that another sstar takes in."""
