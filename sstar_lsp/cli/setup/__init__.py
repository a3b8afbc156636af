"""Commands about this machine: what is missing, models, servers, the sandbox alone."""
