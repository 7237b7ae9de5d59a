"""What goes to the user's terminal: the screen as Textual wants it, and the least that makes the terminal show it."""
