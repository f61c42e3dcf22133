"""One noun a file: its tables, its rules, its queries."""
