"""Quotes of pages: a function for each returns its Markdown."""
