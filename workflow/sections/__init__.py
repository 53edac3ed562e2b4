"""Sections of the configuration, every value with its type, its bounds and what it means."""
