"""Estimators of the learning coefficient behind one interface, one algorithm per module."""
