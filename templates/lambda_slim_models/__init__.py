"""Models from S3: loaded when they are first asked for, verified, kept for all threads, replaced without a deploy.

    from lambda_slim_models import model

    def handler(event, context):
        return {"class": predict(model("classifier"), event)}

lambda-slim's config says where a model lies (`[models.classifier]`), and the build puts that beside this file. Reading
needs s3:GetObject on the objects, and nothing else. See docs/guides/models.md of lambda-slim.

It is silent when all is well; LAMBDA_SLIM_DEBUG=1 prints one line of JSON for each load. Standard library and the runtime's
own botocore only; Python 3.9 and later.
"""

from __future__ import annotations

import io
import os
import threading
from time import time as _time

from . import _config, _snapstart, _stream, _tensors
from ._errors import LambdaSlimError
from ._files import Files
from ._slots import Models, Slot

_models: Models | None = None
_lock = threading.Lock()
_slots: dict[str, Slot] = {}


def model(name: str) -> object:
    """The model of that name, in its newest version. Ask for it in each call: it is a look-up, and every `refresh` one small
    request. What it returns stays the same object of one version. Raises LambdaSlimError."""
    slot = _slots.get(name)
    if slot is not None:
        loaded = slot.loaded
        now = _time()
        if loaded is not None and now < slot.due:
            slot.used = now
            return loaded.value
    return _slot(name).get()


def stream(name: str, member: str | None = None) -> io.BufferedReader:
    """A file object that reads ranges and keeps nothing in /tmp: of a model's file, or of any `s3://bucket/key`, as inputs
    are. All of its bytes are of one version. Raises LambdaSlimError; reading raises it, too."""
    if "://" in name:
        return _stream.open_url(name)
    return _files(name, member).open(member)


def tensors(name: str, member: str | None = None) -> _tensors.Tensors:
    """A safetensors model by its single tensors: `tensors("encoder")["layer.0.weight"]` reads that one's range only."""
    slot = _slot(name)
    framework = _tensors.framework_for(slot.spec.options.get("framework"))
    files = _files(name, member)
    files.suffixes = (".safetensors",)
    return _tensors.Tensors(files.open(member), framework, slot.spec.url)


def preload(*names: str) -> None:
    """Load these models (without names: all of the config) before the first call, where that costs nobody's time: before a
    SnapStart snapshot, and with provisioned concurrency. Elsewhere it does nothing."""
    if _snapstart.initialization() in ("snap-start", "provisioned-concurrency"):
        for name in names or sorted(_all().config.tables):
            model(name)


def _all() -> Models:
    global _models
    with _lock:
        if _models is None:
            _models = Models(_config.read())
        return _models


def _slot(name: str) -> Slot:
    found = _all().slot(name)
    _slots[name] = found
    return found


def _files(name: str, member: str | None) -> Files:
    from ._versions import look

    models = _all()
    spec = models.slot(name).spec
    return Files(look(spec), member or spec.member, models.config.memory, models.config.tmp)


def _restored() -> None:
    """Behind a restore: old connections are gone, and a pointer may name another version."""
    from . import _places

    _places.forget_connections()
    for slot in list(_slots.values()):
        slot.peek()


def _forked() -> None:
    """In a child: what is loaded stays, and what another thread of the parent held is free."""
    global _lock
    _lock = threading.Lock()
    if _models is not None:
        _models.renew_locks()


os.register_at_fork(after_in_child=_forked)
_snapstart.register(_restored)

__all__ = ["Files", "LambdaSlimError", "model", "preload", "stream", "tensors"]
