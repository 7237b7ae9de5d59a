"""Guests' consoles in the screen: the tabs, what one shows, and what is typed into it."""
