"""Consoles of simulated guests: a child process a guest on a pseudo-terminal, and xenconsole's side of it."""
