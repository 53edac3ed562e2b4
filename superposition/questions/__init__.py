"""The post's open questions as records, and their answers from the study's tables."""
