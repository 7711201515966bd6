"""A plugin of pytest: each test's outcome as a line of JSON, written at once, so that a crash leaves what came before.

The file is named by OWNERS_OUTCOMES. A line is [node, "passed" | "failed" | "skipped", what was said].
"""

import json
import os

import pytest

out = open(os.environ["OWNERS_OUTCOMES"], "a", encoding="utf-8")


def write(node, outcome, said=""):
    out.write(json.dumps([node, outcome, said[-2000:]]) + "\n")
    out.flush()


def pytest_runtest_logreport(report):
    if report.outcome == "failed":
        write(report.nodeid, "failed", str(report.longrepr))
    elif report.outcome == "skipped":
        write(report.nodeid, "skipped")
    elif report.when == "call":
        write(report.nodeid, "passed")


def pytest_collectreport(report):
    if report.outcome == "failed":
        write(report.nodeid, "failed", str(report.longrepr))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """OWNERS_ONLY: a file with nodes, one a line; all others are left out."""
    only = os.environ.get("OWNERS_ONLY")
    if only:
        with open(only, encoding="utf-8") as file:
            wanted = set(json.load(file))
        items[:] = [item for item in items if item.nodeid in wanted]
