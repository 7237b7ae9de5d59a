"""What the actions do: each asks what it has to, then hands the work to a job."""
