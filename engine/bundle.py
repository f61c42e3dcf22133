"""One diagram together with exactly the decision tables and forms it names: what is deployed and versioned as one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
FORM_KEY = re.compile(r"[\w\-]{1,80}(/[\w\-]{1,80}){0,3}")  # never a way out of the folder
NS = {"bpmn": BPMN, "spiff": SPIFF}


def parse_xml(source: bytes) -> etree._Element:
    """Parse untrusted XML: no entities, no network, no document type. Raises ``etree.XMLSyntaxError``."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(source, parser)
    if root.getroottree().docinfo.doctype:
        raise etree.XMLSyntaxError("a document type is not allowed", 0, 0, 0)
    return root


def canonical(source: bytes) -> bytes:
    """The meaning of a BPMN or DMN file: canonical XML without layout and white space between elements."""
    root = parse_xml(source)
    for element in root.xpath("//*[local-name()='BPMNDiagram' or local-name()='DMNDI']"):
        element.getparent().remove(element)
    for element in root.iter():
        if len(element) and element.text and not element.text.strip():
            element.text = None
        if element.tail and not element.tail.strip():
            element.tail = None
    for name in ("exporter", "exporterVersion"):
        root.attrib.pop(name, None)
    return bytes(etree.tostring(root, method="c14n"))


@dataclass(frozen=True)
class Bundle:
    """A BPMN file, its DMN files by decision id, and its forms by form key."""

    name: str
    source: bytes
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    forms: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the meaning: a change of layout or white space keeps it."""
        digest = hashlib.sha256(canonical(self.source))
        for key in sorted(self.decisions):
            digest.update(b"\0" + key.encode() + b"\0" + canonical(self.decisions[key]))
        for key in sorted(self.forms):
            digest.update(b"\0" + key.encode() + b"\0" + json.dumps(self.forms[key], sort_keys=True).encode())
        return digest.hexdigest()


def named_forms(root: etree._Element) -> list[str]:
    """The form keys that user tasks of a diagram name."""
    return [str(key) for key in root.xpath("//spiff:property[@name='form']/@value", namespaces=NS)]


def named_decisions(root: etree._Element) -> list[str]:
    """The decision ids that business rule tasks of a diagram name."""
    return [(node.text or "").strip() for node in root.xpath("//spiff:calledDecisionId", namespaces=NS)]


def read_decisions(folder: Path) -> dict[str, bytes]:
    """Every DMN file of a folder by the ids of its decisions."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.dmn")):
        source = path.read_bytes()
        for decision in parse_xml(source).xpath("//*[local-name()='decision']/@id"):
            found[str(decision)] = source
    return found


def read_bundle(path: Path, decisions: Mapping[str, bytes], forms_dir: Path) -> Bundle:
    """One BPMN file with what it names; a missing form or decision is left out for lint to report."""
    source = path.read_bytes()
    root = parse_xml(source)
    forms = {}
    for key in filter(FORM_KEY.fullmatch, named_forms(root)):
        file = forms_dir / f"{key}.json"
        if file.is_file():
            forms[key] = json.loads(file.read_text(encoding="utf-8"))
    used = {key: decisions[key] for key in named_decisions(root) if key in decisions}
    return Bundle(path.stem, source, used, forms)


def read_bundles(processes_dir: Path, decisions_dir: Path, forms_dir: Path) -> list[Bundle]:
    """Every BPMN file of a folder, in the order of names."""
    decisions = read_decisions(decisions_dir)
    return [read_bundle(path, decisions, forms_dir) for path in sorted(processes_dir.glob("*.bpmn"))]
