#!/usr/bin/env python3
"""Makes the committed facts of the official API from the official files.

    python3 contract/digest.py workos-openapi.yaml --operations operations.csv \
        --errors errors-by-operation.csv --events events.json

Facts are names, types, requiredness, enums, limits and statuses. Prose (descriptions, titles,
summaries, examples) is left behind, because the words of this project are its own. The official
file itself is never committed; what this script writes is, so that checks run on any machine.

A keyword that this script does not know is an error and not silently dropped: a newer official
file that says something in a new way must be looked at by a person. Needs PyYAML.
"""

import argparse
import csv
import hashlib
import io
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LINE_WIDTH_MAX = 110
METHODS = ("get", "post", "put", "patch", "delete")

SCHEMA_FACTS = {
    "$ref",
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "required",
    "default",
    "deprecated",
    "discriminator",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "readOnly",
    "writeOnly",
    "x-extensible-enum",
    "x-mutually-exclusive-body-groups",
}
SCHEMA_CHILD = {"items", "not", "additionalProperties", "propertyNames", "contains"}
SCHEMA_LIST = {"oneOf", "anyOf", "allOf", "prefixItems"}
SCHEMA_MAP = {"properties", "patternProperties", "$defs"}
PROSE = {
    "description",
    "title",
    "summary",
    "example",
    "examples",
    "externalDocs",
    "x-exclude-from-lint",
    "x-inline-with-overrides",
}

OPERATION_FACTS = {
    "operationId",
    "tags",
    "deprecated",
    "security",
    "x-feature-flag",
    "x-mutually-exclusive-body-groups",
    "x-mutually-exclusive-parameter-groups",
    "x-sends-email",
}
OPERATION_CHILDREN = {"parameters", "requestBody", "responses"}
# Where an operation lives is the deployer's choice, so the vendor's host names are no facts for us.
OPERATION_DROPPED = PROSE | {"servers"}
PARAMETER_FACTS = {"$ref", "name", "in", "required", "style", "explode", "deprecated"}


class UnknownKeyword(Exception):
    """The official file uses a keyword that nobody has decided about."""


def refuse_unknown(node, known, place):
    """Insists that every key of `node` is a known one."""
    unknown = sorted(set(node) - known)
    if unknown:
        raise UnknownKeyword(f"{place}: unknown keyword {', '.join(unknown)}")


def schema_facts(node, place, name=""):
    """A JSON Schema without prose; `name` is the property that it describes."""
    if isinstance(node, bool):
        return node
    refuse_unknown(node, SCHEMA_FACTS | SCHEMA_CHILD | SCHEMA_LIST | SCHEMA_MAP | PROSE, place)
    facts = {}
    for key, value in node.items():
        if key in PROSE:
            continue
        below = f"{place}/{key}"
        if key in SCHEMA_CHILD:
            facts[key] = schema_facts(value, below)
        elif key in SCHEMA_LIST:
            facts[key] = [schema_facts(child, f"{below}/{index}", name) for index, child in enumerate(value)]
        elif key in SCHEMA_MAP:
            facts[key] = {child: schema_facts(it, f"{below}/{child}", child) for child, it in value.items()}
        elif key == "const" and is_sentence(name, value):
            continue
        elif key == "required":
            # A set, which the official file sometimes writes with a name twice; validators refuse that.
            facts[key] = sorted(set(value))
        else:
            facts[key] = value
    return facts


def is_sentence(name, value):
    """Whether a constant is text for people, which an API may word as it likes."""
    return name in ("message", "error_description") and isinstance(value, str) and " " in value


def content_facts(content, place):
    """The schema of each media type."""
    facts = {}
    for media_type, entry in content.items():
        refuse_unknown(entry, {"schema"} | PROSE, f"{place}/{media_type}")
        facts[media_type] = {"schema": schema_facts(entry.get("schema", {}), f"{place}/{media_type}")}
    return facts


def parameter_facts(parameter, place):
    """One parameter: where it travels, whether it must, and what it may be."""
    refuse_unknown(parameter, PARAMETER_FACTS | {"schema"} | PROSE, place)
    facts = {key: value for key, value in parameter.items() if key in PARAMETER_FACTS}
    if "schema" in parameter:
        facts["schema"] = schema_facts(parameter["schema"], place)
    return facts


def response_facts(response, place):
    """One response; OpenAPI insists on a description, so it is there and empty."""
    refuse_unknown(response, {"content", "headers"} | PROSE, place)
    facts = {"description": ""}
    if "headers" in response:
        facts["headers"] = {}
        for name, header in response["headers"].items():
            refuse_unknown(header, {"schema", "required"} | PROSE, f"{place}/{name}")
            facts["headers"][name] = {"schema": schema_facts(header["schema"], f"{place}/{name}")}
    if response.get("content"):
        facts["content"] = content_facts(response["content"], place)
    return facts


def operation_facts(operation, place):
    """One operation without its prose."""
    refuse_unknown(operation, OPERATION_FACTS | OPERATION_CHILDREN | OPERATION_DROPPED, place)
    facts = {key: value for key, value in operation.items() if key in OPERATION_FACTS}
    parameters = operation.get("parameters", [])
    if parameters:
        facts["parameters"] = [parameter_facts(it, f"{place}/parameters") for it in parameters]
    if "requestBody" in operation:
        body = operation["requestBody"]
        refuse_unknown(body, {"content", "required"} | PROSE, f"{place}/requestBody")
        facts["requestBody"] = {
            "content": content_facts(body["content"], f"{place}/requestBody"),
            "required": body.get("required", False),
        }
    facts["responses"] = {
        str(status): response_facts(response, f"{place}/{status}")
        for status, response in operation["responses"].items()
    }
    return facts


def document_facts(official, source_hash):
    """The whole document: still valid OpenAPI 3.1, so that a validator can use its schemas."""
    paths = {}
    for path, item in official["paths"].items():
        refuse_unknown(item, set(METHODS), path)
        paths[path] = {method: operation_facts(it, f"{method.upper()} {path}") for method, it in item.items()}
    components = official["components"]
    refuse_unknown(components, {"schemas", "securitySchemes"}, "components")
    return {
        "openapi": official["openapi"],
        "info": {
            "title": "Facts of the WorkOS API",
            "version": official["info"]["version"],
            "x-source-sha256": source_hash,
        },
        "security": official.get("security", []),
        "paths": paths,
        "components": {
            "schemas": {name: schema_facts(it, name, name) for name, it in components["schemas"].items()},
            "securitySchemes": {
                name: {key: it[key] for key in ("type", "scheme")} for name, it in components["securitySchemes"].items()
            },
        },
    }


def operation_rows(facts):
    """(method, path, operationId, tag) of every operation, in the order of the coverage page."""
    rows = []
    for path, item in facts["paths"].items():
        for method, operation in item.items():
            rows.append((method.upper(), path, operation["operationId"], operation["tags"][0]))
    return sorted(rows, key=lambda row: (row[3], row[1], row[0]))


def refuse_disagreement(rows, table):
    """Insists that the table of operations tells of the same operations as the official file."""
    told = {(row["method"], row["path"], row["operationId"], row["tag"]) for row in table}
    if told != set(rows):
        raise UnknownKeyword(f"the table of operations and the official file disagree on {sorted(told ^ set(rows))}")


def error_facts(table):
    """Per operation and status: the codes of the body, the OAuth `error` values and the sets of body keys."""
    facts = {}
    for row in table:
        entry = {}
        codes, errors = split_codes(row["codes"])
        if codes:
            entry["codes"] = codes
        if errors:
            entry["errors"] = errors
        keys = re.findall(r"\{([^}]*)\}", row["body_keys"])
        if keys:
            entry["bodies"] = [sorted(it.split(",")) for it in keys]
        facts.setdefault(f"{row['method']} {row['path']}", {})[row["status"]] = entry
    return facts


def split_codes(text):
    """Separates `code` values from `error=` values.

    A `~` marks what was seen in an example only. Such a code still counts; a sentence does not.
    """
    text = re.sub(r"~error=[A-Z][^~]*? [^~]*", "", text)
    values = [value.removeprefix("~") for value in text.split()]
    errors = [value.removeprefix("error=") for value in values if value.startswith("error=")]
    codes = [value for value in values if not value.startswith("error=")]
    return sorted(set(codes)), sorted(set(errors))


def event_facts(table, facts):
    """Every event: whether webhooks may carry it, and the keys of its payload.

    `schema` points into openapi.json at the schema of the whole event, where the official file has one;
    an event without `required` is one whose payload nobody has described.
    """
    pointers = {}
    variants = facts["components"]["schemas"]["EventSchema"]["allOf"][1]["oneOf"]
    for index, variant in enumerate(variants):
        name = variant["properties"]["event"]["const"]
        pointers[name] = f"#/components/schemas/EventSchema/allOf/1/oneOf/{index}"
    told = {row["event"] for row in table if row["in_spec"]}
    if told != set(pointers):
        raise UnknownKeyword(f"the table of events and the official file disagree on {sorted(told ^ set(pointers))}")
    events = {}
    for row in table:
        entry = {"webhook": row["webhook"]}
        keys = row["data_fields"]
        if keys is not None:
            entry["required"] = sorted(key for key in keys if not key.endswith("?"))
            entry["optional"] = sorted(key.removesuffix("?") for key in keys if key.endswith("?"))
        if row["event"] in pointers:
            entry["schema"] = pointers[row["event"]]
        if re.fullmatch(r"[a-z_]+", row["data_object"]):
            entry["object"] = row["data_object"]
        events[row["event"]] = entry
    return events


def dump(value, indent=0, taken=0):
    """JSON with sorted keys, where whatever fits one line is on one line: small and still line-diffable.

    `taken` counts the characters that stand before the value on its line.
    """
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if not value or not isinstance(value, (dict, list)) or indent + taken + len(flat) <= LINE_WIDTH_MAX:
        return flat
    margin = " " * (indent + 1)
    if isinstance(value, dict):
        lines = []
        for key in sorted(value):
            name = json.dumps(key, ensure_ascii=False) + ": "
            lines.append(margin + name + dump(value[key], indent + 1, len(name)))
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(margin + dump(it, indent + 1) for it in value) + "\n" + " " * indent + "]"


def main(arguments):
    """Writes the digest beside this script."""
    parser = argparse.ArgumentParser(description="Make the committed facts of the official API")
    parser.add_argument("official", type=Path, help="the official OpenAPI file (YAML)")
    parser.add_argument("--operations", type=Path, help="a table of operations that must agree with the official file")
    parser.add_argument("--errors", type=Path, help="a table of error codes per operation; makes errors.json")
    parser.add_argument("--events", type=Path, help="a list of events; makes events.json")
    parser.add_argument("--output", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args(arguments)

    import yaml  # Here, so that the tests of this script need the standard library only.

    source = options.official.read_bytes()
    facts = document_facts(yaml.safe_load(source), hashlib.sha256(source).hexdigest())
    rows = operation_rows(facts)
    if options.operations:
        refuse_disagreement(rows, csv.DictReader(options.operations.read_text().splitlines()))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("method", "path", "operationId", "tag"))
    writer.writerows(rows)

    written = {"openapi.json": dump(facts) + "\n", "operations.csv": table.getvalue()}
    if options.errors:
        rows = csv.DictReader(options.errors.read_text().splitlines())
        written["errors.json"] = dump(error_facts(rows)) + "\n"
    if options.events:
        written["events.json"] = dump(event_facts(json.loads(options.events.read_text()), facts)) + "\n"
    for name, text in written.items():
        (options.output / name).write_text(text)
        print(f"{options.output / name}: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UnknownKeyword as problem:
        sys.exit(str(problem))
