"""Pictures of recordings, as the server sends them."""

import json
from dataclasses import dataclass, field

_LENGTH_BYTES = 4


@dataclass(frozen=True)
class RecordingFrame:
    """A picture of a recording."""

    at_ms: int
    """Since the recording began."""
    tab_id: str
    width: int
    """Of the viewport that it shows, in CSS pixels; the picture itself may be smaller."""
    height: int
    jpeg: bytes = field(repr=False)


def frames_in(content: bytes) -> list[RecordingFrame]:
    """Each behind 4 bytes that say how long its header is, and that header, which says how long the picture is."""
    frames: list[RecordingFrame] = []
    position = 0
    while position < len(content):
        header_at = position + _LENGTH_BYTES
        jpeg_at = header_at + int.from_bytes(content[position:header_at], "big")
        header = json.loads(content[header_at:jpeg_at])
        position = jpeg_at + header["bytes"]
        frames.append(RecordingFrame(header["atMs"], header["tabId"], header["width"], header["height"], content[jpeg_at:position]))
    return frames
