"""What shows when."""
