"""The server side of the OpenAI protocol."""
