"""The inbox: a person's tasks and their forms."""
