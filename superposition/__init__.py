"""The science of the study: toy models of superposition, their training and their learning coefficients.

Every module answers one question and can be imported on its own. None of them knows Snakemake, paths of the study or
its configuration: the numbers that decide a result arrive as arguments.
"""
