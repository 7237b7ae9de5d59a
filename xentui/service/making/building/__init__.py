"""Systems that are put on a new disk: by mmdebstrap or debootstrap, or from an archive."""
