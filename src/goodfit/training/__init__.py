"""Floor 2: losses, optimizers and the loop that makes the one small by the other."""
