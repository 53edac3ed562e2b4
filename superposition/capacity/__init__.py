"""Capacity of an activation: the best possible loss, found by a solver for sums of squares."""
