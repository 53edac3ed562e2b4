"""What the calibration tries by name, which its rules take from here without importing PyTorch."""

BATCH_SIZE, TEMPERATURE = "batch_size", "temperature"
"""The sweep over batch size and step size, and the one over n beta and localisation."""

POLYGONS = "relu"
"""The activation whose polygons have a known learning coefficient, whichever activations the study has."""
