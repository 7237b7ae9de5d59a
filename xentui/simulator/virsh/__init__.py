"""``virsh`` of the simulated host: libvirt's Xen driver as far as xentui uses it, on the guests that xl has there."""
