"""Names of the calibration's sweeps, and of what they try; rules import this without PyTorch."""

BATCH_SIZE, TEMPERATURE = "batch_size", "temperature"
"""The sweep over batch size and step size, and the one over n beta and localisation."""

POLYGONS = "relu"
"""The activation whose polygons have a known learning coefficient, whichever activations the study has."""
