#!/usr/bin/env python3
"""Writes corpus/wire and corpus/wire_json: one file per byte vector of docs/spec, the malformed ones too."""
import hashlib
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
SPEC = HERE.parent.parent / "docs/spec"


def put(folder, name, data):
    target = HERE / "corpus" / folder
    target.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:40]
    (target / f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}").write_bytes(data)


def main():
    for file in ("wire_vectors.json", "driver_vectors.json"):
        vectors = json.loads((SPEC / file).read_text())
        for part in ("vectors", "extra", "patterns", "negative"):
            for record in vectors[part]:
                data = bytes.fromhex(record["hex"])
                name = record.get("message") or record["name"]
                if record.get("framing") == "raw":
                    data = b"".join(n.to_bytes(2, "little") for n in (
                        record["blockLength"], record["templateId"], vectors["schemaId"], 1)) + data
                put("wire", name, data)
                if part in ("vectors", "extra"):
                    put("wire_json", name, data)
                    line = {"message": name.split(" ")[0], "fields": record["fields"]}
                    put("wire_json", name, json.dumps(line).encode())


if __name__ == "__main__":
    main()
