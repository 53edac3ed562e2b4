"""Write the document that compares the activations of a comparison."""

from superposition import tables
from superposition.report import study
from superposition.report_comparison import comparison_document, read_histories
from workflow.log import log_to

log_to(snakemake.log[0])


params, paths = snakemake.params, snakemake.input
histories = read_histories(
    params.study["printed"],
    trajectory=paths.trajectory,
    loss=paths.loss,
    superposition=paths.superposition,
    llc={sampler: paths[f"llc_{sampler}"] for sampler in params.study["samplers"]},
)
look = {"moments": params.moments, "band": params.band, "n_initial": params.n_initial}
summary = tables.read(paths.summary)
document = comparison_document(study(paths.citation, **params.study), summary, histories, title=params.title, **look)
document.save(snakemake.output[0])
