"""How the trusted process inside a box gives up its rights."""
