"""Protocols: pairs of a training preset and a sampler preset, and the names of those with a role."""

from collections.abc import Mapping

Protocols = Mapping[str, Mapping[str, str]]
"""Training preset, sampler preset and label of each protocol by its name, in the order of the study."""

POST, CONTROLLED = "post", "controlled"
"""Names of the protocols with a role: the post's, and the one that verdicts and documents compare it with."""


def presets_of(protocols: Protocols, kind: str, **others: str) -> list[str]:
    """Return presets of a kind, `training` or `sampler`, of protocols, each once; limited to those of another kind."""
    return list(dict.fromkeys(row[kind] for row in protocols.values() if others.items() <= row.items()))


def training_labels(protocols: Protocols) -> dict[str, str]:
    """Return the label of each training preset in figures and documents: that of the first protocol that has it."""
    labels: dict[str, str] = {}
    for protocol in protocols.values():
        labels.setdefault(protocol["training"], protocol["label"])
    return labels


def compared_protocols(protocols: Protocols) -> tuple[str, str]:
    """Return the names of the protocols that are compared: the two with a role, or else the first and last."""
    return (POST, CONTROLLED) if {POST, CONTROLLED} <= protocols.keys() else (next(iter(protocols)), [*protocols][-1])


def pairs_of(protocols: Protocols) -> dict[str, tuple[str, str]]:
    """Return training and sampler preset of each protocol by its name."""
    return {name: (protocol["training"], protocol["sampler"]) for name, protocol in protocols.items()}
