"""What a guest's own boot loader would show: its configuration read from the guest's disk, without booting.

Runs on the host as one file of its own, under whatever Python that has: the standard library only, and nothing of
xentui but what lies here and in :mod:`xentui.domuloader`.
"""

NAME = "xentui-bootmenu"
"""What the program is called."""
