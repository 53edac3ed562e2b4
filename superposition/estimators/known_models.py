"""Activations whose losses the known points use; rules import this without PyTorch."""

KNOWN_MODELS = ("relu", "tanh", "silu", "identity", "softmin")
"""Their names, whichever activations the study has."""
