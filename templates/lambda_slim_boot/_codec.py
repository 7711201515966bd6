"""Frames' bytes → the tar stream's bytes, in pieces."""

from ._errors import LambdaSlimError

# Bytes of one piece. Measured with CPython 3.9 and 3.13 on 8 MiB frames of libtorch_cpu, one processor: 128 and 256 KiB
# give 1.1 GB/s, 512 KiB to 2 MiB 5 to 12 % less (they leave the second-level cache), a whole frame at once 40 % less: its
# memory is new each time.
PIECE = 256 * 1024


def decoder_for(codec):
    """A function (packed bytes) → iterator over the unpacked pieces. It raises an exception for bytes that do not fit.

    Raises LambdaSlimError when this Python has no decoder.
    """
    if codec == "gzip":
        try:
            import zlib
        except ImportError:
            raise LambdaSlimError(
                "The payload is packed with gzip, and this Python has no zlib. Use a runtime that has it."
            ) from None
        return _gzip_with(zlib.decompressobj)
    return _zstd_with(_zstd_decompressor())


def _zstd_decompressor():
    try:
        # In the standard library from 3.14 on.
        from _zstd import ZstdDecompressor

        return ZstdDecompressor
    except ImportError:
        pass
    try:
        # The extension module of the backports.zstd wheel. It needs nothing of that package to decompress.
        from ._zstd import ZstdDecompressor

        return ZstdDecompressor
    except ImportError as error:
        import platform
        import sys

        raise LambdaSlimError(
            "The payload is packed with zstd, and the extension that opens it does not load in Python %d.%d on %s (%s). "
            "Build for this Python version and architecture, or build with --codec gzip, which needs no extension."
            % (sys.version_info[0], sys.version_info[1], platform.machine(), error)
        ) from None


def _zstd_with(decompressor):
    def unpack(packed):
        stream = decompressor()
        yield stream.decompress(packed, PIECE)
        while not stream.eof:
            piece = stream.decompress(b"", PIECE)
            if not piece and not stream.eof:
                raise ValueError("the frame ends too early")
            yield piece
        if stream.unused_data:
            raise ValueError("there are bytes behind the frame's end")

    return unpack


def _gzip_with(decompressobj):
    def unpack(packed):
        # 15 bits of window; 16 more mean a gzip member with its CRC.
        stream = decompressobj(31)
        yield stream.decompress(packed, PIECE)
        while not stream.eof:
            rest = stream.unconsumed_tail
            piece = stream.decompress(rest, PIECE)
            if not piece and not stream.eof and len(stream.unconsumed_tail) == len(rest):
                raise ValueError("the member ends too early")
            yield piece
        if stream.unused_data:
            raise ValueError("there are bytes behind the member's end")

    return unpack
