"""Declared tables: what a row is, and name, type, unit, meaning and range of every column."""
