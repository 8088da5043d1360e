#!/usr/bin/env python3
"""Writes docs/COVERAGE.md: every operation of the official API, served or not yet.

    python3 contract/coverage.py [OUR_OPENAPI.json] [--check]

Without a file the document is what the built program prints (`$VESTIBULE_BIN openapi`, else
`target/debug/vestibule openapi`). With --check nothing is written; the script fails when the committed
page is not what it would write.
"""

import argparse
import csv
import sys
from itertools import groupby
from pathlib import Path

import document
from document import BadDocument, operations, skeleton

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "COVERAGE.md"

HEAD = """\
<!-- Made by contract/coverage.py from our OpenAPI document. Edit neither this page nor its numbers by hand. -->

# Coverage of the WorkOS API

"""


def page(official, ours):
    """The whole page; `official` are rows of operations.csv, `ours` the operations of our document."""
    known = {(row["method"], skeleton(row["path"])) for row in official}
    beyond = sorted((it for key, it in ours.items() if key not in known), key=lambda it: (it.path, it.method))
    official = sorted(official, key=lambda row: (row["tag"], row["path"], row["method"]))
    groups = [(tag, list(rows)) for tag, rows in groupby(official, key=lambda row: row["tag"])]
    return HEAD + totals(groups, ours, beyond) + sections(groups, ours) + own_section(beyond)


def served(rows, ours):
    """How many of the rows we serve."""
    return sum((row["method"], skeleton(row["path"])) in ours for row in rows)


def totals(groups, ours, beyond):
    """The first lines and the table of groups."""
    rows = [row for _, group in groups for row in group]
    count = served(rows, ours)
    text = f"**{count} of {len(rows)}** operations of the official API are served, {len(rows) - count} not yet.\n"
    if beyond:
        text += f"{len(beyond)} more operations are listed at the end: newer than the official file, or ours alone.\n"
    text += "\n| group | served | of |\n|---|---:|---:|\n"
    for tag, group in groups:
        text += f"| [{tag}](#{anchor(tag)}) | {served(group, ours)} | {len(group)} |\n"
    return text


def anchor(heading):
    """The fragment that GitHub gives a heading."""
    kept = "".join(it for it in heading.lower() if it.isalnum() or it in " -_")
    return kept.replace(" ", "-")


def sections(groups, ours):
    """One table per group."""
    text = ""
    for tag, rows in groups:
        text += f"\n## {tag}\n\n| served | operation | ours | official name |\n|---|---|---|---|\n"
        for row in rows:
            mine = ours.get((row["method"], skeleton(row["path"])))
            mark, name = ("yes", f"`{mine.operation_id}`") if mine else ("not yet", "")
            text += f"| {mark} | `{row['method']} {row['path']}` | {name} | {row['operationId']} |\n"
    return text


def own_section(beyond):
    """What we serve and the official file does not know."""
    if not beyond:
        return ""
    text = "\n## Beyond the official file\n\n| operation | ours |\n|---|---|\n"
    for it in beyond:
        text += f"| `{it.name}` | `{it.operation_id}` |\n"
    return text


def main(arguments):
    """Answers 0 when the page is written or up to date, 1 when it is stale, 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(description="Write the coverage page")
    parser.add_argument("ours", type=Path, nargs="?", help="our OpenAPI document; default: ask the built program")
    parser.add_argument("--check", action="store_true", help="fail when the committed page is stale; write nothing")
    parser.add_argument("--operations", type=Path, default=HERE / "operations.csv", help="the official operations")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write or check")
    options = parser.parse_args(arguments)
    try:
        ours = operations(document.ours(options.ours))
    except BadDocument as problem:
        print(problem, file=sys.stderr)
        return 2
    with open(options.operations, encoding="utf-8", newline="") as file:
        text = page(list(csv.DictReader(file)), ours)
    if not options.check:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        options.page.write_text(text, encoding="utf-8")
        return 0
    if options.page.exists() and options.page.read_text(encoding="utf-8") == text:
        return 0
    print(f"{options.page} is stale; run contract/coverage.py without --check and commit what it writes")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
