"""Checks of a configuration beyond its schema, by subject; each raises an error with place and hint."""
