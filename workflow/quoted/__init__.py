"""What pages quote: a function for each quote returns its Markdown."""
