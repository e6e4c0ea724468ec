"""How to cite one reading of an article: as text, BibTeX and CSL-JSON, with the kept page's sha256. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\n": " ",
    }
)  # fmt: skip


def cited(article: dict[str, Any], permalink: str) -> dict[str, Any]:
    """What a citation says. `article`: as `readings.load` gives it; `permalink`: the address of this very reading."""
    published = article["published_at"] or ""
    return {
        "key": f"khabar-{article['id']}-{article['revision']}",
        "title": article["title"] or "",
        "authors": article["authors"],
        "source": article["source_name"],
        "published": published[:10],
        "seen": article["reading"]["seen_at"][:10],
        "url": article["url"],
        "permalink": permalink,
        "revision": article["revision"],
        "language": article["language"] or "hi",
        "sha256": article["reading"]["sha256"],
    }


def as_text(told: dict[str, Any]) -> str:
    """One line: who, what, where, when, and which reading of it."""
    people = f"{', '.join(told['authors'])}: " if told["authors"] else ""
    when = f", {told['published']}" if told["published"] else ""
    page = f", sha256 {told['sha256']}" if told["sha256"] else ""
    return (
        f"{people}“{told['title']}”, {told['source']}{when}, {told['url']}. "
        f"Khabar, reading {told['revision']} of {told['seen']}, {told['permalink']}{page}."
    )


def as_bibtex(told: dict[str, Any]) -> str:
    """An @online entry; what it says is escaped for TeX, addresses are not."""
    people = " and ".join("{" + name.translate(_TEX) + "}" for name in told["authors"])
    fields = {
        "author": people,
        "title": "{" + told["title"].translate(_TEX) + "}",
        "organization": told["source"].translate(_TEX),
        "date": told["published"],
        "url": told["permalink"],
        "urldate": told["seen"],
        "version": str(told["revision"]),
        "langid": "hindi" if told["language"] == "hi" else "",
        "note": _note(told).replace("_", r"\_"),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@online{{{told['key']},\n" + ",\n".join(lines) + "\n}\n"


def _note(told: dict[str, Any]) -> str:
    page = f"; sha256 {told['sha256']}" if told["sha256"] else ""
    return rf"Published at \url{{{told['url']}}}{page}"


def as_csl(told: dict[str, Any]) -> list[dict[str, Any]]:
    """CSL-JSON, as Zotero and pandoc read it."""
    item = {
        "id": told["key"],
        "type": "article-newspaper",
        "title": told["title"],
        "author": [{"literal": name} for name in told["authors"]],
        "container-title": told["source"],
        "issued": _date(told["published"]),
        "accessed": _date(told["seen"]),
        "URL": told["permalink"],
        "archive": "Khabar",
        "archive_location": told["url"],
        "version": str(told["revision"]),
        "language": told["language"],
        "note": f"sha256: {told['sha256']}" if told["sha256"] else "",
    }
    return [{name: value for name, value in item.items() if value}]


def _date(day: str) -> dict[str, list[list[int]]] | None:
    if not day:
        return None
    told = date.fromisoformat(day)
    return {"date-parts": [[told.year, told.month, told.day]]}
