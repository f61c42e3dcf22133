"""Pages about borrowing volumes."""
