"""xentui: a text-mode console for Xen hosts, with managed domains over plain ``xl``."""

__version__ = "0.1.0"
