"""What people see: pages, API, command line, the scheduler that ticks."""
