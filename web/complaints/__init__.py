"""Complaints for those who handle them; closed to whom they are about."""
