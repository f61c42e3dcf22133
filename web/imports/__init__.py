"""Bringing a firm's old data in: upload, look at what is wrong, accept, watch."""
