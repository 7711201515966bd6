"""Formats → what makes an object of their files. A framework is imported when its format is used, and not before."""

from __future__ import annotations

import importlib
import io
import os
import zipfile

from . import _tensors
from ._config import Spec
from ._errors import LambdaSlimError
from ._files import Files
from ._versions import Version


def _bytes(files: Files, spec: Spec):
    return files.bytes()


def _text(files: Files, spec: Spec):
    return files.text()


def _json(files: Files, spec: Spec):
    import json

    return json.loads(files.bytes())


def _archive(files: Files, spec: Spec):
    """Every member by its name."""
    return files.members()


def _path(files: Files, spec: Spec):
    return files.path()


def _folder(files: Files, spec: Spec):
    return files.folder()


def _safetensors(files: Files, spec: Spec):
    framework = _tensors.framework_for(spec.options.get("framework"))
    return _tensors.load(files.bytes(), framework, files.version.parts[0].place.name)


def _torch(files: Files, spec: Spec):
    """Either of the two: a TorchScript archive holds its code."""
    data = files.bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            is_script = any(name.endswith("/constants.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:
        is_script = False
    return _torchscript_of(data, spec) if is_script else _state_dict_of(data, spec)


def _torchscript(files: Files, spec: Spec):
    return _torchscript_of(files.bytes(), spec)


def _torchscript_of(data: bytes, spec: Spec):
    import torch

    made = torch.jit.load(io.BytesIO(data), map_location="cpu", **spec.options)
    return made.eval()


def _state_dict(files: Files, spec: Spec):
    return _state_dict_of(files.bytes(), spec)


def _state_dict_of(data: bytes, spec: Spec):
    import torch

    # Nothing of the file is run: it may hold tensors and plain containers only.
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True, **spec.options)


def _onnx(files: Files, spec: Spec):
    import onnxruntime

    options = {"providers": ["CPUExecutionProvider"], **spec.options}
    # Weights beside the model are found by its path.
    alone = len(files.version.parts) == 1
    return onnxruntime.InferenceSession(files.bytes() if alone else files.path(), **options)


def _keras(files: Files, spec: Spec):
    import keras

    # Its own file format wants a path with this very suffix.
    return keras.models.load_model(files.path(), **spec.options)


def _keras_json(files: Files, spec: Spec):
    """The architecture as JSON and the weights beside it."""
    import keras

    names = files.names
    architecture = [name for name in names if name.endswith(".json")]
    weights = [name for name in names if name.endswith((".h5", ".hdf5"))]
    if len(architecture) != 1 or len(weights) != 1:
        raise LambdaSlimError("keras-json needs one .json and one .h5 file; there are: %s." % ", ".join(names))
    with open(files.path(architecture[0]), encoding="utf-8") as file:
        made = keras.models.model_from_json(file.read(), **spec.options)
    made.load_weights(files.path(weights[0]))
    return made


def _saved_model(files: Files, spec: Spec):
    import tensorflow

    folder = files.folder()
    found = [root for root, _, names in os.walk(folder) if "saved_model.pb" in names]
    if len(found) != 1:
        raise LambdaSlimError("A SavedModel has one saved_model.pb, and here are %d." % len(found))
    return tensorflow.saved_model.load(found[0], **spec.options)


def _tflite(files: Files, spec: Spec):
    made = _tflite_interpreter()(model_content=files.bytes(), **spec.options)
    made.allocate_tensors()
    return made


def _tflite_interpreter():
    for name in ("ai_edge_litert.interpreter", "tflite_runtime.interpreter"):
        try:
            return importlib.import_module(name).Interpreter
        except ModuleNotFoundError:
            continue
    import tensorflow

    return tensorflow.lite.Interpreter


def _gguf(files: Files, spec: Spec):
    import llama_cpp

    return llama_cpp.Llama(model_path=files.memory_path(), **{"verbose": False, **spec.options})


def _joblib(files: Files, spec: Spec):
    _refuse_pickle(spec, "joblib")
    import joblib

    return joblib.load(io.BytesIO(files.bytes()), **spec.options)


def _pickle(files: Files, spec: Spec):
    _refuse_pickle(spec, "pickle")
    import pickle

    return pickle.loads(files.bytes(), **spec.options)


def _refuse_pickle(spec: Spec, format: str) -> None:
    if not spec.allow_pickle:
        raise LambdaSlimError(
            "Model %s is a %s: loading it runs whatever code is in it, with the function's permissions. If only you can "
            "write that object, set allow_pickle = true; better, keep the model as safetensors or ONNX." % (spec.name, format)
        )


# name → (loader, suffixes that mean it, whether it needs /tmp).
FORMATS: dict = {
    "safetensors": (_safetensors, (".safetensors",), False),
    "torch": (_torch, (".pt", ".pth"), False),
    "torchscript": (_torchscript, (".torchscript", ".pt", ".pth", ".ts", ".jit"), False),
    "state-dict": (_state_dict, (".pt", ".pth"), False),
    "onnx": (_onnx, (".onnx",), False),
    "keras": (_keras, (".keras", ".h5", ".hdf5"), True),
    "keras-json": (_keras_json, (), True),
    "saved-model": (_saved_model, (), True),
    "tflite": (_tflite, (".tflite",), False),
    "gguf": (_gguf, (".gguf",), False),
    "joblib": (_joblib, (".joblib",), False),
    "pickle": (_pickle, (".pkl", ".pickle"), False),
    "json": (_json, (".json",), False),
    "text": (_text, (".txt", ".csv", ".md"), False),
    "bytes": (_bytes, (), False),
    "archive": (_archive, (), False),
    "path": (_path, (), True),
    "folder": (_folder, (), True),
}


def format_of(spec: Spec, version: Version) -> str:
    """What the config says, else what the pointer says, else what the suffix means. Raises LambdaSlimError."""
    named = spec.format or version.format
    if named is not None:
        if named not in FORMATS:
            raise LambdaSlimError("Model %s has the format %r; known are %s." % (spec.name, named, ", ".join(FORMATS)))
        return named
    name = spec.member or version.parts[0].name
    if len(version.parts) > 1 and spec.member is None:
        return "archive"
    if spec.member is None and version.parts[0].is_archive:
        return "archive"
    for format, (_, suffixes, _) in FORMATS.items():
        if suffixes and name.endswith(suffixes):
            return format
    return "bytes"


def load(files: Files, spec: Spec, format: str) -> object:
    """The model. Raises whatever a framework raises."""
    if spec.loader is not None:
        return named_function(spec.loader, "loader", spec.name)(files)
    loader, suffixes, _ = FORMATS[format]
    files.suffixes = suffixes
    return loader(files, spec)


def named_function(text: str, what: str, name: str):
    """`app.smoke` → the function. Raises LambdaSlimError."""
    module, _, function = text.replace(":", ".").rpartition(".")
    if module == "":
        raise LambdaSlimError("The %s of model %s is %r, but must be like app.smoke." % (what, name, text))
    try:
        return getattr(importlib.import_module(module), function)
    except AttributeError:
        raise LambdaSlimError(
            "The %s of model %s is %s, and %s has no %s. Where the model is loaded while that module is imported, define "
            "it above." % (what, name, text, module, function)
        ) from None
