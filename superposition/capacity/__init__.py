"""What an activation can do: the best possible loss, found by a solver for sums of squares."""
