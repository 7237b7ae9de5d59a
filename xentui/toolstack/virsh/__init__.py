"""libvirt's Xen driver as the engine, by ``virsh`` on the host; what runs is looked at by xl, which sees all of it."""
