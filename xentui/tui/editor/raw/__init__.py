"""The raw view of a configuration: its lines, keys, colours and completion."""
