"""Reader of web archives (WARC, ISO 28500): the main text of each HTML page that was fetched with success."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.quarantine import RecordTooLargeError, TruncatedError, UnpackingError, Unreadable
from heal_pipeline.sources.records import mapped

MAX_PAGE_BYTES = 8 * 2**20
"""A page above this is no reading matter, and its tree would take a hundred times as much memory."""

_HTML_TYPES = ("text/html", "application/xhtml+xml")


def warc(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One record an HTML response of status 200. Columns: `text`, `url`, `domain`, `title`, `date`, `record_id`.

    Other records (requests, metadata, pictures, redirects) are no documents. The text is what trafilatura finds: the
    page without menus, footers and boilerplate. A page without such a text is an empty record.
    """
    return mapped(_pages(member), member, entry)


def _pages(member: Member) -> Iterator[dict[str, Any] | Unreadable]:
    import trafilatura  # noqa: F401  (its absence is no property of a page)
    from warcio.archiveiterator import ArchiveIterator

    # Single reads: of one that asks on until a block is full, damage would take what came before it.
    blocks = SimpleNamespace(read=member.peekable().read1)
    for item in ArchiveIterator(blocks):
        if item.rec_type != "response" or item.http_headers is None:
            continue
        kind = (item.http_headers.get_header("Content-Type") or "").split(";")[0].strip().lower()
        if item.http_headers.get_statuscode() != "200" or kind not in _HTML_TYPES:
            continue
        url = (item.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
        try:
            html = item.content_stream().read(MAX_PAGE_BYTES + 1)
            if len(html) > MAX_PAGE_BYTES:
                raise RecordTooLargeError
            if getattr(item.raw_stream, "limit", 0) and not item.raw_stream.read(1):
                raise TruncatedError
            title, text = _extract(html)
        except (TruncatedError, UnpackingError):
            raise
        except Exception as error:  # whatever a parser makes of a broken page, the next one is read
            yield Unreadable(type(error).__name__)
            continue
        yield {
            "text": text,
            "title": title,
            "url": url,
            "domain": urlsplit(url).hostname or "",
            "date": item.rec_headers.get_header("WARC-Date") or "",
            "record_id": item.rec_headers.get_header("WARC-Record-ID") or "",
        }


def _extract(html: bytes) -> tuple[str, str]:
    import trafilatura

    found = trafilatura.bare_extraction(html, include_comments=False, include_tables=True, with_metadata=True)
    return getattr(found, "title", None) or "", getattr(found, "text", None) or ""
