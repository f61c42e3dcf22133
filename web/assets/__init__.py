"""The front end's source and the step that builds it."""
