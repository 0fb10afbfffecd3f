"""Readers of marked-up documents: MedQuAD XML, JATS articles, Markdown with front matter.

XML is parsed without entities, external files or network, so that no document can read a file or swell in memory.
"""

import html
import re
from collections.abc import Iterator
from typing import Any, Literal

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.options import FileOptions
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.records import mapped

_MEDQUAD_ROOTS = frozenset({"Document", "doc", "DiseaseFile"})

_JATS_SKIPPED = frozenset(
    "table-wrap fig fig-group boxed-text supplementary-material disp-formula ref-list table graphic media "
    "inline-formula tex-math math fn-group ack object-id".split()
)
_JATS_BLOCKS = frozenset(
    "sec p title list list-item disp-quote verse-group verse-line def-list def-item term def speech statement".split()
)

_SPACE = re.compile(r"\s+")


def parse_xml(data: bytes) -> Any:
    """The root element of an XML document.

    Raises:
        lxml.etree.XMLSyntaxError: it is not well-formed, or too deep.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    return etree.fromstring(data, parser)


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(element: Any) -> str:
    """The text of an element with what is in it; a named character such as &nbsp; is read, any other entity is not."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(_text(child))
        elif getattr(child, "name", None) and html.unescape(f"&{child.name};") != f"&{child.name};":
            parts.append(html.unescape(f"&{child.name};"))
        parts.append(child.tail or "")
    return "".join(parts)


class MedquadOptions(FileOptions):
    unit: Literal["page", "pair"] = "page"
    """One record a page: its focus, then each question and answer. Or one record a question with its answer."""


def medquad(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """MedQuAD, one page a file. The root is Document, doc or DiseaseFile.

    Columns: `text`, `url`, `publisher`, `focus`; with `unit: pair` also `question`, `answer`, `qtype`, `_index`.
    A page whose answers the publisher removed is an empty record.
    """
    return mapped(_medquad_rows(member, MedquadOptions.of(entry).unit), member, entry)


def _medquad_rows(member: Member, unit: str) -> Iterator[dict[str, Any] | Unreadable]:
    root = parse_xml(member.read())
    if _name(root) not in _MEDQUAD_ROOTS:
        raise ValueError("no MedQuAD page")
    focus = next((_one_line(_text(e)) for e in root.iter("Focus")), "")
    page = {"url": root.get("url", ""), "publisher": root.get("source", ""), "focus": focus}
    pairs = []
    for pair in root.iter("QAPair"):
        question, answer = pair.find("Question"), pair.find("Answer")
        pairs.append(
            {
                "question": _one_line(_text(question)) if question is not None else "",
                "qtype": question.get("qtype", "") if question is not None else "",
                "answer": _text(answer).strip() if answer is not None else "",
            }
        )
    if unit == "pair":
        for i, pair in enumerate(pairs):
            yield {
                **page,
                **pair,
                "_index": i,
                "text": f"{pair['question']}\n{pair['answer']}" if pair["answer"] else "",
            }
    else:
        answered = [f"{p['question']}\n{p['answer']}" for p in pairs if p["answer"]]
        yield {**page, "text": "\n\n".join([focus, *answered]) if answered else ""}


def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def jats(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """JATS (NLM) articles, one a file: title, abstract, body, without tables, figures, formulas and references.

    Columns: `text`, `title`, `journal`, `doi`, `pmid`, `year`. Headings stand on lines of their own.
    """
    return mapped(_jats_rows(member), member, entry)


def _jats_rows(member: Member) -> Iterator[dict[str, Any] | Unreadable]:
    root = parse_xml(member.read())
    article = root if _name(root) == "article" else next((e for e in root.iter() if _name(e) == "article"), None)
    if article is None:
        raise ValueError("no JATS article")
    front = article.find("{*}front")
    meta = front.find("{*}article-meta") if front is not None else None
    title, blocks = "", []
    if meta is not None:
        heading = meta.find("{*}title-group/{*}article-title")
        title = _one_line(_plain(heading)) if heading is not None else ""
        for abstract in meta.findall("{*}abstract"):
            if abstract.get("abstract-type") not in ("graphical", "teaser", "toc", "short"):
                blocks += ([] if _first_is_title(abstract) else ["Abstract"]) + list(_blocks(abstract))
    body = article.find("{*}body")
    blocks += list(_blocks(body)) if body is not None else []
    ids = (
        {e.get("pub-id-type", ""): (e.text or "").strip() for e in meta.findall("{*}article-id")}
        if meta is not None
        else {}
    )
    yield {
        "text": "\n\n".join([title, *blocks]) if blocks else "",
        "title": title,
        "journal": _find_text(front, ".//{*}journal-title"),
        "year": _find_text(meta, ".//{*}pub-date/{*}year"),
        "doi": ids.get("doi", ""),
        "pmid": ids.get("pmid", ""),
    }


def _find_text(element: Any, path: str) -> str:
    found = element.find(path) if element is not None else None
    return _one_line(_plain(found)) if found is not None else ""


def _first_is_title(element: Any) -> bool:
    return len(element) > 0 and _name(element[0]) == "title"


def _plain(element: Any) -> str:
    """The running text of an element, without what is no running text."""
    return "".join(text for text, _ in _runs(element))


def _blocks(element: Any) -> Iterator[str]:
    """The headings and paragraphs of an element, in order; a paragraph that holds a list is cut at it."""
    parts: list[str] = []
    for text, ends in _runs(element):
        parts.append(text)
        if ends:
            if block := _one_line("".join(parts)):
                yield block
            parts = []
    if block := _one_line("".join(parts)):
        yield block


def _runs(element: Any) -> Iterator[tuple[str, bool]]:
    """(text, whether a block ends after it) in document order."""
    yield element.text or "", False
    for child in element:
        if isinstance(child.tag, str):
            if (name := _name(child)) not in _JATS_SKIPPED:
                if name in _JATS_BLOCKS:
                    yield "", True
                yield from _runs(child)
                if name in _JATS_BLOCKS:
                    yield "", True
        elif getattr(child, "name", None) and html.unescape(f"&{child.name};") != f"&{child.name};":
            yield html.unescape(f"&{child.name};"), False
        yield child.tail or "", False


_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_SHORTCODE = re.compile(r"\{\{[<%].*?[>%]\}\}", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|iframe|svg)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BREAKING_TAG = re.compile(r"<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^()]*(?:\([^()]*\)[^()]*)*\)(?:\{[^}]*\})?")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)(?:\{[^}]*\})?")
_AUTO_LINK = re.compile(r"<(?:https?|mailto):[^<>\s]*>")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]*(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w_*])([_*])(?=\S)([^_*\n]+?)(?<=\S)\1(?![\w_*])")


def markdown(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """Markdown with YAML front matter, one page a file, as plain text.

    Hugo shortcodes and HTML tags go, what they enclose stays; links keep their words; entities are characters.
    Columns: `text` (title and body), `title`, `body`, and the front matter's own fields. A page without a body is empty.
    """
    return mapped([_page(member.text())], member, entry)


def _page(content: str) -> dict[str, Any]:
    import yaml

    content = content.replace("\r\n", "\n")
    match = _FRONT_MATTER.match(content)
    front = yaml.load(match.group(1), Loader=yaml.CSafeLoader) if match else {}
    front = front if isinstance(front, dict) else {}
    body = plain_markdown(content[match.end() :] if match else content)
    title = plain_markdown(str(front.get("title") or ""))
    return {**front, "title": title, "body": body, "text": "\n\n".join(x for x in (title, body) if x) if body else ""}


def plain_markdown(text: str) -> str:
    """Markdown as plain text."""
    for pattern in (_SHORTCODE, _COMMENT, _HIDDEN, _IMAGE, _AUTO_LINK):
        text = pattern.sub("", text)
    text = _TAG.sub("", _BREAKING_TAG.sub("\n", text))
    text = _LINK.sub(r"\1", _LINK.sub(r"\1", text))
    text = _HEADING.sub(r"\1", text)
    text = _ITALIC.sub(r"\2", _EMPHASIS.sub(r"\2", text))
    return html.unescape(text).replace("\xa0", " ").strip()
