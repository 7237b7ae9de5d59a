"""Editing configurations: a form and the raw text of the same document."""
