"""The steps of the wizard that makes a guest."""
