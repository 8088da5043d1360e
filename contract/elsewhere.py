"""Makes the list of official operations that this program does not serve, for the agent surfaces.

usage: python contract/elsewhere.py OPENAPI_JSON [--check]

OPENAPI_JSON is our own document (`vestibule openapi`). Joins the facts of contract/openapi.json with the names and
descriptions of contract/elsewhere.toml into crates/surfaces/src/actions/elsewhere.json. Fails when an operation is
missing from elsewhere.toml, or stands there and is served.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE.parent / "crates/surfaces/src/actions/elsewhere.json"
# Schemas are shown to people and models: what is deeper than this is an object of any form.
DEPTH_MAX = 6


def resolved(schema, components, depth=0):
    """The schema with its references in place, so that it stands alone."""
    if isinstance(schema, list):
        return [resolved(item, components, depth) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        if depth >= DEPTH_MAX:
            return {}
        name = schema["$ref"].rsplit("/", 1)[1]
        return resolved(components[name], components, depth + 1)
    return {key: resolved(value, components, depth) for key, value in schema.items()}


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def input_schema(path, operation, components):
    """Path, query and body fields side by side, as operations of ours have them."""
    properties, required, in_body = {}, [], []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header":
            continue
        name = snake(parameter["name"]) if parameter["in"] == "path" else parameter["name"]
        properties[name] = resolved(parameter["schema"], components)
        if parameter["in"] == "path" or parameter.get("required"):
            required.append(name)
    content = operation.get("requestBody", {}).get("content", {})
    bodies = [it["schema"] for it in content.values()]
    schema = resolved(bodies[0], components) if bodies else {}
    for variant in schema.get("oneOf", schema.get("anyOf", [schema])):
        for name, field in variant.get("properties", {}).items():
            properties.setdefault(name, field)
            in_body.append(name)
    if "properties" in schema:
        required += schema.get("required", [])
    return {"type": "object", "properties": properties, "required": required}, bool(content)


def output_schema(operation, components):
    for status, response in sorted(operation["responses"].items()):
        if status.startswith("2"):
            for content in response.get("content", {}).values():
                return resolved(content["schema"], components)
    return None


def made():
    official = json.loads((HERE / "openapi.json").read_text())
    components = official["components"]["schemas"]
    entries = []
    table = tomllib.loads((HERE / "elsewhere.toml").read_text())
    extensions = table.pop("extensions")
    for route, (name, effect, description, *secrets) in table.items():
        method, path = route.split(" ")
        operation = official["paths"][path][method.lower()]
        schema, body = input_schema(path, operation, components)
        entries.append({
            "id": name,
            "method": method,
            "path": re.sub(r"\{([^}]+)\}", lambda it: "{" + snake(it[1]) + "}", path),
            "effect": effect,
            "description": description,
            "secrets": [it.replace("[]", ".*") for it in secrets],
            "body": body,
            "input": schema,
            "output": output_schema(operation, components),
        })
    return entries + [extension(route, *it) for route, it in extensions.items()]


def extension(route, name, effect, description, instead):
    """What no published API has: its fields beside those of the path are open."""
    method, path = route.split(" ")
    fields = re.findall(r"\{([^}]+)\}", path)
    return {
        "id": name,
        "method": method,
        "path": path,
        "effect": effect,
        "description": description,
        "secrets": [],
        "body": method != "GET",
        "input": {"type": "object", "properties": {it: {"type": "string"} for it in fields}, "required": fields},
        "output": None,
        "instead": instead,
    }


def routes(document):
    """Each route with its parameters left out, for their names are ours."""
    for path, methods in document["paths"].items():
        for method in methods:
            yield method.upper(), re.sub(r"\{[^}]+\}", "{}", path)


def main():
    document = json.loads(Path(sys.argv[1]).read_text())
    entries = made()
    listed = {(it["method"], re.sub(r"\{[^}]+\}", "{}", it["path"])) for it in entries}
    served = set(routes(document))
    official = set(routes(json.loads((HERE / "openapi.json").read_text())))
    wrong = [f"{method} {path} is served: take it out of contract/elsewhere.toml" for method, path in listed & served]
    wrong += [f"{method} {path} is missing from contract/elsewhere.toml" for method, path in official - served - listed]
    text = "[\n" + ",\n".join(json.dumps(it, separators=(",", ":"), sort_keys=True) for it in entries) + "\n]\n"
    if "--check" not in sys.argv:
        TARGET.write_text(text)
    elif TARGET.read_text() != text:
        wrong.append("crates/surfaces/src/actions/elsewhere.json is stale: run contract/elsewhere.py")
    print("\n".join(wrong) or f"{len(entries)} operations elsewhere")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
