"""What disks and paths stand on: mounts, devices, volumes."""
