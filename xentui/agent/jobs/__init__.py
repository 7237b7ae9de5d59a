"""Jobs: how each begins, is recorded, reports, and is looked at; and those that write memory images."""
