"""The host itself: its domains, facts, programs, and commands that only look."""
