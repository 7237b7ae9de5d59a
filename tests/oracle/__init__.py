"""Debian's own xl as an oracle of the configuration language, without a hypervisor."""
