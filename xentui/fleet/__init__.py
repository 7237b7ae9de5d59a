"""Many hosts at once: each followed by itself, so that one that hangs, refuses or is slow never delays another."""
