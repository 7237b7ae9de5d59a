"""What can be asked of a host and how it is worded, for the command line, the shell and the screen alike."""
