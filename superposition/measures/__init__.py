"""Superposition and phase changes: measures of every step, of every run, and of all runs."""
