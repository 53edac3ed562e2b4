"""Positions of feature directions in the plane of a picture."""

import numpy as np
from jaxtyping import Float


def in_plane(W: Float[np.ndarray, "step hidden feature"]) -> Float[np.ndarray, "step 2 feature"]:
    """Return the directions in the plane of the picture.

    Two hidden dimensions are that plane. Of more, it is spanned by the first two principal directions of the last
    finite step, the same for all steps; a single one is its horizontal axis.
    """
    n_hidden = W.shape[1]
    if n_hidden == 2:
        return W
    finite = W[np.isfinite(W).all((1, 2))]
    if n_hidden == 1 or len(finite) == 0:
        return np.concatenate([W[:, :1], np.zeros_like(W[:, :1])], axis=1)
    principal = np.linalg.svd(finite[-1], full_matrices=False)[0][:, :2]
    return principal.T @ W


def plane_note(n_hidden: int) -> str:
    """Return what has to be said about the plane of the picture; nothing with two hidden dimensions."""
    if n_hidden == 1:
        return "One hidden dimension: directions lie on a line. "
    if n_hidden > 2:
        return (
            f"Directions in {n_hidden} hidden dimensions, projected onto the final W's first two principal directions. "
        )
    return ""
