"""Isolation on Linux: bubblewrap, user namespaces, or Landlock with seccomp."""
