"""Write the appendix with all runs."""

from superposition import tables
from superposition.report import study
from superposition.report_appendix import appendix_document
from workflow.log import log_to

log_to(snakemake.log[0])


document = appendix_document(
    study(snakemake.input.citation, **snakemake.params.study), tables.read(snakemake.input.runs)
)
document.save(snakemake.output[0])
