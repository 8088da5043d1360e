#!/usr/bin/env python3
"""Tells which events of the official API no test has seen.

    python3 contract/event_visits.py FOLDER

Each test world holds every event that it wrote against the official schema, and with
VESTIBULE_TEST_EVENTS_SEEN set it then leaves a file of its name in that folder. Here the names are held
against events.json: each must be there, or stand in not_emitted.toml with the reason why nothing emits
it yet; and none may do both.
"""

import argparse
import json
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent


def faults(official, not_emitted, seen):
    """One line for each name that is not as it should be."""
    unknown = sorted(set(not_emitted) - set(official))
    unseen = sorted(set(official) - set(not_emitted) - set(seen))
    emitted = sorted(set(not_emitted) & set(seen))
    return (
        [f"{name}: not_emitted.toml names it, and the official API does not have it" for name in unknown]
        + [f"{name}: no test has seen it; write one, or say in not_emitted.toml why nothing emits it" for name in unseen]
        + [f"{name}: a test has seen it; take it from not_emitted.toml" for name in emitted]
    )


def not_emitted(path=HERE / "not_emitted.toml"):
    """The names that nothing emits, each with its reason."""
    groups = tomllib.loads(path.read_text())["not_emitted"]
    return {name: group["reason"] for group in groups for name in group["events"]}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where test worlds left the names of the events that they saw")
    folder = parser.parse_args(arguments).folder
    official = json.loads((HERE / "events.json").read_text())
    missing = not_emitted()
    found = faults(official, missing, [it.name for it in folder.iterdir()])
    print("\n".join(found) or f"{len(official) - len(missing)} of {len(official)} official events were seen and fit their schemas.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
