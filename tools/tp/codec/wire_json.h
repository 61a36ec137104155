/*
 * tp/wire_json.h - messages as JSON and back, driven by the field tables: docs/spec/codec-cli.md is
 * the contract.
 *
 * {"schema":"wire","schemaId":900,"templateId":4,"version":1,"message":"FrameDescriptor",
 *  "dialect":"1.1","fields":{...}}
 *
 * Integers are JSON integers, enums are names, the null of an optional field is null, groups are
 * arrays of objects, arrays are arrays. Text is a string in which byte b is the character U+00b (so
 * that also bytes above 127 survive the way there and back); other data is "hex:...". Pads are
 * neither printed nor needed, and always written as 0.
 */
#ifndef TP_TOOL_WIRE_JSON_H
#define TP_TOOL_WIRE_JSON_H

#include <json-c/json.h>

#include "codec/batch_io.h"
#include "wire/table.h"

/** Dialects as an option says: "1.1", "1.2", "auto" (both). 0 when it is none of them. */
unsigned tp_wire_dialects_from_text(const char *text);

/**
 * Append the JSON of one message that starts with its message header, without a newline at the end.
 *
 * @param dialects the forms accepted; with TPI_WIRE_IN_BOTH "dialect" says which one it was.
 * @param pretty   several indented lines instead of one.
 * @return TP_OK, TP_EDECODE (nothing appended) or TP_ENOMEM, with a text.
 */
int tp_wire_to_json(const void *buf, size_t len, unsigned dialects, bool pretty, tp_bytes_t *out);

/**
 * Append the bytes of a message, header included.
 *
 * @param dialects one dialect.
 * @param fields   the object with the fields.
 * @return TP_OK, TP_EDECODE (nothing appended) or TP_ENOMEM, with a text.
 */
int tp_wire_from_json(const char *message, unsigned dialects, json_object *fields, tp_bytes_t *out);

/**
 * Parse one JSON text strictly: one object and nothing behind it, valid UTF-8, numbers as the
 * grammar says and integers without overflow, no name twice in an object, no NUL in a name.
 *
 * @param out_object the caller's to put.
 * @return TP_OK, TP_EDECODE or TP_ENOMEM, with a text.
 */
int tp_json_parse_strict(const char *text, size_t len, json_object **out_object);

#endif
