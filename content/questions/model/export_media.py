"""Media: the files that questions show, for banks that are exported."""

import base64
import re

from content.model.course import FileRef, Question
from content.model.picture_sound import TYPES, ending_of
from content.transfer.blobs import BlobStore

_SHOWN = re.compile(r'(?<= src=")/media/([0-9a-f]{64})(?=")')


class Media:
    """The files that questions show, out of the blobs."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def has(self, ref: FileRef) -> bool:
        """Tell whether the file is here."""
        return self._blobs.has(ref.sha256)

    def read(self, ref: FileRef) -> bytes:
        """Return what the file holds."""
        return self._blobs.path(ref.sha256).read_bytes()

    def data_address(self, ref: FileRef) -> str:
        """Return the file as an address that holds it."""
        body = base64.b64encode(self.read(ref)).decode("ascii")
        return f"data:{TYPES[ending_of(ref.path)]};base64,{body}"

    def named(self, text: str, question: Question, address: str) -> str:
        """Return a rich text that shows its files at ``address`` and their names."""
        names = {ref.sha256: address + file_name(ref) for ref in question.media}
        return _SHOWN.sub(lambda match: names[match[1]], text)

    def embedded(self, text: str, question: Question) -> str:
        """Return a rich text that holds its files as ``data:`` addresses."""
        refs = {ref.sha256: ref for ref in question.media}
        return _SHOWN.sub(lambda match: self.data_address(refs[match[1]]), text)


def file_name(ref: FileRef) -> str:
    """Return the name that a file has in an exported bank."""
    return f"{ref.sha256[:24]}{ending_of(ref.path)}"
