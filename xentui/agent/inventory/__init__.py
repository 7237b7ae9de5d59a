"""Looking at the store: the list of domains, one text, one history."""
