"""The verbs of xl, by group."""
