"""Local learning coefficients: chains, estimates with a status, known answers, the reference library."""
