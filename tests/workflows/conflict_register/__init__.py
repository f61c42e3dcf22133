"""The conflict register: what it finds, and what is brought into it."""
