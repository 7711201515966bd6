"""Parse a Terraform file and print the names that it declares and those that its expressions use, as JSON."""

import json
import re
import sys

import hcl2


def texts(value):
    """Every string in a parsed document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def bare(name):
    """A block's label; some versions of the parser keep its quotes."""
    return name.strip('"')


with open(sys.argv[1], encoding="utf-8") as file:
    document = hcl2.load(file)

declared = {f"local.{name}" for block in document["locals"] for name in block}
declared |= {f"var.{bare(name)}" for block in document["variable"] for name in block}
for prefix, kind in (("", "resource"), ("data.", "data")):
    for block in document[kind]:
        for type_name, named in block.items():
            declared |= {f"{prefix}{bare(type_name)}.{bare(name)}" for name in named}

names = re.compile(r"\b(?:local\.\w+|var\.\w+|data\.\w+\.\w+|(?<!data\.)aws_\w+\.\w+)")
used = {name for text in texts(document) for name in names.findall(text)}
print(json.dumps({"declared": sorted(declared), "used": sorted(used)}))
