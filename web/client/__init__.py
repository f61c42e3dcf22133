"""Pages for people outside: one link, one task, no account."""
