"""What a person puts right by hand."""
