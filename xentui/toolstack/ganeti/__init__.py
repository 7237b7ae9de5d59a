"""Ganeti, asked on its master: ``gnt-instance`` and its kin.  Nobody else knows their argv, words and exit codes."""
