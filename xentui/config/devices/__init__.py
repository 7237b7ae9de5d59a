"""Disks and interfaces: their specifications, their names in the guest, and who shares them."""
