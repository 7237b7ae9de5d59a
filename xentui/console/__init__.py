"""Live console sessions: guests' consoles and boot menus on a pseudo-terminal."""
