"""Anyone may check, offline."""
