"""Word documents of the study."""
