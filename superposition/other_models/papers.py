"""Papers whose models are run on request, as cited, by the name of their target."""

CHEN_ACTIVATION = "relu"  # that of the model of Chen et al.
WITH_EXPERIMENTS = {"elhage": "Elhage et al. 2022", "lad_kostolansky": "Lad & Kostolansky 2023"}
"""Papers whose experiments the configuration names."""

PAPERS = WITH_EXPERIMENTS | {"chen": "Chen et al. 2023"}  # papers on whose findings there are verdicts
