"""The store of managed domains: entries, their versions and records, names, the trash, and who did what."""
