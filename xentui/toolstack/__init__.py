"""Toolstacks: the argv to send and the meaning of what comes back.  No process is handled here."""
