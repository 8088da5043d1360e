"""The digest keeps facts and drops prose, and the committed facts hold together."""

import json

import pytest

import check
import digest
from document import load, operations


@pytest.mark.parametrize("name", ["openapi.json", "operations.csv", "errors.json", "events.json", "differences.toml"])
def test_the_committed_facts_are_there(name):
    assert (check.HERE / name).stat().st_size > 0


def test_the_official_facts_do_not_differ_from_themselves():
    official = load(check.HERE / "openapi.json")
    comparison = check.Comparison(official, official)
    assert comparison.run() == []
    assert comparison.compared == 212


def test_the_facts_hold_no_prose():
    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                assert not (
                    key in ("description", "summary", "title", "example") and isinstance(value, str) and value
                ), value
                walk(value)
        elif isinstance(node, list):
            for it in node:
                walk(it)

    official = load(check.HERE / "openapi.json")
    walk([official["paths"], official["components"]])


def test_errors_and_events_speak_of_official_operations_and_schemas():
    official = load(check.HERE / "openapi.json")
    names = {it.name for it in operations(official).values()}
    assert set(json.loads((check.HERE / "errors.json").read_text())) <= names
    for name, event in json.loads((check.HERE / "events.json").read_text()).items():
        if "schema" in event:
            node = official
            for part in event["schema"].removeprefix("#/").split("/"):
                node = node[int(part)] if isinstance(node, list) else node[part]
            assert node["properties"]["event"]["const"] == name


def test_the_digest_keeps_facts_and_drops_prose():
    schema = {
        "type": "object",
        "description": "Prose",
        "properties": {"description": {"type": "string", "title": "Prose", "example": "Prose", "maxLength": 9}},
        "required": ["description", "description"],
    }
    assert digest.schema_facts(schema, "here") == {
        "type": "object",
        "properties": {"description": {"type": "string", "maxLength": 9}},
        "required": ["description"],
    }


def test_the_digest_refuses_a_keyword_that_it_does_not_know():
    with pytest.raises(digest.UnknownKeyword, match="unevaluatedItems"):
        digest.schema_facts({"type": "array", "unevaluatedItems": False}, "here")


def test_the_digest_separates_codes_from_errors_and_drops_sentences():
    text = "code_one ~code_two error=invalid_grant ~error=Bad Request"
    assert digest.split_codes(text) == (["code_one", "code_two"], ["invalid_grant"])
    assert digest.split_codes("~error=Invalid request parameters.") == ([], [])
