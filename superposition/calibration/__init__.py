"""Settings of the LLC sampler and the covariance analysis, made on request."""
