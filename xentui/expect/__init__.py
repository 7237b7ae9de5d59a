"""What is waited for in a guest's output: patterns, the text they are matched against, and scripts of steps; no I/O."""
