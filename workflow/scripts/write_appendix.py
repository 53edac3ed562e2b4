"""Write the appendix with all runs."""

from snakemake.script import Snakemake

from superposition import tables
from superposition.report import study
from superposition.report_appendix import appendix_document

snakemake: Snakemake

document = appendix_document(
    study(snakemake.input.citation, **snakemake.params.study), tables.read(snakemake.input.runs)
)
document.save(snakemake.output[0])
