"""What the keys do beyond running a command: each asks what it has to, then hands the work to a job."""
