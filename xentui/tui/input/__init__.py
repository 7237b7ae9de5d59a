"""The way from the terminal: bytes become keys, pastes and mouse events."""
