"""The toy model: its data, draws, training and outputs."""
