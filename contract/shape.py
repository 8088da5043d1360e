"""The shape of a JSON Schema: its types, its enum and its fields, one level at a time.

Two schemas that are written differently (references, `allOf`, unions, constants) have the same shape
when they let the same names, types and values through. Rules:

- `$ref` and `allOf` are merged: fields add up, a field is required when one part requires it.
- `oneOf` and `anyOf` become one union: fields add up, a field is required when every object variant
  requires it, and values are the values of all variants.
- A union whose variants a constant tells apart (`tagged_variants`) can also be looked at one by one.
- A constant is an enum of one. `null` is a type and never a value.
- `not`, patterns, formats and limits are no part of the shape.
"""

import json
from dataclasses import dataclass, field

from document import resolve

SCALARS = frozenset({"string", "integer", "number", "boolean"})


@dataclass
class Shape:
    """One level of a schema. `types` of None lets every type through; so does `values` with every value."""

    types: frozenset | None = None
    values: frozenset | None = None
    fields: dict = field(default_factory=dict)
    required: frozenset = frozenset()
    items: object = None
    rest: object = None
    """What the values of fields without a name must be, as in a map."""

    @property
    def nullable(self):
        """Whether null is let through."""
        return self.types is None or "null" in self.types

    @property
    def solid_types(self):
        """The types apart from null; None for any."""
        return None if self.types is None else self.types - {"null"}

    def may_be(self, types):
        """Whether one of these types is let through."""
        return self.types is None or bool(self.types & types)


def shape_of(document, schema, open_references=()):
    """The shape of a schema; its fields and items stay schemas."""
    if not isinstance(schema, dict):
        return Shape()
    parts = [own_shape(schema)]
    reference = schema.get("$ref")
    if reference is not None and reference not in open_references:
        parts.append(shape_of(document, resolve(document, reference), (*open_references, reference)))
    for part in schema.get("allOf", []):
        parts.append(shape_of(document, part, open_references))
    for word in ("oneOf", "anyOf"):
        if word in schema:
            parts.append(union([shape_of(document, it, open_references) for it in schema[word]]))
    return merge(parts)


def tagged_variants(document, schema):
    """The variants of a union of objects, by each field whose constant tells them apart.

    `{tag: {value: schema}}`; empty when the schema is no such union, or says more than its variants do.
    """
    while isinstance(schema, dict) and "$ref" in schema:
        schema = resolve(document, schema["$ref"])
    if not isinstance(schema, dict) or any(key in schema for key in ("properties", "required", "allOf")):
        return {}
    variants = schema.get("oneOf") or schema.get("anyOf") or []
    shapes = [shape_of(document, it) for it in variants]
    if len(shapes) < 2 or any(it.types != {"object"} for it in shapes):
        return {}
    found = {}
    for tag in frozenset.intersection(*(it.required for it in shapes)):
        values = [shape_of(document, it.fields.get(tag)).values for it in shapes]
        if any(it is None or len(it) != 1 for it in values):
            continue
        grouped = {}
        for (value,), variant in zip(values, variants, strict=True):
            grouped.setdefault(value, []).append(variant)
        if len(grouped) > 1:
            found[tag] = {value: combined("anyOf", group) for value, group in grouped.items()}
    return found


def own_shape(schema):
    """What the schema says by itself, without what it refers to or is put together from."""
    values = stated_values(schema)
    types = stated_types(schema, values)
    if values is not None:
        values = frozenset(hashable(it) for it in values if it is not None) or None
    return Shape(
        types=types,
        values=values,
        fields=dict(schema.get("properties", {})),
        required=frozenset(schema.get("required", [])),
        items=meaningful(schema.get("items")),
        rest=stated_rest(schema),
    )


def stated_values(schema):
    """The values of `enum` or `const`, if the schema has one of them."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def stated_types(schema, values):
    """The types that the schema names, or those that its other keywords give away."""
    if "type" in schema:
        named = schema["type"]
        types = frozenset([named] if isinstance(named, str) else named)
        return types | {"null"} if schema.get("nullable") else types
    if values is not None:
        return frozenset(type_of(it) for it in values)
    if any(key in schema for key in ("properties", "required", "additionalProperties", "patternProperties")):
        return frozenset({"object"})
    if "items" in schema:
        return frozenset({"array"})
    return None


def type_of(value):
    """The JSON Schema type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names[type(value)]


def hashable(value):
    """The value in a form that a set can hold."""
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value


def stated_rest(schema):
    """The schema of map values. Saying "anything" is the same as saying nothing."""
    stated = [meaningful(schema.get("additionalProperties"))]
    stated += [meaningful(it) for it in schema.get("patternProperties", {}).values()]
    return combined("anyOf", [it for it in stated if it is not None])


def meaningful(schema):
    """The schema, or None when it says nothing."""
    return schema if isinstance(schema, dict) and schema else None


def combined(word, schemas):
    """One schema out of several; equal ones count once."""
    distinct = list({json.dumps(it, sort_keys=True): it for it in schemas}.values())
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else {word: distinct}


def combined_fields(word, shapes):
    """The fields of all shapes by name."""
    names = {name: None for shape in shapes for name in shape.fields}
    return {name: combined(word, [it.fields[name] for it in shapes if name in it.fields]) for name in names}


def merge(shapes):
    """What all of the shapes let through."""
    types, values = None, None
    for shape in shapes:
        types = shared_types(types, shape.types)
        if shape.values is not None:
            values = shape.values if values is None else values & shape.values
    return Shape(
        types=types,
        values=values,
        fields=combined_fields("allOf", shapes),
        required=frozenset().union(*(it.required for it in shapes)),
        items=combined("allOf", [it.items for it in shapes if it.items is not None]),
        rest=combined("allOf", [it.rest for it in shapes if it.rest is not None]),
    )


def shared_types(left, right):
    """The types that both let through; an integer is a number."""
    if left is None or right is None:
        return right if left is None else left
    shared = left & right
    if "integer" in left | right and "number" in left | right:
        shared |= {"integer"}
    return shared


def union(shapes):
    """What one of the shapes lets through."""
    if not shapes:
        return Shape()
    types = None
    if all(it.types is not None for it in shapes):
        types = frozenset().union(*(it.types for it in shapes))
        if "number" in types:
            types -= {"integer"}
    values = None
    scalars = [it for it in shapes if it.may_be(SCALARS)]
    if scalars and all(it.values is not None for it in scalars):
        values = frozenset().union(*(it.values for it in scalars))
    objects = [it for it in shapes if it.may_be({"object"})]
    return Shape(
        types=types,
        values=values,
        fields=combined_fields("anyOf", objects),
        required=frozenset.intersection(*(it.required for it in objects)) if objects else frozenset(),
        items=combined("anyOf", [it.items for it in shapes if it.items is not None]),
        rest=combined("anyOf", [it.rest for it in objects if it.rest is not None]),
    )
