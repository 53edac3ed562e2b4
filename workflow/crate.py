"""Metadata with which a folder of results can be deposited: an RO-Crate that describes a run of the workflow.

Source: RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) with the profile Workflow Run Crate 0.5
(https://w3id.org/ro/wfrun/workflow/0.5), written with ro-crate-py.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from superposition.tables import files

VERSION = "1.1"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
"""JSON-LD context of the profile, which also defines sha256."""

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
"""Profile of the description of the workflow itself."""

ENGINE = "snakemake"
UNVERSIONED = ("commit", "platform")
"""Entries of a record of versions beside versions of software."""


@dataclass(frozen=True, kw_only=True)
class CrateFile:
    """A file of the crate: where it lies in it and where now, what it is as a sentence, and its media type."""

    path: str
    source: Path
    meaning: str
    media_type: str


def gathered(parts: Iterable[CrateFile], folder: Path) -> list[CrateFile]:
    """Return the files of a crate as they lie in its folder; what lies elsewhere is copied there.

    A copy has the permissions of any new file: those of a private source would make a deposit unreadable to others.
    """
    lying = []
    for part in parts:
        target = folder / part.path
        if not (target.exists() and target.samefile(part.source)):
            target.parent.mkdir(parents=True, exist_ok=True)
            with files.whole(target) as new:
                shutil.copyfile(part.source, new)
        lying.append(replace(part, source=target))
    return lying


def results_crate(
    parts: Iterable[CrateFile],
    folders: Mapping[str, str],
    *,
    main: str,
    description: str,
    citation: Mapping[str, Any],
    versions: Mapping[str, str],
    objects: Iterable[str],
    date: str,
) -> ROCrate:
    """Return the description of a folder of results; its ``write`` puts it into that folder.

    Args:
        parts: All files, gathered.
        folders: What folders hold, by their path; a file is part of the innermost one.
        main: Path of the workflow among the parts.
        description: What the whole is.
        citation: The citation file (CITATION.cff), read.
        versions: Versions that the results were made with, the commit and the platform among them.
        objects: Paths of the files that the run was given, such as its configuration.
        date: Date of the description, in ISO 8601.
    """
    crate = ROCrate(version=VERSION)
    crate.metadata.extra_contexts.append(TERMS)
    datasets: dict[str, Any] = {
        path: crate.add_dataset(None, path, properties={"name": path, "description": meaning})
        for path, meaning in folders.items()
    }

    def put_into_folder(path: str, entity: Any) -> None:
        around = (datasets.get(folder.as_posix()) for folder in Path(path).parents)
        if innermost := next(filter(None, around), None):
            innermost.append_to("hasPart", entity)

    for path, dataset in datasets.items():
        put_into_folder(path, dataset)
    for part in parts:
        put_into_folder(part.path, _add(crate, part, main, versions))
    _describe_root(crate, description, citation, date)
    _describe_workflow(crate, main, citation, versions)
    results = [datasets[path] for path in folders if "/" not in path and not main.startswith(f"{path}/")]
    _describe_run(crate, results, objects, versions)
    return crate


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> Any:
    """Add something that is no file, and return it."""
    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind} | properties))


def _add(crate: ROCrate, part: CrateFile, main: str, versions: Mapping[str, str]) -> Any:
    """Add a file with its size and checksum, and return it."""
    properties = {
        "name": part.path,
        "description": part.meaning,
        "encodingFormat": part.media_type,
        "contentSize": str(part.source.stat().st_size),
        "sha256": hashlib.sha256(part.source.read_bytes()).hexdigest(),
    }
    if part.path != main:
        return crate.add_file(part.source, part.path, properties=properties)
    described = {"properties": properties, "lang": ENGINE, "lang_version": versions[ENGINE]}
    return crate.add_workflow(part.source, part.path, main=True, **described)


def _describe_root(crate: ROCrate, description: str, citation: Mapping[str, Any], date: str) -> None:
    """Say of the whole what it is, by whom, under which licence, and what it builds on."""
    root, licence = crate.root_dataset, citation["license"]
    root["name"] = citation["title"]
    root["description"] = description
    root["datePublished"] = date
    root["version"] = str(citation["version"])
    root["keywords"] = ", ".join(citation["keywords"])
    text = f"Licence {licence} as SPDX lists it."
    url = f"https://spdx.org/licenses/{licence}"
    root["license"] = _entity(crate, url, "CreativeWork", name=licence, description=text)
    root["author"] = root["publisher"] = _authors(crate, citation["authors"])
    root["citation"] = [_reference(crate, reference) for reference in citation.get("references", [])]
    root["conformsTo"] = [
        _entity(crate, url, "CreativeWork", name=name, version=url.rpartition("/")[2]) for url, name in PROFILES.items()
    ]


def _authors(crate: ROCrate, authors: Iterable[Mapping[str, str]]) -> Any:
    """Add the authors of a citation file, persons and organisations, and return one (without a list) or all of them."""
    entities = []
    for author in authors:
        name = author.get("name") or f"{author.get('given-names', '')} {author['family-names']}".strip()
        identifier = author.get("orcid") or author.get("website") or f"#{quote(name.replace(' ', '-'))}"
        entities.append(_entity(crate, identifier, "Organization" if "name" in author else "Person", name=name))
    return entities[0] if len(entities) == 1 else entities


def _reference(crate: ROCrate, reference: Mapping[str, Any]) -> Any:
    """Add a work that the citation file refers to, and return it."""
    kind = "SoftwareApplication" if reference["type"] == "software" else "CreativeWork"
    version = {"softwareVersion": str(reference["version"])} if "version" in reference else {}
    url, authors = reference.get("url") or reference["repository-code"], _authors(crate, reference["authors"])
    return _entity(crate, url, kind, name=reference["title"], url=url, author=authors, **version)


def _describe_workflow(crate: ROCrate, main: str, citation: Mapping[str, Any], versions: Mapping[str, str]) -> None:
    """Say of the workflow of which commit it is, and with which software it ran, by its package URLs (purl)."""
    workflow: Any = crate.get(main)
    workflow["version"] = versions["commit"]
    workflow["conformsTo"] = _entity(crate, BIOSCHEMAS, "CreativeWork", name="ComputationalWorkflow profile")
    workflow["license"], workflow["author"] = crate.root_dataset["license"], crate.root_dataset["author"]
    if "repository-code" in citation:
        workflow["url"] = citation["repository-code"]
    kinds = {name: "generic" if name == "python" else "pypi" for name in versions if name not in UNVERSIONED}
    urls = {name: f"pkg:{kind}/{name}@{versions[name].partition('+')[0]}" for name, kind in kinds.items()}
    workflow["softwareRequirements"] = [
        _entity(crate, url, "SoftwareApplication", name=name, softwareVersion=versions[name])
        for name, url in urls.items()
    ]


def _describe_run(crate: ROCrate, results: list, objects: Iterable[str], versions: Mapping[str, str]) -> None:
    """Say that the results were made by running the workflow with a configuration."""
    root: Any = crate.root_dataset
    root["mentions"] = _entity(
        crate,
        "#run",
        "CreateAction",
        name=f"Run of {root['mainEntity']['name']}",
        description=f"Commit {versions['commit']}, on {versions['platform']}.",
        actionStatus="http://schema.org/CompletedActionStatus",
        agent=root["author"],
        instrument=root["mainEntity"],
        object=[crate.get(path) for path in objects],
        result=results,
    )
