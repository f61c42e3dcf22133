"""The page to complain and to follow a complaint, by link and without an account."""
