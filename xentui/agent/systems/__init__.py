"""New guests: disks with a system on them, xen-create-image, and installers."""
