# PDF twins of the Word documents, where LibreOffice is there.

import shutil

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
DOCX = [
    rules.write_replication.output.document,
    *rules.write_supplement.output,
    *rules.write_tables.output,
    *rules.write_appendix.output,
    *collect(rules.write_comparison.output, comparison=STUDY.comparisons),
]


rule print_documents:
    """PDF twins of all Word documents, made by LibreOffice; they need not be the same byte for byte."""
    input:
        DOCX,
    output:
        [str(Path(path).with_suffix(".pdf")) for path in DOCX],
    log:
        f"{LOGS}/print_documents.log",
    benchmark:
        f"{BENCHMARKS}/print_documents.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        office=OFFICE,
        code=code("print_documents"),
    message:
        "Making PDF twins of the documents"
    script:
        "../scripts/print_documents.py"
