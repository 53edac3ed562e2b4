"""Families of activations with one parameter: their runs, what is best possible, and where that jumps."""
