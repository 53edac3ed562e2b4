"""Whose losses known points have, which rules take from here without importing PyTorch."""

KNOWN_MODELS = ("relu", "tanh", "silu", "identity", "softmin")
"""The activations, whichever the study has."""
