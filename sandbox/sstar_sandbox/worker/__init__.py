"""One running box as the host sees it: the protocol spoken with it, and the resources it holds."""
