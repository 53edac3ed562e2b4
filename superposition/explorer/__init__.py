"""The explorer: one HTML page with every run and verdict."""
