"""The main document, a module for each part."""
