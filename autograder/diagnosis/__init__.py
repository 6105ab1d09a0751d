"""From wrong values to what went wrong: errors carried forward, and mistakes by name."""
