"""Correction of p-values for their number."""

import numpy as np

from superposition.multiplicity import holm


def test_holm_by_hand_and_a_missing_value_stays_missing():
    # Of three: 3 x 0.01 = 0.03; 2 x 0.03 = 0.06; 1 x 0.04 = 0.04, which may not be below the smaller p's 0.06.
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, np.nan, 0.03])), [0.03, 0.06, np.nan, 0.06])
    # One value is not corrected, and none exceeds 1.
    np.testing.assert_allclose(holm(np.array([np.nan, 0.2])), [np.nan, 0.2])
    np.testing.assert_allclose(holm(np.array([0.9, 0.8])), [1.0, 1.0])
    assert np.isnan(holm(np.array([np.nan]))).all()
