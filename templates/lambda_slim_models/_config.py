"""Which models there are: `models.json` beside this file, which the build writes, and the environment, which goes before it.

- LAMBDA_SLIM_MODELS_CONFIG: the same as JSON, instead of the file;
- LAMBDA_SLIM_MODEL_<NAME>: the address of one model; the name in capitals, with `_` for what is no letter or digit;
- LAMBDA_SLIM_MODELS_MEMORY and LAMBDA_SLIM_MODELS_TMP: the budgets, e.g. `800 MiB`.
"""

from __future__ import annotations

import json
import os
import re

from ._errors import LambdaSlimError

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models.json")
MIB = 1024 * 1024
# How often a warm function looks for another version when nothing is said: seconds.
REFRESH = 60.0
# Of the function's memory, what loaded models may take together when nothing is said.
MEMORY_SHARE = 0.75

_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([kKmMgG]?)([iI]?)[bB]?\s*$")
_TIME = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)\s*$")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_TEXTS = ("url", "format", "alias", "member", "check", "loader")
_KEYS = (*_TEXTS, "refresh", "allow_pickle", "options", "size")


class Spec:
    """What the config says of one model."""

    __slots__ = ("alias", "allow_pickle", "check", "format", "loader", "member", "name", "options", "refresh", "url")

    def __init__(self, name: str, table: dict) -> None:
        self.name = name
        self.url: str = _expanded(table["url"], name)
        self.format: str | None = table.get("format")
        self.alias: str = _expanded(table.get("alias", "prod"), name)
        self.member: str | None = table.get("member")
        self.check: str | None = table.get("check")
        self.loader: str | None = table.get("loader")
        # Seconds; None: never.
        self.refresh: float | None = seconds(table.get("refresh"), name)
        self.allow_pickle: bool = table.get("allow_pickle", False)
        self.options: dict = table.get("options", {})


class Config:
    """All of it. Budgets are bytes; None: no bound but the machine's own."""

    def __init__(self, document: dict, environment: dict) -> None:
        self.tables = {name: table for name, table in document.items() if isinstance(table, dict)}
        for name, table in self.tables.items():
            _check(name, table)
        self.environment = environment
        self.memory = self._budget("memory", document) or _share(environment)
        self.tmp = self._budget("tmp", document)

    def spec(self, name: str) -> Spec:
        """Raises LambdaSlimError for a model that nobody has named."""
        variable = "LAMBDA_SLIM_MODEL_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
        given = self.environment.get(variable, "")
        table = self.tables.get(name)
        if table is None and given == "":
            known = ", ".join(sorted(self.tables)) or "none"
            raise LambdaSlimError(
                "There is no model %r; the config has: %s. Add [models.%s] with its url to lambda-slim's config file and "
                "build again, or set the function's environment variable %s to its address." % (name, known, name, variable)
            )
        return Spec(name, {**(table or {}), **({"url": given} if given else {})})

    def _budget(self, what: str, document: dict) -> int | None:
        variable = "LAMBDA_SLIM_MODELS_" + what.upper()
        given = self.environment.get(variable, "")
        if given != "":
            return _size(given, variable)
        return _size(document[what], '"%s" of [models]' % what) if document.get(what) is not None else None


def read() -> Config:
    """The config of this process. Raises LambdaSlimError."""
    given = os.environ.get("LAMBDA_SLIM_MODELS_CONFIG", "")
    where = "LAMBDA_SLIM_MODELS_CONFIG" if given else FILE
    try:
        if not given:
            with open(FILE, encoding="utf-8") as file:
                given = file.read()
        document = json.loads(given)
    except FileNotFoundError:
        document = {}
    except (OSError, ValueError) as error:
        raise LambdaSlimError("%s cannot be read: %s" % (where, error)) from None
    if not isinstance(document, dict):
        raise LambdaSlimError("%s must be a table of models." % where)
    return Config(document, dict(os.environ))


def seconds(value: object, name: str) -> float | None:
    """`"60s"`, `"5 min"` or `"never"` → seconds; None: never."""
    if value is None:
        return REFRESH
    if value == "never":
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    found = _TIME.match(value) if isinstance(value, str) else None
    if found is None:
        raise LambdaSlimError('The refresh of model %s is %r, but must be like "60s", "5 min" or "never".' % (name, value))
    return float(found.group(1)) * _SECONDS[found.group(2)]


def _size(value: object, what: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = _SIZE.match(value) if isinstance(value, str) else None
    if found is None:
        raise LambdaSlimError('%s is %r, but must be a size such as "800 MiB".' % (what, value))
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** " KMG".index(unit.upper() or " "))


def _share(environment: dict) -> int | None:
    memory = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    return int(int(memory) * MIB * MEMORY_SHARE) if memory.isdigit() else None


def _check(name: str, table: dict) -> None:
    for key, value in table.items():
        if key not in _KEYS:
            raise LambdaSlimError("Model %s has an unknown key %r; it can have %s." % (name, key, ", ".join(_KEYS)))
        if key in _TEXTS and not isinstance(value, str):
            raise LambdaSlimError("%s of model %s is %r, but must be a text." % (key, name, value))
    if not isinstance(table.get("url"), str):
        raise LambdaSlimError('Model %s has no url, e.g. "s3://my-models/%s/".' % (name, name))


def _expanded(text: str, name: str) -> str:
    """With the function's environment variables in place of `${NAME}`."""

    def value(found: re.Match) -> str:
        given = os.environ.get(found.group(1), "")
        if given == "":
            raise LambdaSlimError(
                "The address of model %s is %s, and the environment variable %s is not set. Set it in the function's "
                "settings." % (name, text, found.group(1))
            )
        return given

    return re.sub(r"\$\{(\w+)\}", value, text)
