"""Improvement: what is being mended, and what clients said each quarter."""
