"""Provenance: code that results depend on, versions, the registry as planning reads it."""
