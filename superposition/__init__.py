"""The science of the study: toy models of superposition, their training and their learning coefficients.

Each folder is one subject, each module one part of it, and every module can be imported on its own. Folders import only
from those above them in the map of CONTRIBUTING.md. Modules beside the folders are small and used by all.

Nothing here knows Snakemake or the configuration: numbers that decide a result, and paths of files, are arguments. Of
the layout of the results, `tables.identity` knows that a file of runs lies in a folder named after training preset,
activation and seeds. Only `release` reads the environment.
"""
