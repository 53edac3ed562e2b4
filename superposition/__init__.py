"""The science of the study: toy models of superposition, their training and their learning coefficients.

Each folder is one subject, each module one part of it, and every module can be imported on its own. Folders import only
from those before them: tables, model, llc, calibration, measures, claims, deviations, figures, documents, explorer.
Modules beside the folders are small and used by all. No number that decides a result is fixed here: it arrives as an
argument. Only `provenance` reads the sources of the package; nothing scientific imports it.
"""
