#!/usr/bin/env python3
"""Checks a report of `tp bench`: FILE ROWS, where ROWS is how many rows all its tables have, headings not counted.

It must be well-formed (as XML, with a parser that is not ours), load nothing, run nothing, link only into itself, and
draw nothing outside of its plots.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

ACTIVE = {"script", "link", "img", "iframe", "object", "embed", "audio", "video", "image", "use", "base", "form"}
ADDRESSES = {"src", "href", "srcset", "data", "action", "poster"}
failures = []


def name(element):
    return element.tag.rsplit("}", 1)[-1]


def check_plot(svg):
    width, height = (float(n) for n in svg.get("viewBox").split()[2:])
    for element in svg.iter():
        spots = []
        for x, y in (("x", "y"), ("x1", "y1"), ("x2", "y2")):
            if element.get(x) is not None:
                spots.append((float(element.get(x)), float(element.get(y))))
        if element.get("d"):
            absolute = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", element.get("d"))
            if not absolute:
                failures.append(f"a path begins nowhere: {element.get('d')}")
            spots += [(float(x), float(y)) for x, y in absolute]
        if element.get("width") is not None:
            spots.append((float(element.get("x")) + float(element.get("width")), float(element.get("y"))))
        for x, y in spots:
            if not (-1 <= x <= width + 1 and -1 <= y <= height + 1):
                failures.append(f"{name(element)} at {x} {y} is outside of {width} x {height}")


def main():
    path, want_rows = sys.argv[1], int(sys.argv[2])
    text = open(path, encoding="utf-8").read()
    root = ElementTree.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    if len(ids) != len(set(ids)):
        failures.append(f"an id twice: {ids}")
    for element in root.iter():
        if name(element) in ACTIVE:
            failures.append(f"a <{name(element)}>")
        for key, value in element.attrib.items():
            key = key.rsplit("}", 1)[-1]
            if key.startswith("on"):
                failures.append(f"a handler: {key}")
            if key in ADDRESSES and not (value.startswith("#") and value[1:] in ids):
                failures.append(f"an address: {key}={value}")
            if re.search(r"\b(nan|inf)\b", value):
                failures.append(f"no number: {key}={value}")
        if name(element) == "style" and re.search(r"url\(|@import|expression", element.text):
            failures.append("the style sheet loads something")
        if name(element) == "svg":
            check_plot(element)
    rows = sum(1 for element in root.iter() if name(element) == "tr" and any(name(cell) == "td" for cell in element))
    if rows != want_rows:
        failures.append(f"{rows} rows in tables, not {want_rows}")
    plots = sum(1 for element in root.iter() if name(element) == "svg" and element.get("role") == "img")
    print(f"plots: {plots}")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
