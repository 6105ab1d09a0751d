"""Results for people: the terminal, and HTML."""
