"""xl, the toolstack that comes with Xen: its argv, its words and what they mean."""
