#!/bin/sh
# What a GPU gives: tests, agreement with the CPU, time per model-step by size, and the sweep of a family.
#
#     benchmarks/gpu.sh [--device cuda] [--quick] [FOLDER]
#
# FOLDER takes the tables gpu_*.csv (benchmarks/ unless given) and, in gpu_logs/, what each part said. Every part is a
# process with a time limit, and writes each row once it is measured: a part that fails or hangs loses no other. All of
# them take about six minutes on one GPU and one core. PYTHON names the interpreter; it needs PyTorch 2.11 or newer,
# numpy, pandas, pyarrow, PyYAML, safetensors, jaxtyping, pytest, psutil and filelock. benchmarks/gpu.py says what the
# parts measure. `--device cpu --quick` tries all of it in two minutes without a GPU, with meaningless numbers.
cd "$(dirname "$0")/.." || exit 1
python=${PYTHON:-python3}
device=cuda quick='' folder=benchmarks
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=$2; shift ;;
        --quick) quick=--quick ;;
        *) folder=$1 ;;
    esac
    shift
done
mkdir -p "$folder/gpu_logs" || exit 1
rm -f "$folder"/gpu_*.csv

part() { # name, limit in seconds, command: run it, and say how it ended
    name=$1 limit=$2 start=$(date +%s)
    shift 2
    timeout "$limit" "$@" > "$folder/gpu_logs/$name.log" 2>&1
    echo "$name,$?,$(($(date +%s) - start))" >> "$folder/gpu_parts.csv"
    tail -n 1 "$folder/gpu_parts.csv"
}

measure() { # name, limit in seconds, part and its arguments
    name=$1 limit=$2
    shift 2
    part "$name" "$limit" "$python" benchmarks/gpu.py "$@" --device "$device" $quick --folder "$folder"
}

echo "part,exit_status,seconds" > "$folder/gpu_parts.csv"
measure machine 60 machine
part tests 100 "$python" -m pytest -q -p no:cacheprovider tests/model/test_gpu.py tests/model/test_device.py
measure agreement 80 agreement
measure graph 75 steps graph
measure core 75 steps core
measure eager 75 steps eager
measure limit 60 limit
measure sweep 90 sweep
measure compiled 150 steps compiled
measure drawn 60 steps drawn
measure summary 60 summary
cat "$folder/gpu_logs/tests.log" | tail -n 5
cat "$folder/gpu_logs/summary.log"
