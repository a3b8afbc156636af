"""The wire between the editor and the server: streams, JSON-RPC, and messages that are not quite right."""
