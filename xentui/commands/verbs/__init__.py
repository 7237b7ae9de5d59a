"""The commands, by what they are about; a module has its declarations in ``COMMANDS``."""
