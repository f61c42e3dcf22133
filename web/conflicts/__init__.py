"""Conflict checks: judge hits fast, see how parties are related, and wall cases off."""
