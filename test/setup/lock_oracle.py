"""What the tool that owns a lock says for a target: JSON rows [name, version, source].

usage: lock_oracle.py KIND FOLDER ENVIRONMENT < the tool's own export

Versions, markers and direct addresses are those of the export. The index of a name is not in every export: it is read from
the lock itself. Names and markers are judged by `packaging`, which the tools bring.
"""
import json
import os
import re
import sys
import tomllib
from urllib.parse import unquote, urlparse

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

PUBLIC = "https://pypi.org/simple"


def holds(marker, environment, groups=()):
    every = {**environment, "extra": "", "extras": set(), "dependency_groups": set(groups)}
    return not marker or Marker(str(marker)).evaluate(every, context="lock_file")


def local(url, folder):
    place = unquote(urlparse(url).path) if url.startswith("file:") else url
    return "path " + os.path.relpath(os.path.join(folder, place), folder)


def direct(url, folder):
    """Repositories and addresses as they are, folders relative to the project."""
    if "://" not in url or url.startswith("file:"):
        return local(url, folder)
    return url.split("#")[0]


def project_name(place):
    with open(os.path.join(place, "pyproject.toml"), "rb") as file:
        table = tomllib.load(file)["project"]
    return table["name"], table["version"]


def requirement_rows(text, folder, environment, index_of):
    rows = []
    for line in text.replace("\\\n", " ").splitlines():
        line = re.sub(r"\s--hash=\S+", "", re.sub(r"(^|\s)#.*", "", line)).strip()
        if not line or re.match(r"-i |--(extra-)?index-url|--find-links|--trusted-host", line):
            continue
        line = re.sub(r"^(-e|--editable)\s+", "", line)
        named = re.match(r"[A-Za-z0-9._-]+(\[[^\]]*\])?\s*(@|[=;]|$)", line)
        if named is None:  # Pipenv writes bare paths and addresses, uv bare paths of editables.
            what, _, marker = map(str.strip, line.partition(";"))
            if not holds(marker, environment):
                continue
            if what.endswith(".whl"):
                name, version = parse_wheel_filename(what.rsplit("/", 1)[1])[:2]
                rows.append([canonicalize_name(name), "", direct(what, folder)])
            elif what.startswith("git+"):
                rows.append([canonicalize_name(re.search("egg=([^&]+)", line)[1]), "", direct(what, folder)])
            else:
                place = re.sub(r"\[.*", "", unquote(urlparse(what).path))
                rows.append([canonicalize_name(project_name(os.path.join(folder, place))[0]), "", direct(place, folder)])
            continue
        one = Requirement(line)
        if not holds(one.marker, environment):
            continue
        name = canonicalize_name(one.name)
        if one.url:
            rows.append([name, "", direct(one.url, folder)])
        else:
            version = re.fullmatch(r"={2,3}(.*)", str(one.specifier))[1]
            rows.append([name, version, "index " + index_of(name, version).rstrip("/")])
    return rows


def toml(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return tomllib.load(file)


def uv_index(folder):
    found = {
        (one["name"], one.get("version")): one["source"].get("registry", PUBLIC)
        for one in toml(folder, "uv.lock")["package"]
    }
    return lambda name, version: found[name, version]


def poetry_index(folder):
    found = {
        (canonicalize_name(one["name"]), one["version"]): one.get("source", {}).get("url", PUBLIC)
        for one in toml(folder, "poetry.lock")["package"]
    }
    return lambda name, version: found[name, version]


def pipenv_index(folder):
    with open(os.path.join(folder, "Pipfile.lock")) as file:
        lock = json.load(file)
    urls = {one["name"]: re.sub("//[^/@]*@", "//", one["url"]) for one in lock["_meta"]["sources"]}
    found = {
        canonicalize_name(name): entry["index"]
        for group, packages in lock.items() if group != "_meta"
        for name, entry in packages.items() if "index" in entry
    }
    first = lock["_meta"]["sources"][0]["name"]
    return lambda name, version: urls[found.get(name, first)]


def index_of_files(package):
    """PDM names no index: a file of PyPI's, or one at INDEX/NAME/FILE."""
    url = (package.get("wheels") or [package.get("sdist")])[0]["url"]
    return PUBLIC if url.startswith("https://files.pythonhosted.org/") else url.rsplit("/", 2)[0]


def pylock_rows(text, folder, environment):
    rows = []
    lock = tomllib.loads(text)
    for one in lock["packages"]:
        if not holds(one.get("marker"), environment, lock.get("default-groups", ())):
            continue
        name = canonicalize_name(one["name"])
        if "directory" in one:
            rows.append([name, "", local(one["directory"]["path"], folder)])
        elif "archive" in one:
            rows.append([name, "", direct(one["archive"].get("url") or one["archive"]["path"], folder)])
        elif "vcs" in one:
            rows.append([name, "", f"{one['vcs']['type']}+{one['vcs']['url']}@{one['vcs']['commit-id']}"])
        else:
            rows.append([name, one["version"], "index " + (one.get("index") or index_of_files(one)).rstrip("/")])
    return rows


def installed_rows(text, folder, _environment):
    """The lines ` + name==version (from address)` of `uv pip install --dry-run`."""
    rows = []
    for name, version, url, source in re.findall(r"^ \+ (\S+?)(?:==(\S+)| @ (\S+))(?: \(from (\S+)\))?$", text, re.M):
        if url or source:
            rows.append([canonicalize_name(name), "", direct(url or source, folder)])
        else:
            rows.append([canonicalize_name(name), version, "index " + PUBLIC])
    return rows


def main(kind, folder, environment):
    text, environment = sys.stdin.read(), json.loads(environment)
    if kind == "pdm.lock":
        rows = pylock_rows(text, folder, environment)
    elif kind == "pylock.toml":
        rows = installed_rows(text, folder, environment)
    else:
        index = {"uv.lock": uv_index, "poetry.lock": poetry_index, "Pipfile.lock": pipenv_index}[kind]
        rows = requirement_rows(text, folder, environment, index(folder))
    print(json.dumps(sorted(map(list, {tuple(row) for row in rows}))))


main(*sys.argv[1:])
