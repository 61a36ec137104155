#!/usr/bin/env python3
"""The contract of `tp encode` and `tp decode` (docs/spec/codec-cli.md), on the byte vectors of docs/spec.

    codec_cli_test.py TP_PROGRAM SPEC_DIR
"""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

TP, SPEC = sys.argv[1], pathlib.Path(sys.argv[2])
FILES = ("wire_vectors.json", "driver_vectors.json", "services_vectors.json")
# Var data that is not text.
BYTES = {("DataSourceMeta", "value"), ("SlotHeader", "headerBytes"), ("MetaBlobChunk", "bytes")}
U64_MAX = 2**64 - 1


def tp(*args, stdin=""):
    return subprocess.run([TP, *args], input=stdin, capture_output=True, text=True, timeout=60)


def batch(verb, lines, *args):
    """Output lines and exit status."""
    run = tp(verb, "--json", *args, "-", stdin="".join(line + "\n" for line in lines))
    assert run.stderr == "", run.stderr
    out = run.stdout.split("\n")
    assert out.pop() == "", "the last line has no end"
    assert len(out) == len(lines), (len(out), len(lines))
    return out, run.returncode


def as_json(message, fields):
    """The fields of a vector record as the contract prints them."""
    def convert(owner, block):
        result = {}
        for name, value in block.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                value = [convert(owner, entry) for entry in value]
            elif isinstance(value, dict):
                value = "hex:" + value["hex"]
            elif (owner, name) in BYTES:
                value = "hex:" + value
            result[name] = value
        return result
    return convert(message, fields)


def printed(fields):
    return {k: v for k, v in fields.items() if k != "pad"}


def load():
    for file in FILES:
        data = json.loads((SPEC / file).read_text())
        for part in ("vectors", "extra", "patterns"):
            for record in data.get(part, []):
                message = record["message"].split(" ")[0]
                schema = record.get("schemaId") or data["schemaId"]
                payload = record["hex"]
                if record.get("framing") == "raw":
                    header = b"".join(n.to_bytes(2, "little") for n in
                                      (record["blockLength"], record["templateId"], schema, 1))
                    payload = header.hex() + payload
                yield {
                    "file": file, "part": part, "message": message, "hex": "hex:" + payload, "schemaId": schema,
                    "templateId": record["templateId"], "dialects": record["dialects"],
                    "fields": as_json(message, record["fields"]),
                    "pad": any(record["fields"].get("pad", [])),
                }


RECORDS = list(load())
NEGATIVE = {record["name"]: record for file in FILES for record in json.loads((SPEC / file).read_text())["negative"]}
# Well-formed, and wrong for reasons that only a driver or client can judge.
MEANING = {
    "attach request, clientId 0", "OK with epoch null", "OK with leaseId null", "OK with maxDims null",
    "OK with headerSlotBytes 512", "OK with headerNslots 12", "OK with no pools",
    "OK with poolNslots 16 beside headerNslots 8", "OK with an empty regionUri", "OK with a poolId used twice",
    "OK with empty headerRegionUri", "OK with blank headerRegionUri", "error with a 1025 byte text",
    "wire ConsumerHello (schema 900, template 2) on the control stream",
    "chunk: chunkCount 0", "chunk: chunkCount 65536", "chunk: chunkIndex == chunkCount", "chunk: index 0 without header",
    "chunk: index 1 with header", "chunk: header flag set, 255 bytes", "chunk: header flag clear, 256 bytes",
    "chunk: index 0 at offset 1", "chunk: chunkLength != payloadBytes length", "chunk: slice past payloadLength",
    "chunk: offset + length wraps u32", "chunk: other payloadLength than the assembly", "chunk: overlaps chunk 0",
    "chunk: duplicate of chunk 0, other bytes", "chunk: header says seq 8", "chunk: header not committed",
    "chunk: header values_len != payloadLength", "chunk: header pool not announced", "request: empty responseChannel",
    "request: responseStreamId 0", "request: responseStreamId above int32", "response: NOT_FOUND with a result",
    "response: driverControlStreamId 0", "response: empty driverControlChannel",
    "response: pool slots differ from header slots",
}


def example(message, dialect="1.1"):
    return copy.deepcopy(next(r["fields"] for r in RECORDS
                              if r["message"] == message and dialect in r["dialects"] and r["part"] == "vectors"))


class Vectors(unittest.TestCase):
    def test_there_are_vectors_of_all_schemas_and_dialects(self):
        self.assertGreaterEqual(len(RECORDS), 70)
        self.assertEqual({r["schemaId"] for r in RECORDS}, {900, 901, 902, 903, 904, 910})

    def check_decoded(self, record, line, dialect):
        got = json.loads(line)
        self.assertEqual(list(got), ["schema", "schemaId", "templateId", "version", "message", "dialect", "fields"])
        self.assertEqual((got["schemaId"], got["templateId"], got["version"], got["message"]),
                         (record["schemaId"], record["templateId"], 1, record["message"]))
        if len(record["dialects"]) == 1:
            self.assertEqual(got["dialect"], record["dialects"][0])
        elif dialect != "auto":
            self.assertEqual(got["dialect"], dialect)
        fields = dict(got["fields"])
        if record["message"] == "TensorHeader":
            self.assertEqual(fields.pop("maxDims", 8), 8)
        self.assertEqual(fields, printed(record["fields"]), record["message"])

    def test_every_vector_decodes(self):
        # Proves: W-1, W-2, W-3, W-4, X-1, X-5
        for dialect in ("auto", "1.1", "1.2"):
            records = [r for r in RECORDS if dialect == "auto" or dialect in r["dialects"]]
            lines, status = batch("decode", [r["hex"] for r in records], "--dialect", dialect)
            self.assertEqual(status, 0)
            for record, line in zip(records, lines):
                self.check_decoded(record, line, dialect)

    def test_the_other_dialects_form_is_malformed(self):
        for dialect in ("1.1", "1.2"):
            records = [r for r in RECORDS if dialect not in r["dialects"]]
            lines, status = batch("decode", [r["hex"] for r in records], "--dialect", dialect)
            self.assertEqual(status, 2)
            for record, line in zip(records, lines):
                self.assertEqual(list(json.loads(line)), ["error"], record["message"])

    def test_every_vector_encodes(self):
        for dialect in ("1.1", "1.2"):
            records = [r for r in RECORDS if dialect in r["dialects"] and not r["pad"]]
            lines = [json.dumps({"message": r["message"], "fields": r["fields"]}) for r in records]
            got, status = batch("encode", lines, "--dialect", dialect)
            self.assertEqual(status, 0, [g for g in got if "error" in g])
            self.assertEqual(got, [r["hex"] for r in records])

    def test_what_decode_prints_encodes_to_the_same_bytes(self):
        for dialect in ("1.1", "1.2"):
            records = [r for r in RECORDS if dialect in r["dialects"] and not r["pad"]]
            printed_lines, _ = batch("decode", [r["hex"] for r in records])
            got, status = batch("encode", printed_lines, "--dialect", dialect)
            self.assertEqual((got, status), ([r["hex"] for r in records], 0))

    def test_pads_are_written_as_zero_whether_given_or_not(self):
        for record in (r for r in RECORDS if r["pad"]):
            size = len(record["fields"]["pad"])
            at = 8 + {"SlotHeader": 34, "TensorHeader": 75}[record["message"]]
            want = bytearray.fromhex(record["hex"][4:])
            want[at:at + size] = bytes(size)
            without = {k: v for k, v in record["fields"].items() if k != "pad"}
            for fields in (record["fields"], without):
                run = tp("encode", record["message"], json.dumps(fields))
                self.assertEqual((run.stdout, run.returncode), ("hex:" + want.hex() + "\n", 0), run.stderr)

    def test_single_forms(self):
        for record in RECORDS[:12]:
            dialect = record["dialects"][0]
            with tempfile.NamedTemporaryFile() as file:
                file.write(bytes.fromhex(record["hex"][4:]))
                file.flush()
                for source in (record["hex"], record["hex"].upper().replace("HEX:", "hex:"), file.name):
                    run = tp("decode", "--json", source)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.check_decoded(record, run.stdout, "auto")
                    self.assertEqual(run.stdout.count("\n"), 1)
            text = json.dumps(record["fields"])
            for run in (tp("encode", "--dialect", dialect, record["message"], text),
                        tp("encode", "--dialect=" + dialect, record["message"], stdin=text + "\n")):
                self.assertEqual((run.stdout, run.returncode), (record["hex"] + "\n", 0), run.stderr)

    def test_pretty_form_is_the_same_object(self):
        for record in RECORDS:
            run = tp("decode", record["hex"])
            self.assertEqual(run.returncode, 0)
            self.check_decoded(record, run.stdout, "auto")

    def test_bytes_behind_the_last_element_are_ignored(self):
        # Proves: W-7
        lines, status = batch("decode", [r["hex"] + "00ff7f" for r in RECORDS])
        self.assertEqual(status, 0)
        for record, line in zip(RECORDS, lines):
            self.check_decoded(record, line, "auto")


class Malformed(unittest.TestCase):
    def refused(self, hexes, *args):
        lines, status = batch("decode", hexes, *args)
        self.assertEqual(status, 2)
        for text, line in zip(hexes, lines):
            answer = json.loads(line)
            self.assertEqual(list(answer), ["error"], text)
            self.assertTrue(answer["error"], text)
        for text in hexes[:3]:
            run = tp("decode", "--json", *args, text)
            self.assertEqual((run.returncode, run.stdout), (2, ""), text)
            self.assertNotEqual(run.stderr, "")
        return [json.loads(line)["error"] for line in lines]

    def test_negative_vectors_are_malformed_unless_only_their_meaning_is_wrong(self):
        # Proves: W-3, W-6, W-7, D-14, D-15
        self.assertTrue(MEANING <= set(NEGATIVE))
        self.refused(["hex:" + r["hex"] for name, r in NEGATIVE.items() if name not in MEANING])
        lines, status = batch("decode", ["hex:" + NEGATIVE[name]["hex"] for name in sorted(MEANING)])
        self.assertEqual(status, 0)
        for line in lines:
            self.assertIn("fields", json.loads(line))

    def test_every_truncation_is_malformed(self):
        hexes = [r["hex"][:4 + 2 * n] for r in RECORDS for n in range((len(r["hex"]) - 4) // 2)]
        self.assertGreater(len(hexes), 5000)
        self.refused(hexes)

    def test_headers(self):
        records = [r for r in RECORDS if r["part"] == "vectors"]
        for offset, what in ((0, "blockLength"), (2, "template"), (4, "schema"), (6, "version")):
            hexes = []
            for record in records:
                data = bytearray.fromhex(record["hex"][4:]) + bytes(8)
                value = int.from_bytes(data[offset:offset + 2], "little")
                data[offset:offset + 2] = (value + (128 if offset else 1)).to_bytes(2, "little")
                hexes.append("hex:" + data.hex())
            self.refused(hexes)

    def test_a_longer_block_is_no_newer_version(self):
        # Proves: W-3, X-1
        errors = self.refused(["hex:2c" + RECORDS[3]["hex"][6:] + "00" * 8])
        self.assertIn("36 or 40", errors[0])

    def test_group_entry_block_length(self):
        # Proves: W-3
        record = next(r for r in RECORDS if r["message"] == "ShmPoolAnnounce")
        data = bytearray.fromhex(record["hex"][4:])
        for wrong in (0, 9, 11, 65535):
            data[8 + 35:8 + 37] = wrong.to_bytes(2, "little")
            self.refused(["hex:" + data.hex()])
        empty = next(r for r in RECORDS if r["message"] == "DataSourceMeta" and r["fields"]["attributes"] == [])
        data = bytearray.fromhex(empty["hex"][4:])
        data[24] = 1
        self.refused(["hex:" + data.hex()])

    def test_enums(self):
        # Proves: W-6
        announce = bytearray.fromhex(next(r["hex"] for r in RECORDS if r["message"] == "ShmPoolAnnounce")[4:])
        hexes = []
        for value in (0, 3, 255):
            announce[8 + 24] = value
            hexes.append("hex:" + announce.hex())
        self.refused(hexes)
        request = bytearray.fromhex(next(r["hex"] for r in RECORDS if r["message"] == "ShmAttachRequest")[4:])
        request[8 + 22] = 255
        run = tp("decode", "--json", "hex:" + request.hex())
        self.assertIsNone(json.loads(run.stdout)["fields"]["publishMode"])
        request[8 + 22] = 3
        self.refused(["hex:" + request.hex()])

    def test_inputs_that_are_no_hex(self):
        self.refused(["hex:", "hex:0", "hex:zz", "2400", "", " hex:00", "hex:00 ", "HEX:00", "hex:é"])

    def test_work_goes_on_behind_a_malformed_line(self):
        good = RECORDS[0]["hex"]
        lines, status = batch("decode", [good, "nonsense", good, "hex:00", good])
        self.assertEqual(status, 2)
        self.assertEqual(["error" in json.loads(line) for line in lines], [False, True, False, True, False])
        self.assertEqual(lines[0], lines[2])
        good = json.dumps({"message": RECORDS[0]["message"], "fields": RECORDS[0]["fields"]})
        lines, status = batch("encode", [good, "nonsense", good])
        self.assertEqual(status, 2)
        self.assertEqual([line.startswith("hex:") for line in lines], [True, False, True])
        self.assertEqual(list(json.loads(lines[1])), ["error"])

    def test_last_line_without_end_and_carriage_returns(self):
        text = RECORDS[0]["hex"] + "\r\n" + RECORDS[0]["hex"]
        run = tp("decode", "--json", "-", stdin=text)
        self.assertEqual((run.returncode, run.stdout.count("\n")), (0, 2))
        self.assertEqual(tp("decode", "--json", "-").stdout, "")


class EncodeRefuses(unittest.TestCase):
    def refused(self, message, fields, *args):
        text = fields if isinstance(fields, str) else json.dumps(fields)
        run = tp("encode", *args, message, text)
        self.assertEqual((run.returncode, run.stdout), (2, ""), (message, text))
        self.assertNotEqual(run.stderr, "")
        line = '{"message":%s,"fields":%s}' % (json.dumps(message), text.replace("\n", " "))
        lines, status = batch("encode", [line], *args)
        self.assertEqual(status, 2)
        self.assertEqual(list(json.loads(lines[0])), ["error"])
        return run.stderr

    def accepted(self, message, fields, *args):
        run = tp("encode", *args, message, fields if isinstance(fields, str) else json.dumps(fields))
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.strip()

    def test_unknown_messages(self):
        for name in ("Frame", "", "framedescriptor", "FrameDescriptor (v1.2)"):
            self.refused(name, example("FrameDescriptor"))
        self.assertIn("1.2 only", self.refused("MetaBlobComplete", example("MetaBlobComplete", "1.2")))

    def test_every_required_field_must_be_there_and_not_null(self):
        for record in (r for r in RECORDS if r["part"] == "vectors"):
            dialect = record["dialects"][0]
            optional = {"progressIntervalUs", "progressBytesDelta", "progressMajorDeltaUnits", "watermark", "traceId",
                        "publishMode", "desiredNodeId"}
            if record["message"] == "FrameDescriptor":
                optional |= {"timestampNs", "metaVersion"}
            if record["message"] in ("DiscoveryRequest", "DiscoveryResponse"):
                optional |= {"streamId", "producerId", "dataSourceId"}
            if record["message"].endswith("MergeMapAnnounce"):
                optional |= {"staleTimeoutNs", "latenessNs"}
            if record["message"] == "TraceLinkSet":
                optional -= {"traceId"}
            if record["message"] == "ShmAttachResponse":
                optional |= {"leaseId", "leaseExpiryTimestampNs", "streamId", "epoch", "layoutVersion", "headerNslots",
                             "headerSlotBytes", "maxDims", "nodeId"}
            for name in record["fields"]:
                if name == "pad":
                    continue
                missing = {k: v for k, v in record["fields"].items() if k != name}
                null = dict(record["fields"], **{name: None})
                if name in optional:
                    self.assertEqual(self.accepted(record["message"], missing, "--dialect", dialect),
                                     self.accepted(record["message"], null, "--dialect", dialect))
                else:
                    self.refused(record["message"], missing, "--dialect", dialect)
                    self.refused(record["message"], null, "--dialect", dialect)

    def test_members_of_group_entries(self):
        base = example("ShmPoolAnnounce")
        for name in list(base["payloadPools"][0]):
            fields = copy.deepcopy(base)
            del fields["payloadPools"][1][name]
            self.refused("ShmPoolAnnounce", fields)
        fields = copy.deepcopy(base)
        fields["payloadPools"][0]["extra"] = 1
        self.refused("ShmPoolAnnounce", fields)
        for wrong in (None, {}, 1, "x", [1], [[]], [None]):
            self.refused("ShmPoolAnnounce", dict(base, payloadPools=wrong))

    def test_unknown_fields(self):
        self.refused("FrameDescriptor", dict(example("FrameDescriptor"), other=1))
        self.refused("FrameDescriptor", dict(example("FrameDescriptor"), traceId=1))
        self.refused("FrameDescriptor", example("FrameDescriptor"), "--dialect", "1.2")
        self.refused("FrameProgress", example("FrameProgress", "1.2"))

    def test_ranges(self):
        base = example("FrameDescriptor")
        for name, top in (("streamId", 2**32 - 1), ("epoch", U64_MAX)):
            self.accepted("FrameDescriptor", dict(base, **{name: top}))
            self.accepted("FrameDescriptor", dict(base, **{name: 0}))
            for wrong in (top + 1, -1, 2**70, -2**63 - 1, -2**70):
                self.refused("FrameDescriptor", dict(base, **{name: wrong}))
        base = example("ControlResponse")
        for good in (-2**63, 2**63 - 1, -1):
            self.accepted("ControlResponse", dict(base, correlationId=good))
        for wrong in (-2**63 - 1, 2**63, U64_MAX):
            self.refused("ControlResponse", dict(base, correlationId=wrong))
        base = example("TensorHeader")
        for wrong in (2**31, -2**31 - 1):
            self.refused("TensorHeader", dict(base, dims=[wrong] + [0] * 7))
        self.accepted("TensorHeader", dict(base, dims=[-2**31, 2**31 - 1] + [0] * 6))
        self.refused("TensorHeader", dict(base, ndims=256))
        self.accepted("TensorHeader", dict(base, maxDims=8))
        self.refused("TensorHeader", dict(base, maxDims=7))

    def test_wrong_types(self):
        base = example("FrameDescriptor")
        for wrong in ("1", 1.0, 1.5, True, [1], {}, "UINT8"):
            self.refused("FrameDescriptor", dict(base, streamId=wrong))
        for wrong in ("1e3", "1.0", "-0.0", "1E0", "01", "00", "-01", "+1", "0x1", ".5", "1.", "NaN", "Infinity", "-",
                      "18446744073709551616", "1 2", "'1'"):
            self.refused("FrameDescriptor", json.dumps(base).replace('"streamId": 10000', '"streamId": ' + wrong))
        base = example("ControlResponse")
        for wrong in (0, True, "ok", "", "OK ", "OK\0", ["OK"], "NO_SUCH"):
            self.refused("ControlResponse", dict(base, code=wrong))
        for wrong in (0, False, [], {}, ["a"]):
            self.refused("ControlResponse", dict(base, errorMessage=wrong))
        base = example("TensorHeader")
        for wrong in ([], [0] * 7, [0] * 9, 0, "0", {}, [None] + [0] * 7, [0.0] + [0] * 7, ["0"] + [0] * 7):
            self.refused("TensorHeader", dict(base, dims=wrong))
        self.refused("TensorHeader", dict(base, pad=[0] * 108))
        base = example("SlotHeader")
        for wrong in ("", "00", "hex:0", "hex:0g", "HEX:00", 0, []):
            self.refused("SlotHeader", dict(base, headerBytes=wrong))
        self.accepted("SlotHeader", dict(base, headerBytes="hex:"))
        self.accepted("SlotHeader", dict(base, headerBytes="hex:aBCd"))

    def test_texts_that_are_no_json_object(self):
        good = json.dumps(example("QosProducer"))
        for wrong in ("", " ", "null", "1", "[]", '"x"', good[:-1], good + "x", good + good, good + ",", "{,}",
                      good.replace(": ", " "), good[:-1] + ",}", good.replace('"', "'"), "// a\n" + good,
                      good.replace("null", "NULL"), good.replace("null", "nul"), good.replace("null", "nulll"),
                      good.replace('"epoch"', "epoch"), good.replace('"epoch"', "'epoch'"),
                      "/* a */" + good, "{" + good[1:-1] + ', "epoch": 3}', '{"epoch": 1, "epoch": 1}',
                      good.replace('"epoch"', '"epoch\\u0000"'), "[" * 5000, '{"a":' * 5000):
            run = tp("encode", "QosProducer", wrong)
            self.assertEqual((run.returncode, run.stdout), (2, ""), wrong[:200])
        for raw in (good.replace("{", '{"\x01": 1,').encode(), b"\xef\xbb\xbf" + good.encode(),
                    good.replace("{", '{"x": "').encode() + b'\xff"}', good.encode() + b"\0"):
            run = subprocess.run([TP, "encode", "QosProducer"], input=raw, capture_output=True, timeout=60)
            self.assertEqual((run.returncode, run.stdout), (2, b""), raw)
        base = json.dumps(example("ControlResponse"))
        for bad in (b"\xc3", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\n", b"\t", b"\0"):
            raw = base.replace("layout", "\x7f").encode().replace(b"\x7f", bad)
            self.assertNotEqual(raw, base.encode())
            run = subprocess.run([TP, "encode", "ControlResponse"], input=raw, capture_output=True, timeout=60)
            self.assertEqual((run.returncode, run.stdout), (2, b""), raw)

    def test_batch_objects(self):
        fields = example("QosProducer")
        bad = [{}, {"message": "QosProducer"}, {"fields": fields}, {"message": 1, "fields": fields},
               {"message": "QosProducer", "fields": []}, {"message": "QosProducer", "fields": None},
               {"message": "QosProducer\0", "fields": fields}]
        lines, status = batch("encode", [json.dumps(b) for b in bad] + ["[]", "null"])
        self.assertEqual(status, 2)
        self.assertTrue(all(list(json.loads(line)) == ["error"] for line in lines))
        # Only message and fields count.
        other = {"schema": 5, "schemaId": None, "templateId": "x", "dialect": "9", "message": "QosProducer", "fields": fields}
        lines, status = batch("encode", [json.dumps(other)])
        self.assertEqual((status, lines[0][:4]), (0, "hex:"))


class Text(unittest.TestCase):
    def test_every_byte_of_ascii_survives(self):
        # Proves: W-8
        base = example("DataSourceAnnounce")
        name = "".join(chr(b) for b in range(256))
        run = tp("encode", "DataSourceAnnounce", json.dumps(dict(base, name=name)))
        data = bytes.fromhex(run.stdout.strip()[4:])
        self.assertEqual(data[32:32 + 256], bytes(range(256)))
        run = tp("decode", "--json", run.stdout.strip())
        self.assertEqual(json.loads(run.stdout)["fields"]["name"], name)
        run = tp("encode", "DataSourceAnnounce", json.dumps(dict(base, name="\u0100")))
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        run = tp("encode", "DataSourceAnnounce", json.dumps(dict(base, name="\ud800")))
        self.assertEqual((run.returncode, run.stdout), (2, ""))

    def test_null_values(self):
        # Proves: W-4, X-6
        run = tp("encode", "--dialect", "1.2", "FrameDescriptor",
                 json.dumps(dict(example("FrameDescriptor", "1.2"), timestampNs=None, metaVersion=None, traceId=None)))
        data = bytes.fromhex(run.stdout.strip()[4:])
        self.assertEqual(data[28:], b"\xff" * 12 + bytes(8))
        fields = json.loads(tp("decode", "--json", run.stdout.strip()).stdout)["fields"]
        self.assertEqual((fields["timestampNs"], fields["metaVersion"], fields["traceId"]), (None, None, None))
        data = data[:40] + b"\xff" * 8
        fields = json.loads(tp("decode", "--json", "hex:" + data.hex()).stdout)["fields"]
        self.assertEqual(fields["traceId"], U64_MAX)


class CommandLine(unittest.TestCase):
    def test_usage_errors_are_status_2(self):
        good = RECORDS[0]["hex"]
        for args in (["decode"], ["decode", "--json"], ["decode", good, good], ["decode", "--dialect", "1.3", good],
                     ["decode", "--nope", good], ["encode"], ["encode", "--dialect", "auto", "QosProducer", "{}"],
                     ["encode", "QosProducer", "{}", "{}"], ["encode", "--json", "-", "{}"]):
            run = tp(*args)
            self.assertEqual((run.returncode, run.stdout), (2, ""), args)
            self.assertNotEqual(run.stderr, "")

    def test_help(self):
        for verb in ("encode", "decode"):
            run = tp(verb, "--help")
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertIn("--dialect", run.stdout)

    def test_runtime_failures_are_status_1(self):
        self.assertEqual(tp("decode", "--json", "/nonexistent/file").returncode, 1)
        self.assertEqual(tp("decode", "--json", "/").returncode, 1)
        if os.path.exists("/dev/full"):
            with open("/dev/full", "w") as full:
                run = subprocess.run([TP, "decode", "--json", RECORDS[0]["hex"]], stdout=full,
                                     stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(run.returncode, 1)
                run = subprocess.run([TP, "decode", "--json", "-"], input=RECORDS[0]["hex"], text=True, stdout=full,
                                     stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(run.returncode, 1)

    def test_batch_answers_each_line_before_the_next_is_written(self):
        for verb, line in (("decode", RECORDS[0]["hex"]), ("decode", "nonsense"), ("encode", "{}")):
            with subprocess.Popen([TP, verb, "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  bufsize=1) as process:
                for _ in range(3):
                    process.stdin.write(line + "\n")
                    process.stdin.flush()
                    self.assertTrue(process.stdout.readline().startswith("{"))
                process.stdin.close()

    def test_speed(self):
        records = [r for r in RECORDS if "1.1" in r["dialects"] and not r["pad"]]
        hexes = [records[i % len(records)]["hex"] for i in range(100000)]
        start = time.monotonic()
        lines, status = batch("decode", hexes)
        decoded = time.monotonic()
        self.assertEqual(status, 0)
        got, status = batch("encode", lines)
        encoded = time.monotonic()
        self.assertEqual((got == hexes, status), (True, 0))
        print(f"100000 messages: decode {decoded - start:.2f} s, encode {encoded - decoded:.2f} s", file=sys.stderr)
        # A few seconds; sanitizers and a busy machine may take longer.
        self.assertLess(encoded - start, 60)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
