"""An OpenAPI document, read as a list of operations.

Operations of two documents are the same one when their methods are equal and their paths are equal
apart from the names in braces.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

METHODS = ("get", "post", "put", "patch", "delete")
EXTENSION_PREFIX = "/vestibule/"
PROGRAM = Path(__file__).resolve().parent.parent / "target" / "debug" / "vestibule"


class BadDocument(Exception):
    """The file cannot be read as the document that it should be."""


@dataclass(frozen=True)
class Operation:
    """One method on one path, with every reference at its own level resolved."""

    method: str
    path: str
    operation_id: str
    parameters: tuple
    request: dict | None
    responses: dict
    error_codes: frozenset
    marked_extension: bool

    @property
    def key(self):
        """What makes it the same operation in another document."""
        return self.method, skeleton(self.path)

    @property
    def name(self):
        """How a person would write it."""
        return f"{self.method} {self.path}"

    @property
    def is_extension(self):
        """Whether it is ours alone, so that no contract binds it."""
        return self.marked_extension or self.path.startswith(EXTENSION_PREFIX)


def ours(path):
    """Our own document, from a file or, when no path is given, from the program itself."""
    if path is not None:
        return load(path)
    program = os.environ.get("VESTIBULE_BIN") or str(PROGRAM)
    try:
        printed = subprocess.run([program, "openapi"], capture_output=True, check=True).stdout
    except OSError as problem:
        raise BadDocument(f"{program}: {problem.strerror}; build it, set VESTIBULE_BIN, or name a file") from problem
    except subprocess.CalledProcessError as problem:
        raise BadDocument(f"{program} openapi: {problem.stderr.decode(errors='replace').strip()}") from problem
    return parse(printed, f"{program} openapi")


def load(path):
    """Reads a document from a file."""
    try:
        return parse(Path(path).read_bytes(), path)
    except OSError as problem:
        raise BadDocument(f"{path}: {problem.strerror}") from problem


def parse(text, source):
    """Reads a document from JSON; `source` says where the text is from."""
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise BadDocument(f"{source}: {problem}") from problem
    if not isinstance(document, dict) or "paths" not in document:
        raise BadDocument(f"{source}: not an OpenAPI document, it has no `paths`")
    return document


def skeleton(path):
    """The path with the names in braces taken out."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def path_names(path):
    """The names in braces, in their order."""
    return re.findall(r"\{([^}]*)\}", path)


def resolve(document, reference):
    """What a local reference points at."""
    if not reference.startswith("#"):
        raise BadDocument(f"{reference}: only references into the same document are understood")
    node = document
    for part in reference.lstrip("#").split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError, TypeError) as problem:
            raise BadDocument(f"{reference}: points at nothing") from problem
    return node


def dereferenced(document, node):
    """The node itself, or what its `$ref` leads to."""
    while isinstance(node, dict) and "$ref" in node:
        node = resolve(document, node["$ref"])
    return node


def operations(document):
    """Every operation of the document, keyed by method and path without names."""
    found = {}
    for path, item in document["paths"].items():
        item = dereferenced(document, item)
        for method in METHODS:
            if method not in item:
                continue
            operation = read_operation(document, method, path, item)
            if operation.key in found:
                raise BadDocument(f"{operation.name} and {found[operation.key].name} are the same operation")
            found[operation.key] = operation
    return found


def read_operation(document, method, path, item):
    """One operation; parameters of the path item count unless the operation restates them."""
    entry = item[method]
    parameters = {}
    for parameter in [*item.get("parameters", []), *entry.get("parameters", [])]:
        parameter = dereferenced(document, parameter)
        parameters[parameter["in"], parameter["name"]] = parameter
    request = dereferenced(document, entry.get("requestBody"))
    responses = {str(status): dereferenced(document, it) for status, it in entry.get("responses", {}).items()}
    return Operation(
        method=method.upper(),
        path=path,
        operation_id=entry.get("operationId", ""),
        parameters=tuple(parameters.values()),
        request=request or None,
        responses=responses,
        error_codes=frozenset(
            {
                *document.get("x-error-codes", []),
                *entry.get("x-error-codes", []),
                *(code for status, it in responses.items() if status[0] in "45" for code in told_codes(document, it)),
            }
        ),
        marked_extension=bool(entry.get("x-extension") or item.get("x-extension")),
    )


def told_codes(document, response):
    """The codes that the bodies of an error response may have, where its schemas name them."""
    waiting = [it.get("schema") for it in (response.get("content") or {}).values()]
    codes, seen = set(), []
    while waiting:
        schema = dereferenced(document, waiting.pop())
        if not isinstance(schema, dict) or any(schema is it for it in seen):
            continue
        seen.append(schema)
        for word in ("oneOf", "anyOf", "allOf"):
            waiting.extend(schema.get(word, []))
        for field in ("code", "error"):
            told = (schema.get("properties") or {}).get(field)
            if isinstance(told, dict):
                codes.update(told.get("enum", [told["const"]] if "const" in told else []))
    return codes
