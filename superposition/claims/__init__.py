"""Statements about activations, the evidence for them, and verdicts."""
