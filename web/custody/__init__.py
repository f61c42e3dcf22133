"""The custody of the archive: patrols and transfers."""
