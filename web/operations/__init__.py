"""What is stuck, what is owed, what comes next."""
