"""Starting and watching a vLLM server."""
