"""Settings of the study's sampler, and the covariance of its trajectories, made on request."""
