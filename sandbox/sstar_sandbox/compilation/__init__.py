"""From a source to something that can be executed: compilers, toolchains, cache."""
