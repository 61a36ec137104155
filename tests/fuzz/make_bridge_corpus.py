#!/usr/bin/env python3
"""Writes corpus/bridge_chunk from docs/spec/services_vectors.json: each chunk by itself, frames of several, each malformed one behind a good one."""
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = json.loads((HERE.parents[1] / "docs/spec/services_vectors.json").read_text(encoding="utf-8"))
OUT = HERE / "corpus" / "bridge_chunk"


def write(name, *messages):
    data = b"".join(struct.pack("<H", len(m)) + m for m in messages)
    (OUT / name).write_bytes(data)


OUT.mkdir(parents=True, exist_ok=True)
chunks = [bytes.fromhex(v["hex"]) for v in VECTORS["vectors"] if v["message"].startswith("BridgeFrameChunk")]
for number, chunk in enumerate(chunks):
    write(f"chunk-{number}", chunk)
write("frame", chunks[0], chunks[1])
write("frame-backwards", chunks[1], chunks[0])
write("frame-v12", chunks[4], chunks[5])
write("frame-of-both-forms", chunks[0], chunks[5])
write("twice", chunks[0], chunks[0], chunks[1], chunks[1])
for number, negative in enumerate(n for n in VECTORS["negative"] if n["name"].startswith("chunk:")):
    write(f"negative-{number}", chunks[0], bytes.fromhex(negative["hex"]), chunks[1])
