"""What a box may do: system calls, mounts, file system rights."""
