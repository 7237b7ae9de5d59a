"""Patterns, guest text and scripts."""
