"""What runs a Python program inside a box."""
