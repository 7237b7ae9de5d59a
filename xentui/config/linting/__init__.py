"""What is wrong, doubtful or missing in a configuration, with its line and what to do."""
