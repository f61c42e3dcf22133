"""A person's tasks: the list, one task with its form and the evidence beside it."""
