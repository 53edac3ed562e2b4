"""Make PDF twins of Word documents."""

from workflow.job import begin

from superposition.documents.word.document import print_documents

begin(snakemake.log[0])

print_documents(list(snakemake.input), list(snakemake.output), office=snakemake.params.office)
