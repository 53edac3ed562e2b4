"""Tables and array files of the study: declarations, writing, reading, checks."""
