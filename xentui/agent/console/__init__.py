"""A console of the host, held, watched or shared over a line."""
