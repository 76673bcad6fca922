"""Tables to what a network sees, learnt on training rows only."""
