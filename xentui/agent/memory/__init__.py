"""Memory images of domains, and what else lies beside a configuration: marks of a run, a save, a resume."""
