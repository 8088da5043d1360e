#!/usr/bin/env python3
"""Compares our own OpenAPI document with the facts of the official API.

    python3 contract/check.py [OUR_OPENAPI.json]

Without a file the document is what the built program prints (`$VESTIBULE_BIN openapi`, else
`target/debug/vestibule openapi`).

Each difference is one line, `METHOD /path · location · what`, and stays the same line until one of
the two documents changes. Differences that are meant are listed in differences.toml with a reason.
The check fails on a difference that no entry covers, and on an entry that covers nothing.
"""

import argparse
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import document
from document import BadDocument, operations, path_names
from shape import Shape, shape_of, tagged_variants

HERE = Path(__file__).resolve().parent
SEPARATOR = " · "


@dataclass
class Meant:
    """A difference that is wanted: a pattern in which `*` stands for any text, and why."""

    pattern: str
    reason: str
    used: int = 0

    def covers(self, line):
        """Whether the pattern fits the whole line."""
        return re.fullmatch(".*".join(map(re.escape, self.pattern.split("*"))), line) is not None


class Comparison:
    """Two documents side by side, and the differences found so far.

    Words in a difference: `missing` is what the official API has and we have not, `extra` the reverse.
    """

    def __init__(self, ours, official):
        self.ours = ours
        self.official = official
        self.lines = set()
        self.compared = 0
        self.operation = ""
        self.open_pairs = set()

    def differ(self, location, what):
        """Notes a difference at a location of the operation at hand."""
        self.lines.add(SEPARATOR.join((self.operation, location, what)))

    def run(self):
        """Compares every operation that we serve; answers the sorted lines."""
        official = operations(self.official)
        for key, ours in operations(self.ours).items():
            theirs = official.get(key)
            self.operation = theirs.name if theirs else ours.name
            if ours.is_extension:
                if theirs:
                    self.differ("operation", "marked as an extension, but the official API has it")
            elif theirs:
                self.compared += 1
                self.compare_operation(ours, theirs)
            else:
                self.differ("operation", "extra")
        return sorted(self.lines)

    def compare_operation(self, ours, theirs):
        """Compares parameters, request, responses and codes of errors, of which we may have more."""
        self.compare_parameters(ours, theirs)
        self.compare_request(ours.request, theirs.request)
        self.compare_statuses(ours.responses, theirs.responses)
        for code in sorted(theirs.error_codes - ours.error_codes):
            self.differ(f"error code {code}", "missing")
        for status in sorted(set(ours.responses) & set(theirs.responses)):
            if status[0] in "23":
                place = f"response {status}"
                self.compare_content(ours.responses[status], theirs.responses[status], place)

    def compare_parameters(self, ours, theirs):
        """Compares parameters by place and name; those of the path by position."""
        names = dict(zip(path_names(ours.path), path_names(theirs.path), strict=True))
        own = keyed_parameters(ours, names)
        official = keyed_parameters(theirs, {})
        for place in sorted(official.keys() - own.keys()):
            self.differ(place, f"missing ({requiredness(official[place].get('required'))})")
        for place in sorted(own.keys() - official.keys()):
            self.differ(place, f"extra ({requiredness(own[place].get('required'))})")
        for place in sorted(own.keys() & official.keys()):
            left, right = own[place], official[place]
            if bool(left.get("required")) != bool(right.get("required")):
                self.differ(place, requiredness_difference(left.get("required"), right.get("required")))
            self.compare_schemas(left.get("schema"), right.get("schema"), place, "")

    def compare_request(self, ours, theirs):
        """Compares request bodies."""
        if ours is None or theirs is None:
            present = ours or theirs
            if present:
                word = "missing" if theirs else "extra"
                self.differ("request", f"{word} ({requiredness(present.get('required'))})")
            return
        if bool(ours.get("required")) != bool(theirs.get("required")):
            self.differ("request", requiredness_difference(ours.get("required"), theirs.get("required")))
        self.compare_content(ours, theirs, "request")

    def compare_statuses(self, ours, theirs):
        """Statuses of success must be the same; of errors we may have more, but not fewer."""
        for status in sorted(theirs.keys() - ours.keys()):
            self.differ(f"response {status}", "missing")
        for status in sorted(ours.keys() - theirs.keys()):
            if status[0] not in "45" and status != "default":
                self.differ(f"response {status}", "extra")

    def compare_content(self, ours, theirs, place):
        """Compares bodies media type by media type."""
        own, official = ours.get("content") or {}, theirs.get("content") or {}
        for media_type in sorted(official.keys() - own.keys()):
            self.differ(place, f"{media_type} missing")
        for media_type in sorted(own.keys() - official.keys()):
            self.differ(place, f"{media_type} extra")
        for media_type in sorted(own.keys() & official.keys()):
            self.compare_schemas(own[media_type].get("schema"), official[media_type].get("schema"), place, "")

    def compare_schemas(self, ours, theirs, place, trail):
        """Compares two schemas level by level; `trail` leads from the body to the field."""
        pair = json.dumps((ours, theirs), sort_keys=True)
        if pair in self.open_pairs:
            return
        self.open_pairs.add(pair)
        if not self.compare_variants(ours, theirs, place, trail):
            self.compare_shapes(ours, theirs, place, trail)
        self.open_pairs.remove(pair)

    def compare_variants(self, ours, theirs, place, trail):
        """Compares two unions variant by variant, if the same field tells their variants apart."""
        left, right = tagged_variants(self.ours, ours), tagged_variants(self.official, theirs)
        tags = sorted(left.keys() & right.keys())
        if not tags:
            return False
        tag = tags[0]
        own, official = left[tag], right[tag]
        location = f"{place} {trail}.{tag}" if trail else f"{place} {tag}"
        self.compare_values(Shape(values=frozenset(own)), Shape(values=frozenset(official)), location)
        for value in sorted(own.keys() & official.keys(), key=str):
            self.compare_schemas(own[value], official[value], place, f"{trail}<{tag}={value}>")
        return True

    def compare_shapes(self, ours, theirs, place, trail):
        """Compares what the schemas let through, however they are written."""
        left, right = shape_of(self.ours, ours), shape_of(self.official, theirs)
        location = f"{place} {trail}".strip()
        if self.compare_types(left, right, location):
            self.compare_values(left, right, location)
            self.compare_fields(left, right, place, trail)
            self.compare_children(left, right, place, trail)

    def compare_types(self, left, right, location):
        """Compares types and nullability; answers whether it makes sense to look deeper."""
        if left.types is not None and right.types is not None and left.nullable != right.nullable:
            self.differ(location, f"nullable: ours {yes_or_no(left.nullable)}, official {yes_or_no(right.nullable)}")
        if left.solid_types == right.solid_types:
            return True
        self.differ(location, f"type: ours {listed(left.solid_types)}, official {listed(right.solid_types)}")
        return False

    def compare_values(self, left, right, location):
        """Compares enums and constants."""
        if left.values == right.values:
            return
        if left.values is None or right.values is None:
            self.differ(location, f"enum: ours {listed(left.values)}, official {listed(right.values)}")
            return
        if right.values - left.values:
            self.differ(location, f"enum: missing {listed(right.values - left.values)}")
        if left.values - right.values:
            self.differ(location, f"enum: extra {listed(left.values - right.values)}")

    def compare_fields(self, left, right, place, trail):
        """Compares the fields of two objects."""
        for name in sorted(left.fields.keys() | right.fields.keys()):
            below = f"{trail}.{name}" if trail else name
            location = f"{place} {below}"
            if name not in left.fields:
                self.differ(location, f"missing ({requiredness(name in right.required)})")
                continue
            if name not in right.fields:
                self.differ(location, f"extra ({requiredness(name in left.required)})")
                continue
            if (name in left.required) != (name in right.required):
                self.differ(location, requiredness_difference(name in left.required, name in right.required))
            self.compare_schemas(left.fields[name], right.fields[name], place, below)

    def compare_children(self, left, right, place, trail):
        """Compares the elements of arrays and the values of maps."""
        if left.items is not None or right.items is not None:
            self.compare_schemas(left.items, right.items, place, f"{trail}[]")
        if left.rest is not None or right.rest is not None:
            self.compare_schemas(left.rest, right.rest, place, f"{trail}{{}}")


def keyed_parameters(operation, names):
    """Parameters by where they travel and what they are called; `names` renames those of the path."""
    keyed = {}
    for parameter in operation.parameters:
        name = parameter["name"]
        if parameter["in"] == "path":
            name = names.get(name, name)
        elif parameter["in"] == "header":
            name = name.lower()
        keyed[f"{parameter['in']} {name}"] = parameter
    return keyed


def requiredness(required):
    """`required` or `optional`."""
    return "required" if required else "optional"


def requiredness_difference(ours, theirs):
    """The words for a difference in requiredness."""
    return f"required: ours {yes_or_no(ours)}, official {yes_or_no(theirs)}"


def yes_or_no(value):
    """`yes` or `no`."""
    return "yes" if value else "no"


def listed(values):
    """Values in a stable order; `any` for no restriction."""
    if values is None:
        return "any"
    return ", ".join(sorted(it if isinstance(it, str) else json.dumps(it) for it in values)) or "null"


def load_meant(path):
    """Reads the list of meant differences."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("difference", [])
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise BadDocument(f"{path}: {problem}") from problem
    meant = []
    for entry in entries:
        pattern, reason = entry.get("pattern"), entry.get("reason")
        if not pattern or not reason or set(entry) != {"pattern", "reason"}:
            raise BadDocument(f"{path}: an entry has exactly a `pattern` and a `reason`, not {entry}")
        if pattern in (it.pattern for it in meant):
            raise BadDocument(f"{path}: `{pattern}` is listed twice")
        meant.append(Meant(pattern, reason))
    return meant


def sort_out(lines, meant):
    """Splits the lines into those that an entry covers, with that entry, and the unexpected ones."""
    covered, unexpected = [], []
    for line in lines:
        entries = [it for it in meant if it.covers(line)]
        for entry in entries:
            entry.used += 1
        if entries:
            covered.append((line, entries[0]))
        else:
            unexpected.append(line)
    return covered, unexpected


def report(comparison, covered, unexpected, stale, show_all):
    """Prints what was found."""
    if show_all:
        for line, entry in covered:
            print(f"meant: {line}\n       because: {entry.reason}")
    for line in unexpected:
        print(line)
    for entry in stale:
        print(f"stale entry in differences.toml, it covers nothing: {entry.pattern}")
    print(
        f"{comparison.compared} operations compared; differences: {len(unexpected)} unexpected, "
        f"{len(covered)} meant; stale entries: {len(stale)}"
    )


def main(arguments):
    """Answers 0 when every difference is meant, 1 otherwise, 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(description="Compare our OpenAPI document with the official API")
    parser.add_argument("ours", type=Path, nargs="?", help="our OpenAPI document; default: ask the built program")
    parser.add_argument("--official", type=Path, default=HERE / "openapi.json", help="the facts of the official API")
    parser.add_argument("--differences", type=Path, default=HERE / "differences.toml", help="the meant differences")
    parser.add_argument("--all", action="store_true", help="print the meant differences too")
    options = parser.parse_args(arguments)
    try:
        comparison = Comparison(document.ours(options.ours), document.load(options.official))
        lines = comparison.run()
        meant = load_meant(options.differences)
    except BadDocument as problem:
        print(problem, file=sys.stderr)
        return 2
    covered, unexpected = sort_out(lines, meant)
    stale = [it for it in meant if not it.used]
    report(comparison, covered, unexpected, stale, options.all)
    if comparison.compared == 0:
        print("the document serves no operation of the official API, so nothing was checked")
        return 1
    return 1 if unexpected or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
