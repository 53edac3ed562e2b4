"""Provenance: code that results depend on, versions, the rows of registries as planning reads them."""
