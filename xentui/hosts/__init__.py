"""Hosts are where commands run: ``local``, ``ssh`` and the simulator behind one small protocol."""
