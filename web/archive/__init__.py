"""The archive: volumes with their places, packages and documents."""
