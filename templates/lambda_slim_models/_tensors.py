"""safetensors: all of a file, or single tensors of it by ranges. https://github.com/huggingface/safetensors#format, read 2026-11."""

from __future__ import annotations

import importlib.util
import io
import json
import math
from collections.abc import Mapping

from ._errors import LambdaSlimError

# numpy's name of each type that numpy has.
_NUMPY = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "U32": "uint32",
    "I32": "int32",
    "U64": "uint64",
    "I64": "int64",
    "F16": "float16",
    "F32": "float32",
    "F64": "float64",
}
_TORCH = {
    **_NUMPY,
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}
# The format's own bound for its header.
_MOST_HEADER = 100_000_000


class Tensors(Mapping):
    """name → tensor; each is read when it is asked for, and not kept. `framework`: numpy or torch."""

    def __init__(self, file, framework: str, name: str) -> None:
        self._file = file
        self._framework = framework
        self._name = name
        begin = file.read(8)
        length = int.from_bytes(begin, "little")
        if len(begin) != 8 or not 2 <= length <= _MOST_HEADER:
            raise LambdaSlimError("%s is no safetensors file." % name)
        try:
            self._header = json.loads(file.read(length))
            self.metadata = self._header.pop("__metadata__", {})
        except (ValueError, AttributeError):
            raise LambdaSlimError("%s is no safetensors file: its header is not JSON." % name) from None
        self._begin = 8 + length

    def __getitem__(self, key: str):
        entry = self._header[key]
        begin, end = entry["data_offsets"]
        self._file.seek(self._begin + begin)
        data = self._file.read(end - begin)
        if len(data) != end - begin:
            raise LambdaSlimError("%s ends within its tensor %s." % (self._name, key))
        return _tensor(data, 0, entry, self._framework, "%s!%s" % (self._name, key))

    def within(self, data: bytes, key: str):
        """The same, of all the file's bytes."""
        entry = self._header[key]
        if self._begin + entry["data_offsets"][1] > len(data):
            raise LambdaSlimError("%s ends within its tensor %s." % (self._name, key))
        return _tensor(data, self._begin + entry["data_offsets"][0], entry, self._framework, "%s!%s" % (self._name, key))

    def __iter__(self):
        return iter(self._header)

    def __len__(self) -> int:
        return len(self._header)

    def shape(self, key: str) -> tuple:
        """Without reading the tensor."""
        return tuple(self._header[key]["shape"])


def load(data: bytes, framework: str, name: str) -> dict:
    """All tensors by name, without a copy: they share these bytes."""
    tensors = Tensors(io.BytesIO(data), framework, name)
    return {key: tensors.within(data, key) for key in tensors}


def framework_for(wanted: str | None) -> str:
    """torch where it is installed, else numpy."""
    if wanted is not None:
        return wanted
    return "torch" if importlib.util.find_spec("torch") is not None else "numpy"


def _tensor(data: bytes, offset: int, entry: dict, framework: str, name: str):
    dtype, shape = entry["dtype"], entry["shape"]
    names = _TORCH if framework == "torch" else _NUMPY
    if dtype not in names:
        raise LambdaSlimError("%s is of type %s, which %s does not have." % (name, dtype, framework))
    count = math.prod(shape)
    if framework == "torch":
        import warnings

        import torch

        kind = getattr(torch, names[dtype])
        if count == 0:
            return torch.empty(shape, dtype=kind)
        with warnings.catch_warnings():
            # That the bytes should not be written: they belong to the tensor alone.
            warnings.simplefilter("ignore", UserWarning)
            return torch.frombuffer(data, dtype=kind, count=count, offset=offset).reshape(shape)
    import numpy

    return numpy.frombuffer(data, dtype=names[dtype], count=count, offset=offset).reshape(shape)
