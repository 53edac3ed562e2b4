"""Cost of one activation more once a study has been made: its own jobs, and those that need all activations.

    .venv/bin/python benchmarks/one_more.py

Run it in a clone that can be thrown away, whose study is finished, on an idle machine: it adds the sine to
superposition/activations.py, makes the study again, and writes benchmarks/one_more.csv.
"""

import subprocess
import sys
import time

from stages import ROOT, stages  # beside this file

OWN = (
    *("train", "checkpoint", "measure_superposition", "estimate_llc", "plot_training"),
    *("map_capacity", "label_checkpoints"),
)
"""Rules whose jobs are about one activation."""

FUNCTION = '''def sine(x: Tensor) -> Tensor:
    """Return the sine."""
    return torch.sin(x)


'''
ROW = r'Activation(name="sine", label="Sine", function=sine, formula=r"\sin x", family=CONTROL, reference="none"),'
BEFORE_FUNCTIONS, BEFORE_ROWS = "_TORCH = ", "ACTIVATIONS: tuple[Activation, ...] = (\n"


def main() -> None:
    """Add the activation, make the study, and print and write what it took."""
    path = ROOT / "superposition" / "activations.py"
    text = path.read_text()
    assert text.count(BEFORE_FUNCTIONS) == text.count(BEFORE_ROWS) == 1
    path.write_text(
        text.replace(BEFORE_FUNCTIONS, FUNCTION + BEFORE_FUNCTIONS).replace(BEFORE_ROWS, f"{BEFORE_ROWS}    {ROW}\n")
    )
    start = time.time()
    subprocess.run([sys.executable, "-m", "snakemake", "--cores", "all"], cwd=ROOT, check=True)
    print(f"{time.time() - start:.0f} s")
    table = stages(ROOT / "results", since=start)
    table.insert(1, "of_it_alone", table.rule.isin(OWN))
    print(table.groupby("of_it_alone").wall_s.sum().round(1).to_string())
    table.to_csv(ROOT / "benchmarks" / "one_more.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
