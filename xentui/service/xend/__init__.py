"""The settings of xend on hosts that still have it: what lets other hosts send their guests there."""
