"""Tells pyright about the object that Snakemake puts into every script."""

from typing import Any

class _Job:
    input: Any
    output: Any
    params: Any
    config: Any
    wildcards: Any
    log: Any
    threads: int
    resources: Any
    rule: str

snakemake: _Job
