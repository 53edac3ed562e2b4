"""Estimators of the learning coefficient behind one interface, and points and programs to compare them with."""
