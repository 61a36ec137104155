#!/usr/bin/env python3
"""Field tables of the message schemas, as C.

    wire_tables.py schemas/*.xml > src/wire/gen/tables.c

src/wire/table.h says what the tables mean. A schema file is named <subject>-<id>-v<dialect>.xml. A message which both
dialects' files define has one form each; one that stands only in the v1.1 file has the same bytes in both dialects; one
that stands only in the v1.2 file does not exist in v1.1.
"""
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

PRIMITIVES = {
    "uint8": ("U8", 1), "int8": ("I8", 1), "uint16": ("U16", 2), "int16": ("I16", 2),
    "uint32": ("U32", 4), "int32": ("I32", 4), "uint64": ("U64", 8), "int64": ("I64", 8),
}


def implicit_null(primitive):
    bits = 8 * PRIMITIVES[primitive][1]
    return -(1 << (bits - 1)) if primitive.startswith("int") else (1 << bits) - 1


def local(tag):
    return tag.rsplit("}", 1)[-1]


def c_u64(value):
    return f"UINT64_C(0x{value & ((1 << 64) - 1):x})"


class Schema:
    def __init__(self, path):
        match = re.fullmatch(r"(.+)-(\d+)-v(1\.[12])\.xml", path.name)
        if not match:
            sys.exit(f"{path}: not named <subject>-<id>-v1.1.xml or <subject>-<id>-v1.2.xml")
        self.subject, self.dialect = match[1], match[3]
        root = ET.parse(path).getroot()
        self.path, self.id, self.version = path, int(root.get("id")), int(root.get("version"))
        if self.id != int(match[2]):
            sys.exit(f"{path}: the file name says {match[2]}, the schema {self.id}")
        self.prefix = f"{self.subject}{self.id}_{self.dialect.replace('.', '')}"
        self.types, self.enums, self.vars = {}, {}, {}
        for node in root.iter():
            if local(node.tag) == "types":
                for child in node:
                    self.add_type(child)
        self.messages = [n for n in root if local(n.tag) == "message"]

    def add_type(self, node):
        name, kind = node.get("name"), local(node.tag)
        if kind == "type":
            self.types[name] = node
        elif kind == "enum":
            self.enums[name] = node
        elif kind == "composite":
            data = [t for t in node if t.get("name") == "varData"]
            if data:
                self.vars[name] = "ASCII" if data[0].get("characterEncoding") else "BYTES"
        else:
            self.fail(f"type {name}: {kind} is not supported")

    def fail(self, text):
        sys.exit(f"{self.path}: {text}")

    def primitive(self, name):
        if name in PRIMITIVES:
            return name
        if name in self.types:
            return self.types[name].get("primitiveType")
        self.fail(f"unknown type {name}")

    def enum_rows(self, name):
        return [(v.get("name"), int(v.text)) for v in self.enums[name]]


class Output:
    def __init__(self):
        self.lines = []

    def put(self, line=""):
        self.lines.append(line)


def walk_block(schema, node, c_name, out):
    """Write the table of a message or group; return (block length, C name of the field array, number of fields)."""
    rows, offset = [], 0
    last_kind = 0
    for child in node:
        tag, name, kind_order = local(child.tag), child.get("name"), 0
        null, optional, count, extra, type_c, at = 0, False, 1, "NULL, 0, NULL", "U8", 0
        if tag == "field" and child.get("type") in schema.vars:
            # A field of a var data composite: its bytes are those of a data member.
            kind, kind_order = schema.vars[child.get("type")], 2
        elif tag == "field":
            type_name = child.get("type")
            optional = child.get("presence") == "optional"
            if type_name in schema.enums:
                kind = "ENUM"
                primitive = schema.primitive(schema.enums[type_name].get("encodingType"))
                extra = f"values_{schema.prefix}_{type_name}, {len(schema.enum_rows(type_name))}, NULL"
                null = implicit_null(primitive)
            else:
                kind = "INTEGER"
                primitive = schema.primitive(type_name)
                null = implicit_null(primitive)
                definition = schema.types.get(type_name)
                if definition is not None:
                    optional = optional or definition.get("presence") == "optional"
                    null = int(definition.get("nullValue", null))
                    count = int(definition.get("length", 1))
                    if count != 1:
                        kind = "PAD" if name == "pad" else "ARRAY"
                    if definition.get("presence") == "constant":
                        kind, null, count = "CONSTANT", int(definition.text), 0
            type_c, size = PRIMITIVES[primitive]
            at = int(child.get("offset", offset))
            if at < offset:
                schema.fail(f"{c_name}.{name}: offset {at} lies inside the field before it")
            offset = at + size * count
        elif tag == "group":
            kind, kind_order = "GROUP", 1
            group_name = f"{c_name}_{name}"
            length, fields, number = walk_block(schema, child, group_name, out)
            out.put(f"static const tpi_wire_block_t block_{group_name} = {{ {length}, {number}, {fields} }};")
            out.put()
            extra = f"NULL, 0, &block_{group_name}"
        elif tag == "data":
            kind, kind_order = schema.vars[child.get("type")], 2
        else:
            schema.fail(f"{c_name}: <{tag}> is not supported")
        if kind_order < last_kind:
            schema.fail(f"{c_name}.{name}: fields come first, then groups, then data")
        last_kind = kind_order
        rows.append(f'    {{ "{name}", TPI_WIRE_{kind}, TPI_WIRE_{type_c}, {"true" if optional else "false"}, '
                    f"{at}, {count}, {c_u64(null)}, {extra} }},")
    length = int(node.get("blockLength", offset))
    if offset > length:
        schema.fail(f"{c_name}: fields take {offset} bytes, the block has {length}")
    out.put(f"static const tpi_wire_field_t fields_{c_name}[] = {{")
    out.lines.extend(rows)
    out.put("};")
    return length, f"fields_{c_name}", len(rows)


def main():
    schemas = [Schema(Path(p)) for p in sorted(sys.argv[1:], key=lambda p: Path(p).name)]
    schemas.sort(key=lambda s: (s.id, s.dialect))
    by_id = {}
    for schema in schemas:
        by_id.setdefault(schema.id, {})[schema.dialect] = schema

    out = Output()
    out.put("/* Made by scripts/wire_tables.py from schemas/. Do not edit: make codecs writes it anew. */")
    out.put('#include "wire/table.h"')
    out.put()
    messages = []
    for schema in schemas:
        templates = {d: {int(m.get("id")) for m in s.messages} for d, s in by_id[schema.id].items()}
        for name in schema.enums:
            values = ", ".join(f'{{ "{n}", {v} }}' for n, v in schema.enum_rows(name))
            out.put(f"static const tpi_wire_value_t values_{schema.prefix}_{name}[] = {{ {values} }};")
        out.put()
        for message in schema.messages:
            name, template = message.get("name"), int(message.get("id"))
            length, fields, number = walk_block(schema, message, f"{schema.prefix}_{name}", out)
            out.put()
            if schema.dialect == "1.2":
                dialects = "TPI_WIRE_IN_V12"
            elif template in templates.get("1.2", set()):
                dialects = "TPI_WIRE_IN_V11"
            else:
                dialects = "TPI_WIRE_IN_BOTH"
            messages.append((schema.id, template, schema.dialect,
                             f'    {{ "{schema.subject}", "{name}", {schema.id}, {schema.version}, {template}, '
                             f"{dialects}, {{ {length}, {number}, {fields} }} }},"))
    messages.sort(key=lambda m: m[:3])
    out.put("const tpi_wire_message_t tpi_wire_messages[] = {")
    for message in messages:
        out.put(message[3])
    out.put("};")
    out.put("const size_t tpi_wire_message_count = sizeof(tpi_wire_messages) / sizeof(tpi_wire_messages[0]);")
    print("\n".join(out.lines))


if __name__ == "__main__":
    main()
