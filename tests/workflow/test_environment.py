"""The two descriptions of the environment agree."""

import re

import yaml


def pins(lines) -> dict[str, str]:
    found = (re.match(r"([A-Za-z0-9_.-]+)==?([^\s;#]+)", line.strip()) for line in lines)
    return {match[1].lower().replace("_", "-"): match[2] for match in found if match}


def test_the_conda_environment_has_the_versions_of_the_requirements(repository):
    required = pins((repository / "requirements.txt").read_text().splitlines())
    conda = yaml.safe_load((repository / "envs" / "study.yaml").read_text())["dependencies"]
    from_pip = next((entry["pip"] for entry in conda if isinstance(entry, dict)), [])
    found = pins([*(entry for entry in conda if isinstance(entry, str)), *from_pip])
    # Conda's names of what pip calls otherwise; Python itself and pip are no requirements.
    names = {"pytorch": "torch", "pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
    compared = {names.get(name, name): version for name, version in found.items() if name not in ("python", "pip")}
    assert len(compared) > 10
    assert compared == {name: required[name] for name in compared}
