"""Guests' consoles in the screen: what one shows, and what is typed into it."""
