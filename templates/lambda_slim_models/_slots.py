"""The models of this process: each loaded once for all threads, looked at again inside a call, replaced as a whole.

There is no thread in the background: Lambda freezes a function between calls.
"""

from __future__ import annotations

import threading
import time

from . import _formats, _say
from ._config import Config, Spec
from ._errors import Changed, LambdaSlimError
from ._files import Files, too_much
from ._versions import Version, look

# An object that is replaced while it is read is looked at anew; so often.
LOOKS = 3
NEVER = float("inf")


class Loaded:
    """One version, ready to use. Never changed: another version is another one."""

    __slots__ = ("bytes", "files", "value", "version")

    def __init__(self, value: object, version: Version, files: Files, size: int) -> None:
        self.value = value
        self.version = version
        self.files = files
        self.bytes = size


class Refused(Exception):
    """The model's own check said no."""


class Room:
    """The memory that all models share. What was not used for the longest time goes first."""

    def __init__(self, budget: int | None) -> None:
        self.budget = budget
        self.lock = threading.Lock()
        self.slots: dict[str, Slot] = {}
        # Bytes of what is being loaded, by name.
        self.coming: dict[str, int] = {}

    def take(self, slot: Slot, size: int) -> None:
        """Let others go until it fits, and in the end this model's own old version. Raises NoRoom."""
        with self.lock:
            self.coming[slot.spec.name] = size
            if self.budget is None:
                return
            others = sorted(
                (one for one in self.slots.values() if one is not slot and one.loaded is not None), key=lambda one: one.used
            )
            while self._taken() > self.budget and others:
                others.pop(0).drop("room is needed for %s" % slot.spec.name)
            if self._taken() > self.budget and slot.loaded is not None:
                slot.drop("the old and the new version do not fit in memory together")
            if self._taken() > self.budget:
                del self.coming[slot.spec.name]
                raise too_much(slot.spec.url, size, self.budget)

    def give(self, slot: Slot) -> None:
        with self.lock:
            self.coming.pop(slot.spec.name, None)

    def _taken(self) -> int:
        there = sum(one.loaded.bytes for one in self.slots.values() if one.loaded is not None)
        return there + sum(self.coming.values())


class Slot:
    """One model by its name."""

    def __init__(self, spec: Spec, config: Config, room: Room) -> None:
        self.spec = spec
        self.config = config
        self.room = room
        self.loaded: Loaded | None = None
        # Seconds of time.time(): when it is looked at again, and when it was used last.
        self.due = 0.0
        self.used = 0.0
        # Of the version that could not be used: it is not tried again before there is another.
        self.refused: str | None = None
        self.lock = threading.RLock()
        self.is_busy = False

    def get(self) -> object:
        """The model: loaded when it is not there, looked at when it is time. Raises LambdaSlimError."""
        # Who finds another thread at it goes on with what is there.
        if self.loaded is None:
            self.lock.acquire()
        elif not self.lock.acquire(blocking=False):
            loaded = self.loaded
            if loaded is not None:
                return loaded.value
            self.lock.acquire()
        try:
            if self.is_busy:
                raise LambdaSlimError("Model %s is asked for by its own loader or check." % self.spec.name)
            self.is_busy = True
            try:
                return self._current().value
            finally:
                self.is_busy = False
        finally:
            self.lock.release()

    def drop(self, because: str) -> None:
        """Let it go; who uses it keeps it until then."""
        loaded, self.loaded = self.loaded, None
        if loaded is not None:
            _say.warn("Model %s (%s) is let go: %s." % (self.spec.name, loaded.version.id[:12], because))
            loaded.files.close()

    def peek(self) -> None:
        """Ask for another version now, and load nothing: the next call does. For what must be quick."""
        loaded = self.loaded
        if loaded is None:
            return
        try:
            is_same = look(self.spec, loaded.version.etag) is None
        except LambdaSlimError:
            is_same = False
        self.due = self._next() if is_same else 0.0

    def _next(self) -> float:
        return NEVER if self.spec.refresh is None else time.time() + self.spec.refresh

    def _current(self) -> Loaded:
        now = time.time()
        self.used = now
        # Another thread may have done it meanwhile.
        if self.loaded is not None and now < self.due:
            return self.loaded
        if self.loaded is None:
            made = self._load(None)
            self.due = self._next()
            self.loaded = made
            return made
        old = self.loaded
        self.due = self._next()
        try:
            new = self._newer(old)
        except Exception as error:
            return self._kept(old, error)
        if new is not None:
            self.loaded = new
            old.files.close()
        return self.loaded or old

    def _newer(self, old: Loaded) -> Loaded | None:
        version = look(self.spec, old.version.etag)
        if version is None or version.id == self.refused:
            return None
        if version.id == old.version.id:
            # The pointer was written anew, and names the same.
            old.version.etag = version.etag
            return None
        try:
            return self._load(version)
        except LambdaSlimError:
            # It may be there the next time.
            raise
        except Exception:
            self.refused = version.id
            raise

    def _kept(self, old: Loaded, error: Exception) -> Loaded:
        """The old version stays, or comes back when it had to make room."""
        _say.warn(
            "The newer version of model %s is not used, and the one before goes on (%s): %s: %s"
            % (self.spec.name, old.version.id[:12], type(error).__name__, error)
        )
        if self.loaded is None:
            self.loaded = self._make(old.version)
        return self.loaded

    def _load(self, version: Version | None) -> Loaded:
        """Raises LambdaSlimError, and for a version that is given what a framework or the check raises."""
        given = version
        for attempt in range(1, LOOKS + 1):
            began = time.perf_counter()
            if version is None:
                version = look(self.spec)
            looked = time.perf_counter()
            try:
                return self._make(version, (looked - began) * 1000)
            except Changed:
                if attempt == LOOKS:
                    raise
                version = None
            except (LambdaSlimError, MemoryError):
                raise
            except Exception as error:
                if given is not None:
                    raise
                raise LambdaSlimError(
                    "Model %s (%s) cannot be used: %s: %s" % (self.spec.name, self.spec.url, type(error).__name__, error)
                ) from error
        raise AssertionError

    def _make(self, version: Version, look_ms: float = 0.0) -> Loaded:
        began = time.perf_counter()
        size = version.bytes
        self.room.take(self, size)
        files = Files(version, self.spec.member, self.room.budget, self.config.tmp)
        try:
            format = _formats.format_of(self.spec, version)
            value = _formats.load(files, self.spec, format)
            loaded = time.perf_counter()
            self._check(value)
        except BaseException as error:
            files.close()
            if isinstance(error, ImportError):
                raise LambdaSlimError(
                    "Model %s is a %s, and %s cannot be imported: add it to the requirements."
                    % (self.spec.name, format, error.name or error)
                ) from error
            raise
        finally:
            self.room.give(self)
        checked = time.perf_counter()
        _say.debug(
            {
                "model": self.spec.name,
                "version": version.id,
                "format": format if self.spec.loader is None else self.spec.loader,
                "source": files.source,
                "bytes": size,
                "storedBytes": sum(part.size for part in version.parts),
                "ms": round((checked - began) * 1000 + look_ms, 1),
                "steps": {
                    "look": round(look_ms, 1),
                    "load": round((loaded - began) * 1000, 1),
                    "check": round((checked - loaded) * 1000, 1),
                },
            }
        )
        return Loaded(value, version, files, size)

    def _check(self, value: object) -> None:
        if self.spec.check is None:
            return
        check = _formats.named_function(self.spec.check, "check", self.spec.name)
        if check(value) is False:
            raise Refused("%s says no" % self.spec.check)


class Models:
    """All of this process."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.room = Room(config.memory)
        self.lock = threading.Lock()

    def renew_locks(self) -> None:
        self.lock = threading.Lock()
        self.room.lock = threading.Lock()
        self.room.coming.clear()
        for slot in self.room.slots.values():
            slot.lock = threading.RLock()
            slot.is_busy = False

    def slot(self, name: str) -> Slot:
        """Raises LambdaSlimError for a name that the config does not have."""
        with self.lock:
            found = self.room.slots.get(name)
            if found is None:
                found = Slot(self.config.spec(name), self.config, self.room)
                self.room.slots[name] = found
            return found
