"""Images of disks: what they are, and the jobs that write, copy and remove them."""
