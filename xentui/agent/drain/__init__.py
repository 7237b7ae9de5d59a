"""Hosts that are emptied, and the guests that are brought back."""
