"""The same scenarios on the simulator and on a real Xen; where they differ, the simulator is wrong."""
