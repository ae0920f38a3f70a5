"""Undo content codings within bounds: a kilobyte from the network never becomes a gigabyte here.

Measured with a common client: 1.6 kB of brotli became 3 GB although the reader
stopped at 10 MB. Therefore every decoder here is asked for one bounded piece at a
time, and the sums are checked after each. Only ``gzip``, ``br``, ``zstd`` and
``deflate`` are known, at most two of them in a chain (RFC 9110, 8.4).
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli
import zstandard

from copydesk.errors import CopydeskError

ACCEPT_ENCODING = "gzip, br, zstd"
"""What requests offer: exactly what is bounded here and common on the web."""

MAX_CODINGS = 2
MAX_STREAMS = 10_000
"""gzip members or zstd frames in a row; a 20 MB file in blocks of 64 kB has 320. A million empty ones took 2 s."""
PIECE = 256 * 1024
"""Bytes asked of a decoder at a time."""
RATIO_GRACE = 1_000_000
"""Below this output no ratio counts: small honest pages of repeated markup compress very well."""
ZSTD_WINDOW = 8 * 1024 * 1024
"""RFC 9659: a zstd content coding must not need a larger window."""
ZSTD_SLICE = 256
"""Input bytes per step. A block of 4 bytes may stand for 128 KiB, so a step makes at most 8 MiB."""


class DecodeError(CopydeskError):
    """A body that cannot or must not be decoded. ``reason``: bad_encoding, bomb, too_large, incomplete."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Layer(Protocol):
    """One coding being undone."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode ``data`` into bounded pieces."""

    def complete(self) -> bool:
        """Whether the coded stream has come to its own end."""


class _Zlib:
    """gzip (RFC 1952, several members, checksums verified) and deflate (zlib-wrapped or raw)."""

    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._members = 1
        self._stream = zlib.decompressobj(31) if gzip else None
        self._head = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            self._stream = zlib.decompressobj(15 if _zlib_wrapped(data) else -15)
        yield from self._inflate(self._stream, data)

    def _inflate(self, stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        full = False  # a full piece may have left output behind although all input is taken
        while data or full:
            if stream.eof:
                # Bytes after the last member that start no other one are padding: browsers ignore them too.
                if not self._gzip or data[:1] != b"\x1f":
                    return
                self._members = _one_more(self._members)
                self._stream = stream = zlib.decompressobj(31)
            piece = stream.decompress(data, PIECE)
            data = stream.unused_data if stream.eof else stream.unconsumed_tail
            full = len(piece) == PIECE
            yield piece

    def complete(self) -> bool:
        return self._stream is not None and self._stream.eof


def _one_more(streams: int) -> int:
    if streams >= MAX_STREAMS:
        raise DecodeError("bomb", f"more than {MAX_STREAMS} streams in one body")
    return streams + 1


def _zlib_wrapped(head: bytes) -> bool:
    return head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            raise DecodeError("bad_encoding", "bytes after the end of the brotli stream")
        piece = self._stream.process(data, output_buffer_limit=PIECE)
        yield piece
        # It may accept more input and still hold output: only an empty piece says that it is drained.
        while not self._stream.is_finished() and (piece or not self._stream.can_accept_more_data()):
            piece = self._stream.process(b"", output_buffer_limit=PIECE)
            yield piece

    def complete(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._frames = 1
        self._context = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._stream = self._context.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), ZSTD_SLICE):
            yield from self._slice(data[start : start + ZSTD_SLICE])

    def _slice(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream.eof:
                self._frames = _one_more(self._frames)
                self._stream = self._context.decompressobj()
            piece = self._stream.decompress(data)
            data = self._stream.unused_data if self._stream.eof else b""
            yield piece

    def complete(self) -> bool:
        return bool(self._stream.eof)


_LAYERS: dict[str, Callable[[], Layer]] = {
    "gzip": lambda: _Zlib(gzip=True),
    "x-gzip": lambda: _Zlib(gzip=True),
    "deflate": lambda: _Zlib(gzip=False),
    "br": _Brotli,
    "zstd": _Zstd,
}


def codings(header: str) -> tuple[str, ...]:
    """Read Content-Encoding: the codings in the order in which they were applied, without identity.

    Raises DecodeError for an unknown coding or more than two.
    """
    names = tuple(n for part in header.lower().split(",") if (n := part.strip()) not in ("", "identity"))
    if len(names) > MAX_CODINGS:
        raise DecodeError("bad_encoding", f"{len(names)} content codings")
    for name in names:
        if name not in _LAYERS:
            raise DecodeError("bad_encoding", f"unknown content coding {name[:40]!r}")
    return names


class BodyDecoder:
    """Collects one body as it arrives. ``body`` holds what was decoded so far, also after an error.

    ``limit`` bounds the bytes on the wire and the decoded body; ``ratio`` bounds the
    output of every coding over the received bytes once it is more than 1 MB.
    """

    def __init__(self, header: str, *, limit: int, ratio: int) -> None:
        self._layers = [_LAYERS[name]() for name in reversed(codings(header))]
        self._made = [0] * len(self._layers)
        self._limit = limit
        self._ratio = ratio
        self._received = 0
        self._out = io.BytesIO()

    @property
    def body(self) -> bytes:
        """What was decoded so far."""
        return self._out.getvalue()

    def feed(self, data: bytes) -> None:
        """Decode a piece of the body. Raises DecodeError and nothing else."""
        self._received += len(data)
        if not self._layers:
            self._keep(data)
            return
        if self._received > self._limit:
            raise DecodeError("too_large", f"more than {self._limit} bytes on the wire")
        try:
            for piece in self._decode(0, data):
                self._keep(piece)
        except (zlib.error, brotli.error, zstandard.ZstdError, MemoryError) as error:
            raise DecodeError("bad_encoding", str(error)[:200]) from None

    def finish(self) -> bytes:
        """Give the whole body; raises DecodeError("incomplete") when a coded stream has not ended."""
        if self._received and not all(layer.complete() for layer in self._layers):
            raise DecodeError("incomplete", "the coded body stops before its end")
        return self.body

    def _decode(self, depth: int, data: bytes) -> Iterator[bytes]:
        last = depth == len(self._layers) - 1
        for piece in self._layers[depth].feed(data):
            self._check(depth, len(piece))
            if last:
                yield piece
            else:
                yield from self._decode(depth + 1, piece)

    def _check(self, depth: int, more: int) -> None:
        self._made[depth] = made = self._made[depth] + more
        if made > RATIO_GRACE and made > self._ratio * self._received:
            raise DecodeError("bomb", f"{made} bytes out of {self._received}, more than {self._ratio} to one")

    def _keep(self, piece: bytes) -> None:
        room = self._limit - self._out.tell()
        if len(piece) > room:
            self._out.write(piece[:room])
            raise DecodeError("too_large", f"more than {self._limit} bytes")
        self._out.write(piece)


def decode(data: bytes, header: str, *, limit: int, ratio: int) -> bytes:
    """Decode a whole body at once. Raises DecodeError and nothing else."""
    decoder = BodyDecoder(header, limit=limit, ratio=ratio)
    decoder.feed(data)
    return decoder.finish()
