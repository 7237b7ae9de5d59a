"""The hypervisor service the front ends share; see :class:`xentui.service.hypervisor.Hypervisor`."""
