"""Citations of one revision of an article as text, BibTeX and CSL-JSON, with the SHA-256 of the
archived page. No I/O.
"""

from __future__ import annotations

from datetime import date
from typing import Any

# Escapes the special characters of TeX.
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\n": " ",
    }
)


def build_citation(article: dict[str, Any], permalink: str) -> dict[str, Any]:
    """Collects the fields of a citation.

    `article`: as returned by `revisions.load_revision`; `permalink`: the URL of this revision.
    """
    published_at = article["published_at"] or ""
    return {
        "key": f"khabar-{article['id']}-{article['revision']}",
        "title": article["title"] or "",
        "authors": article["authors"],
        "source": article["source_name"],
        "published": published_at[:10],
        "seen": article["reading"]["seen_at"][:10],
        "url": article["url"],
        "permalink": permalink,
        "revision": article["revision"],
        "language": article["language"] or "hi",
        "sha256": article["reading"]["sha256"],
    }


def as_text(citation: dict[str, Any]) -> str:
    """Formats a citation as one line of text."""
    people = f"{', '.join(citation['authors'])}: " if citation["authors"] else ""
    when = f", {citation['published']}" if citation["published"] else ""
    page = f", sha256 {citation['sha256']}" if citation["sha256"] else ""
    return (
        f"{people}“{citation['title']}”, {citation['source']}{when}, {citation['url']}. "
        f"Khabar, reading {citation['revision']} of {citation['seen']}, "
        f"{citation['permalink']}{page}."
    )


def as_bibtex(citation: dict[str, Any]) -> str:
    """Formats a citation as a BibTeX @online entry. Text is escaped for TeX; of a URL only `_` in
    the note is.
    """
    page = f"; sha256 {citation['sha256']}" if citation["sha256"] else ""
    note = rf"Published at \url{{{citation['url']}}}{page}"
    people = " and ".join("{" + name.translate(_TEX) + "}" for name in citation["authors"])
    fields = {
        "author": people,
        "title": "{" + citation["title"].translate(_TEX) + "}",
        "organization": citation["source"].translate(_TEX),
        "date": citation["published"],
        "url": citation["permalink"],
        "urldate": citation["seen"],
        "version": str(citation["revision"]),
        "langid": "hindi" if citation["language"] == "hi" else "",
        "note": note.replace("_", r"\_"),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@online{{{citation['key']},\n" + ",\n".join(lines) + "\n}\n"


def as_csl(citation: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns a citation as CSL-JSON, which Zotero and pandoc import."""
    item = {
        "id": citation["key"],
        "type": "article-newspaper",
        "title": citation["title"],
        "author": [{"literal": name} for name in citation["authors"]],
        "container-title": citation["source"],
        "issued": _csl_date(citation["published"]),
        "accessed": _csl_date(citation["seen"]),
        "URL": citation["permalink"],
        "archive": "Khabar",
        "archive_location": citation["url"],
        "version": str(citation["revision"]),
        "language": citation["language"],
        "note": f"sha256: {citation['sha256']}" if citation["sha256"] else "",
    }
    return [{name: value for name, value in item.items() if value}]


def _csl_date(day: str) -> dict[str, list[list[int]]] | None:
    if not day:
        return None
    day_value = date.fromisoformat(day)
    return {"date-parts": [[day_value.year, day_value.month, day_value.day]]}
