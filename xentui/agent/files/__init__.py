"""Files of the host: the steps every change is made of, and paths that other users may have had a hand in."""
