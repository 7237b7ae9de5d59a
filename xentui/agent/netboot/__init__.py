"""Kernels, initrds and netboot trees: what a guest is booted from directly."""
