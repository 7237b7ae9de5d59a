"""Records what the real xl answers.  Runs inside the lab's dom0, with nothing but the standard library."""
