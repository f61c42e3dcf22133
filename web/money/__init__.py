"""Money that belongs nowhere yet: the firm's list, and a form to note it."""
