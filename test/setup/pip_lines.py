"""
What pip itself reads from requirements files: its own parser, of whatever pip this Python has.

usage: pip_lines.py write|read   (a JSON object on standard input; `read` answers with one)
"""

import functools
import json
import os
import re
import sys


def write(request):
    """Files as the cases have them: text, or {"text": …, "as": a Python encoding, "mark": bytes in hex}."""
    for case in request["cases"]:
        for name, content in case["files"].items():
            place = os.path.join(case["folder"], name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if isinstance(content, str):
                content = {"text": content, "as": "utf-8"}
            with open(place, "wb") as file:
                file.write(bytes.fromhex(content.get("mark", "")) + content["text"].encode(content["as"]))


def read(request):
    """With whose words these are; {"strange": why} where this Python has no pip, or one that is built otherwise."""
    try:
        import pip
    except ImportError:
        return {"strange": f"{sys.executable} has no pip"}
    about = f"pip {pip.__version__} of {os.path.dirname(os.path.dirname(pip.__file__))}"
    try:
        return {"pip": about, **read_all(request)}
    except (ImportError, TypeError, AttributeError) as error:
        return {"strange": f"{about} has another parser ({type(error).__name__}: {error})"}


def read_all(request):
    from pip._vendor.packaging.markers import Marker

    def normal(marker):
        return str(Marker(marker)) if marker else ""

    os.environ.update(request["environment"])
    return {
        "cases": [read_case(case) for case in request["cases"]],
        "markers": {marker: normal(marker) for marker in request["markers"]},
    }


def read_case(case):
    from pip._internal.exceptions import PipError

    os.chdir(case["folder"])
    try:
        return parse(case["file"])
    except (PipError, ValueError, LookupError, OSError, AssertionError, RecursionError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


@functools.cache
def the_session():
    from pip._internal.network.session import PipSession

    return PipSession()


def one_session():
    session = the_session()
    session.pip_trusted_origins = []
    return session


def parse(file):
    from optparse import Values

    from pip._internal.index.collector import LinkCollector
    from pip._internal.index.package_finder import PackageFinder
    from pip._internal.models.format_control import FormatControl
    from pip._internal.models.search_scope import SearchScope
    from pip._internal.models.selection_prefs import SelectionPreferences
    from pip._internal.req.constructors import install_req_from_parsed_requirement
    from pip._internal.req.req_file import parse_requirements

    session = one_session()
    try:
        scope = SearchScope.create(find_links=[], index_urls=[], no_index=False)
    except TypeError:
        # Before pip 22.3.
        scope = SearchScope.create(find_links=[], index_urls=[])
    control = FormatControl()
    preferences = SelectionPreferences(allow_yanked=False, format_control=control, **release_control())
    finder = PackageFinder.create(LinkCollector(session, scope), preferences)
    options = Values({"require_hashes": False, "features_enabled": []})
    parsed = list(parse_requirements(file, session=session, finder=finder, options=options))
    return {
        "requirements": [describe(install_req_from_parsed_requirement(one, user_supplied=True), one) for one in parsed],
        "indexes": list(finder.index_urls),
        "links": list(finder.find_links),
        "noIndex": getattr(finder.search_scope, "no_index", False),
        "pre": takes_prereleases(finder),
        "noBinary": sorted(control.no_binary),
        "trusted": [host for host, _port in session.pip_trusted_origins],
    }


def release_control():
    try:
        from pip._internal.models.release_control import ReleaseControl
    except ImportError:
        # Before pip 26.
        return {}
    return {"release_control": ReleaseControl()}


def takes_prereleases(finder):
    if hasattr(finder, "allow_all_prereleases"):
        return bool(finder.allow_all_prereleases)
    # From pip 26 on.
    control = finder.release_control
    return control is not None and ":all:" in control.all_releases


def describe(requirement, parsed):
    req = requirement.req
    given = parsed.options or {}
    extras = set(requirement.extras) | set(req.extras if req else ())
    marker = requirement.markers or (req.marker if req else None)
    hashes = [f"{kind}:{one}" for kind, ones in given.get("hashes", {}).items() for one in ones]
    return {
        "name": re.sub(r"[-_.]+", "-", req.name).lower() if req else None,
        "extras": sorted(extras),
        "specifier": sorted(str(one) for one in req.specifier) if req and not requirement.link else [],
        "url": requirement.link.url if requirement.link else None,
        "marker": str(marker) if marker else "",
        "hashes": sorted(hashes),
        "settings": sorted(f"{key}={value}" for key, value in (given.get("config_settings") or {}).items()),
        "editable": requirement.editable,
        "constraint": requirement.constraint,
        "line": int(re.search(r"\(line (\d+)\)$", requirement.comes_from).group(1)),
        "file": os.path.basename(re.sub(r"^-[rc] | \(line \d+\)$", "", requirement.comes_from)),
    }


if __name__ == "__main__":
    answer = {"write": write, "read": read}[sys.argv[1]](json.load(sys.stdin))
    if answer is not None:
        json.dump(answer, sys.stdout)
