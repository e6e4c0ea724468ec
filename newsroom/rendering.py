"""Jinja environment of the newsroom's templates: autoescaping is on, an undefined value is an
error.
"""

from __future__ import annotations

import json
import re
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from newsroom import dates

_HASHTAG = re.compile(r"#(\w[\w\u0900-\u0963\u0966-\u097f]*)")


def script_json(value: Any) -> Markup:
    """Returns JSON that is safe inside a <script> element."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # nothing left to escape


def break_lines(text: str) -> Markup:
    """Escapes the text and converts line breaks to <br>."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def link_hashtags(text: str) -> Markup:
    """Escapes a post's text and links its hashtags, as X prints them."""
    html = _HASHTAG.sub(
        lambda m: f'<a href="https://twitter.com/hashtag/{quote(m[1])}?src=hash">#{m[1]}</a>',
        break_lines(text),
    )
    return Markup(html)  # `break_lines` escaped the text, `quote` the URL


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "json": script_json,
        "lines": break_lines,
        "hashtags": link_hashtags,
        "rfc2822": format_datetime,
        "hindi_rfc": dates.format_hindi_rfc,
        "day": dates.format_day,
        "clock": dates.format_clock,
        "english_day": dates.format_english_day,
    }
    return environment


ENVIRONMENT = _make_environment()


def render_template(template: str, **values: Any) -> str:
    """Renders a template. Raises jinja2.UndefinedError if it needs a value that is not given."""
    return ENVIRONMENT.get_template(template).render(**values)
