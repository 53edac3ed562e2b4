"""Defects of the original procedure, measured."""
