"""Dialogs: one a file, each with a typed result; None is "left without an answer"."""
