"""Each kind of difference is found, equal meaning in other words is none, and the lists cannot rot."""

import json

import pytest

import check
from document import BadDocument

THING = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "const": "thing"},
        "id": {"type": "string"},
        "name": {"type": ["string", "null"]},
        "size": {"type": "integer"},
        "state": {"type": "string", "enum": ["on", "off"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["object", "id", "name", "state", "parts"],
}
PART = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}
UPDATE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "force": {"type": "boolean"}},
    "required": ["name"],
}


def reference(name):
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def body(schema, **more):
    """Content of one JSON body."""
    return {"content": {"application/json": {"schema": schema}}, **more}


def document():
    """A small API of one operation; every test gets its own copy to change."""
    operation = {
        "operationId": "things.update",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "required": False, "schema": {"type": "integer"}},
            {"name": "order", "in": "query", "required": False, "schema": {"type": "string", "enum": ["asc", "desc"]}},
        ],
        "requestBody": body(reference("Update"), required=True),
        "responses": {"200": body(reference("Thing"), description=""), "404": {"description": ""}},
    }
    made = {
        "openapi": "3.1.0",
        "paths": {"/things/{id}": {"put": operation}},
        "components": {"schemas": {"Thing": THING, "Part": PART, "Update": UPDATE}},
    }
    return json.loads(json.dumps(made))


def operation_of(made):
    """The one operation of the small API."""
    return made["paths"]["/things/{id}"]["put"]


def schema_of(made, name):
    """A component of the small API."""
    return made["components"]["schemas"][name]


def differences(ours, official=None):
    """The lines without the name of the operation, which is the same in all of them."""
    lines = check.Comparison(ours, official or document()).run()
    assert all(line.startswith("PUT /things/{id} · ") for line in lines)
    return [line.removeprefix("PUT /things/{id} · ") for line in lines]


def failing(made, *codes):
    """The small API with an error whose body may have these codes."""
    schema = {"oneOf": [reference("Refusal"), {"type": "object", "properties": {"error": {"enum": list(codes[1:])}}}]}
    made["components"]["schemas"]["Refusal"] = {"type": "object", "properties": {"code": {"const": codes[0]}}}
    operation_of(made)["responses"]["404"] = body(schema, description="")
    return made


def test_a_code_that_the_official_api_fails_with_and_ours_does_not_is_a_difference():
    official = failing(document(), "gone", "moved", "lost")
    ours = document()
    operation_of(ours)["x-error-codes"] = ["moved", "our_own"]
    assert differences(ours, official) == ["error code gone · missing", "error code lost · missing"]
    ours["x-error-codes"] = ["gone", "lost"]
    assert differences(ours, official) == []


def test_equal_documents_do_not_differ():
    assert differences(document()) == []


def set_field(component, name, schema):
    """A change: the field has another schema."""
    return lambda made: schema_of(made, component)["properties"].__setitem__(name, schema)


def drop_field(component, name):
    """A change: the field is gone."""

    def change(made):
        del schema_of(made, component)["properties"][name]
        if name in schema_of(made, component)["required"]:
            schema_of(made, component)["required"].remove(name)

    return change


def set_parameter(index, **values):
    """A change: a parameter has other values."""
    return lambda made: operation_of(made)["parameters"][index].update(values)


def set_required(component, names):
    """A change: other fields are required."""
    return lambda made: schema_of(made, component).update(required=names)


ALL_BUT_STATE = ["object", "id", "name", "parts"]

CHANGES = {
    "query_parameter_missing": (
        lambda made: operation_of(made)["parameters"].pop(1),
        "query limit · missing (optional)",
    ),
    "query_parameter_extra": (
        lambda made: operation_of(made)["parameters"].append({"name": "new", "in": "query", "required": True}),
        "query new · extra (required)",
    ),
    "parameter_requiredness": (set_parameter(1, required=True), "query limit · required: ours yes, official no"),
    "parameter_place": (
        set_parameter(1, **{"in": "header"}),
        ["header limit · extra (optional)", "query limit · missing (optional)"],
    ),
    "parameter_type": (
        set_parameter(1, schema={"type": "string"}),
        "query limit · type: ours string, official integer",
    ),
    "parameter_enum_missing": (
        set_parameter(2, schema={"type": "string", "enum": ["asc"]}),
        "query order · enum: missing desc",
    ),
    "parameter_enum_open": (
        set_parameter(2, schema={"type": "string"}),
        "query order · enum: ours any, official asc, desc",
    ),
    "path_parameter_type": (
        set_parameter(0, schema={"type": "integer"}),
        "path id · type: ours integer, official string",
    ),
    "request_missing": (lambda made: operation_of(made).pop("requestBody"), "request · missing (required)"),
    "request_requiredness": (
        lambda made: operation_of(made)["requestBody"].update(required=False),
        "request · required: ours no, official yes",
    ),
    "request_media_type": (
        lambda made: operation_of(made)["requestBody"]["content"].update({"text/plain": {}}),
        "request · text/plain extra",
    ),
    "request_field_missing": (drop_field("Update", "force"), "request force · missing (optional)"),
    "request_required_field_missing": (drop_field("Update", "name"), "request name · missing (required)"),
    "request_field_extra": (set_field("Update", "new", {"type": "string"}), "request new · extra (optional)"),
    "request_field_type": (
        set_field("Update", "force", {"type": "string"}),
        "request force · type: ours string, official boolean",
    ),
    "request_field_requiredness": (set_required("Update", []), "request name · required: ours no, official yes"),
    "success_status_missing_and_extra": (
        lambda made: operation_of(made)["responses"].update({"201": operation_of(made)["responses"].pop("200")}),
        ["response 200 · missing", "response 201 · extra"],
    ),
    "error_status_missing": (lambda made: operation_of(made)["responses"].pop("404"), "response 404 · missing"),
    "response_body_missing": (
        lambda made: operation_of(made)["responses"]["200"].pop("content"),
        "response 200 · application/json missing",
    ),
    "response_field_missing": (drop_field("Thing", "state"), "response 200 state · missing (required)"),
    "response_field_extra": (set_field("Thing", "new", {"type": "string"}), "response 200 new · extra (optional)"),
    "response_field_requiredness": (
        set_required("Thing", ALL_BUT_STATE),
        "response 200 state · required: ours no, official yes",
    ),
    "response_field_type": (
        set_field("Thing", "size", {"type": "number"}),
        "response 200 size · type: ours number, official integer",
    ),
    "response_field_untyped": (
        set_field("Thing", "size", True),
        "response 200 size · type: ours any, official integer",
    ),
    "response_field_nullability": (
        set_field("Thing", "name", {"type": "string"}),
        "response 200 name · nullable: ours no, official yes",
    ),
    "response_field_enum_extra": (
        set_field("Thing", "state", {"type": "string", "enum": ["on", "off", "idle"]}),
        "response 200 state · enum: extra idle",
    ),
    "response_field_constant": (
        set_field("Thing", "object", {"type": "string"}),
        "response 200 object · enum: ours any, official thing",
    ),
    "field_of_an_element": (drop_field("Part", "label"), "response 200 parts[].label · missing (required)"),
    "value_of_a_map": (
        set_field("Thing", "metadata", {"type": "object", "additionalProperties": {"type": "integer"}}),
        "response 200 metadata{} · type: ours integer, official string",
    ),
    "value_of_an_open_map": (
        set_field("Thing", "metadata", {"type": "object", "additionalProperties": True}),
        "response 200 metadata{} · type: ours any, official string",
    ),
}


@pytest.mark.parametrize("change, expected", CHANGES.values(), ids=CHANGES.keys())
def test_each_kind_of_difference_is_found(change, expected):
    ours = document()
    change(ours)
    assert differences(ours) == ([expected] if isinstance(expected, str) else expected)


def test_an_operation_with_another_method_or_path_is_extra():
    ours = document()
    ours["paths"]["/things/{id}"]["patch"] = ours["paths"]["/things/{id}"].pop("put")
    assert check.Comparison(ours, document()).run() == ["PATCH /things/{id} · operation · extra"]


def test_an_operation_that_we_do_not_serve_is_no_difference():
    comparison = check.Comparison({"paths": {}}, document())
    assert comparison.run() == []
    assert comparison.compared == 0


def test_names_of_path_parameters_do_not_count():
    ours = document()
    ours["paths"] = {"/things/{thing_id}": ours["paths"]["/things/{id}"]}
    ours["paths"]["/things/{thing_id}"]["put"]["parameters"][0]["name"] = "thing_id"
    assert differences(ours) == []


def test_parameters_of_the_path_item_count_for_its_operations():
    ours = document()
    ours["paths"]["/things/{id}"]["parameters"] = operation_of(ours).pop("parameters")
    assert differences(ours) == []


def test_more_error_statuses_than_official_are_welcome():
    ours = document()
    operation_of(ours)["responses"].update({"401": {"description": ""}, "default": {"description": ""}})
    assert differences(ours) == []


def test_our_extensions_are_skipped():
    ours = document()
    ours["paths"]["/vestibule/status"] = {"get": {"operationId": "status.get"}}
    ours["paths"]["/extra"] = {"get": {"operationId": "extra.get", "x-extension": True}}
    assert differences(ours) == []


def test_an_official_operation_cannot_hide_as_an_extension():
    ours = document()
    operation_of(ours)["x-extension"] = True
    assert differences(ours) == ["operation · marked as an extension, but the official API has it"]


def test_two_paths_that_differ_in_names_only_are_refused():
    ours = document()
    ours["paths"]["/things/{other}"] = ours["paths"]["/things/{id}"]
    with pytest.raises(BadDocument):
        check.Comparison(ours, document()).run()


SAME_MEANING = {
    "all_of_parts": {
        "allOf": [
            {"properties": {"name": {"type": "string"}}, "required": ["name"]},
            {"type": "object", "properties": {"force": {"type": "boolean"}}},
        ]
    },
    "reference_with_siblings": {"$ref": "#/components/schemas/Update", "description": "Text"},
    "variants_of_one_object": {
        "oneOf": [
            {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            {
                "type": "object",
                "properties": {"name": {"type": "string"}, "force": {"type": "boolean"}},
                "required": ["name", "force"],
            },
        ]
    },
    "shared_fields_beside_variants": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "anyOf": [
            {"properties": {"force": {"type": "boolean"}}, "required": ["force"]},
            {"not": {"required": ["force"]}},
        ],
    },
}


@pytest.mark.parametrize("schema", SAME_MEANING.values(), ids=SAME_MEANING.keys())
def test_the_same_meaning_in_other_words_is_no_difference(schema):
    ours = document()
    operation_of(ours)["requestBody"] = body(schema, required=True)
    assert differences(ours) == []


SAME_FIELD = {
    "nullable_by_union": ("name", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "constants_as_enum": ("state", {"oneOf": [{"const": "off"}, {"type": "string", "const": "on"}]}),
    "enum_without_a_type": ("object", {"enum": ["thing"]}),
}


@pytest.mark.parametrize("name, schema", SAME_FIELD.values(), ids=SAME_FIELD.keys())
def test_the_same_field_in_other_words_is_no_difference(name, schema):
    ours = document()
    set_field("Thing", name, schema)(ours)
    assert differences(ours) == []


def test_a_nullable_object_keeps_its_fields_and_their_requiredness():
    ours, official = document(), document()
    set_field("Thing", "part", {"anyOf": [reference("Part"), {"type": "null"}]})(ours)
    nullable = {"type": ["object", "null"], "properties": {"label": {"type": "string"}}, "required": ["label"]}
    set_field("Thing", "part", nullable)(official)
    assert differences(ours, official) == []


def variant(kind, name, required):
    """A variant that the constant `kind` tells apart, with one more field."""
    fields = {"kind": {"type": "string", "const": kind}, name: {"type": "string"}}
    return {"type": "object", "properties": fields, "required": ["kind", name] if required else ["kind"]}


def test_variants_with_a_tag_are_compared_one_by_one():
    ours, official = document(), document()
    set_field("Update", "content", {"oneOf": [variant("text", "value", True), variant("code", "value", False)]})(ours)
    theirs = [variant("text", "value", False), variant("code", "value", False), variant("link", "value", True)]
    set_field("Update", "content", {"anyOf": theirs})(official)
    assert differences(ours, official) == [
        "request content.kind · enum: missing link",
        "request content<kind=text>.value · required: ours yes, official no",
    ]


def test_variants_without_a_common_tag_are_compared_as_one_union():
    ours, official = document(), document()
    set_field("Update", "content", variant("text", "text", True))(ours)
    set_field("Update", "content", {"oneOf": [variant("text", "text", True), variant("code", "code", True)]})(official)
    assert differences(ours, official) == [
        "request content.code · missing (optional)",
        "request content.kind · enum: missing code",
        "request content.text · required: ours yes, official no",
    ]


def test_a_schema_that_contains_itself_comes_to_an_end():
    ours, official = document(), document()
    for made in (ours, official):
        set_field("Part", "inner", reference("Part"))(made)
    set_field("Part", "depth", {"type": "integer"})(ours)
    assert differences(ours, official) == ["response 200 parts[].depth · extra (optional)"]


def test_a_reference_to_nothing_is_refused():
    ours = document()
    operation_of(ours)["requestBody"] = body(reference("Nothing"), required=True)
    with pytest.raises(BadDocument):
        check.Comparison(ours, document()).run()


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the check as from the command line; answers the exit status and what was printed."""

    def run_check(ours, differences_text, *flags):
        for name, made in (("ours.json", ours), ("official.json", document())):
            (tmp_path / name).write_text(json.dumps(made))
        (tmp_path / "differences.toml").write_text(differences_text)
        places = ["--official", str(tmp_path / "official.json"), "--differences", str(tmp_path / "differences.toml")]
        status = check.main([str(tmp_path / "ours.json"), *places, *flags])
        return status, capsys.readouterr().out

    return run_check


def without_force():
    """A document with one difference: `PUT /things/{id} · request force · missing (optional)`."""
    ours = document()
    drop_field("Update", "force")(ours)
    return ours


def entry(pattern, reason="It is not needed"):
    """One entry of differences.toml."""
    return f"[[difference]]\npattern = {json.dumps(pattern)}\nreason = {json.dumps(reason)}\n"


def test_equal_documents_pass(run):
    assert run(document(), "") == (
        0,
        "1 operations compared; differences: 0 unexpected, 0 meant; stale entries: 0\n",
    )


def test_an_unexpected_difference_fails_and_is_printed(run):
    assert run(without_force(), "") == (
        1,
        "PUT /things/{id} · request force · missing (optional)\n"
        "1 operations compared; differences: 1 unexpected, 0 meant; stale entries: 0\n",
    )


@pytest.mark.parametrize("pattern", ["PUT /things/{id} · request force · missing (optional)", "* · request force · *"])
def test_a_meant_difference_passes_and_is_printed_on_request_only(run, pattern):
    status, printed = run(without_force(), entry(pattern))
    assert (status, printed) == (0, "1 operations compared; differences: 0 unexpected, 1 meant; stale entries: 0\n")
    status, printed = run(without_force(), entry(pattern), "--all")
    assert status == 0
    assert "request force · missing (optional)" in printed and "It is not needed" in printed


def test_a_pattern_must_fit_the_whole_line_and_only_stars_are_wild(run):
    for pattern in ("request force", "PUT /things/{id} · request forc. · missing (optional)", "PUT * · response* · *"):
        status, _ = run(without_force(), entry(pattern))
        assert status == 1, pattern


def test_a_stale_entry_fails(run):
    status, printed = run(document(), entry("* · request gone · *"))
    assert status == 1
    assert "stale entry in differences.toml, it covers nothing: * · request gone · *" in printed


@pytest.mark.parametrize(
    "text", ['[[difference]]\npattern = "*"\n', entry("*", ""), entry("a") + entry("a"), "[[difference]\n"]
)
def test_an_entry_without_a_reason_or_listed_twice_is_refused(run, text):
    assert run(document(), text)[0] == 2


def test_a_document_that_serves_nothing_official_fails(run):
    assert run({"paths": {}}, "")[0] == 1


def test_a_file_that_is_no_document_is_refused(tmp_path):
    (tmp_path / "ours.json").write_text("{}")
    assert check.main([str(tmp_path / "ours.json")]) == 2
    assert check.main([str(tmp_path / "absent.json")]) == 2


def test_without_a_file_the_program_is_asked(tmp_path, monkeypatch, capsys):
    program, differences_file = tmp_path / "program", tmp_path / "differences.toml"
    (tmp_path / "printed.json").write_text(json.dumps(document()))
    program.write_text(f'#!/bin/sh\n[ "$1" = openapi ] && cat {tmp_path}/printed.json\n')
    program.chmod(0o755)
    differences_file.write_text("")
    monkeypatch.setenv("VESTIBULE_BIN", str(program))
    arguments = ["--official", str(tmp_path / "printed.json"), "--differences", str(differences_file)]
    assert check.main(arguments) == 0
    monkeypatch.setenv("VESTIBULE_BIN", str(tmp_path / "absent"))
    assert check.main(arguments) == 2
    assert "set VESTIBULE_BIN" in capsys.readouterr().err
