"""Signs what it is given."""
