"""Local learning coefficients of the study's runs: chains, estimates with a status, the Hessian."""
