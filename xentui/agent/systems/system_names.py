"""What both a job that puts a system on a new disk and the program it has do that call things."""

from __future__ import annotations

#: Files of the job's folder: what is to be done, and the hash of root's password, which is taken away as it is read.
SPEC, SECRET = "system.json", "secret"
#: The kinds of tools that fill a disk: how each tells how far it is.
DEBOOTSTRAP, MMDEBSTRAP, TAR = "debootstrap", "mmdebstrap", "tar"
