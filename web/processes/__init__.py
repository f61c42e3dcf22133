"""The deployed processes, to read."""
