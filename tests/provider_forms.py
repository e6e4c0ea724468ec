"""Builds the markup forms of every row of the table of embed providers, for the tests and docs/embeds.md.

`python -m tests.provider_forms` prints docs/embeds.md.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from khabar.extraction.embeds.classify import classify_direct_url
from khabar.extraction.embeds.providers import PROVIDERS, Provider, ProviderUrlPattern

FORMS = {
    "frame": "`<iframe src=URL>`",
    "lazy frame": "`<iframe data-src=URL>`",
    "blockquote": "the provider's `<blockquote>`, with a link to the post",
    "AMP": "an `<amp-…>` element",
    "attribute": "an id or URL in an attribute, class or custom element",
    "script": "`<script src=URL>` where the player stands",
    "script data": "an embed code in the page's script data, at no place in the text",
    "SDK call": "the post's URL beside a call of the provider's SDK in an inline script",
    "JSON-LD": "`embedUrl` of a `VideoObject`, if the page shows no player",
    "URL": "the URL alone on its line",
    "code as text": "the embed code in escaped text, `&lt;iframe src=URL…`, or a shortcode, `[provider ID]`",
}
KINDS_OF_VIDEO = ("video", "short", "live")


@dataclass(frozen=True)
class Sample:
    """A form of one row: the embed code, and what it is."""

    row: Provider
    form: str
    code: str
    kind: str
    id: str | None


def examples(row: Provider) -> Iterator[tuple[ProviderUrlPattern, str, str | None]]:
    for pattern in (*row.url_patterns, *row.page_patterns):
        for address, native_id in pattern.examples.items():
            yield pattern, address, native_id


def samples(row: Provider) -> Iterator[Sample]:
    for pattern, address, native_id in examples(row):
        url, kind = html.escape(address), pattern.kind
        frame = f'<iframe src="{url}" width="640" height="400"></iframe>'
        yield Sample(row, "frame", frame, kind, native_id)
        lazy = f'<iframe src="about:blank" data-src="{url}"></iframe>'
        yield Sample(row, "lazy frame", lazy, kind, native_id)
        if pattern in row.page_patterns or not native_id:
            continue
        for name in sorted(row.quote_classes):
            quote = f'<blockquote class="{name}"><a href="{url}">देखें</a></blockquote>'
            yield Sample(row, "blockquote", quote, kind, native_id)
            script = '<script async src="https://nahar.example/widgets.js"></script>'
            text = f"<p>{html.escape(quote + script)}</p>"
            yield Sample(row, "code as text", text, kind, native_id)
        state = json.dumps({"html": frame}).replace("<", "\\u003c")
        yield Sample(row, "script data", f"<script>window.state={state}</script>", kind, native_id)
        for call in row.sdk_calls:
            script = f"<script>var post = {json.dumps(address)}; {call}();</script>"
            yield Sample(row, "SDK call", script, kind, native_id)
        if kind in KINDS_OF_VIDEO:
            video = json.dumps({"@type": "VideoObject", "embedUrl": address})
            code = f'<script type="application/ld+json">{video}</script>'
            yield Sample(row, "JSON-LD", code, kind, native_id)
        if row.allows_bare_url and not address.startswith("//"):
            yield Sample(row, "URL", f"<p>{url}</p>", kind, native_id)
        if row.has_script_player:
            script = f'<script src="{url}"></script>'
            yield Sample(row, "script", script, kind, native_id)
            yield Sample(row, "code as text", f"<p>{html.escape(script)}</p>", kind, native_id)
        yield Sample(row, "code as text", f"<p>{html.escape(frame)}</p>", kind, native_id)
    yield from shortcode_samples(row)
    yield from attribute_samples(row)


def shortcode_samples(row: Provider) -> Iterator[Sample]:
    """Shortcodes with each word that names the provider and the first example id it can have."""
    form = row.id_form
    if form is None:
        return
    target = next(
        target
        for _, _, native_id in examples(row)
        if form.pattern.fullmatch(native_id or "")
        and (target := classify_direct_url(form.url_template.format(native_id)))
    )
    for word in sorted(form.words):
        for arguments in (f" {target.id}", f' id="{target.id}"', f"]{target.id}[/{word}"):
            code = f"<p>[{word}{arguments}]</p>"
            yield Sample(row, "code as text", code, target.kind, target.id)


def attribute_samples(row: Provider) -> Iterator[Sample]:
    """One sample of each row of attributes, with the values of the first example that has them."""
    for attribute in row.id_attributes:
        for _, address, native_id in examples(row):
            values, target = [[native_id or ""], (native_id or "").split("/")], None
            values += [[(native_id or "").split("/")[-1]]]
            values += [[address]] if attribute.url_template == "{}" else []
            fitting = [
                value for value in values if len(value) == len(attribute.attrs) and all(value)
            ]
            for value in fitting:
                target = classify_direct_url(attribute.url_template.format(*value))
                if attribute.provider or (target and target.id and target.provider == row.name):
                    break
            else:
                continue
            attrs = dict(zip(attribute.attrs, value, strict=True))
            if attribute.value_prefix:
                attrs[attribute.value_prefix[0]] = attribute.value_prefix[1][0]
            tag = attribute.selector if attribute.selector[:1] not in ("", ".") else "div"
            if attribute.selector[:1] == ".":
                attrs["class"] = attribute.selector[1:]
            code = "".join(f' {name}="{html.escape(text)}"' for name, text in attrs.items())
            form = "AMP" if tag.startswith("amp-") else "attribute"
            kind, found_id = attribute.kind, "/".join(value)
            if target and not attribute.provider:
                kind, found_id = target.kind, target.id or ""
            element = f"<{tag}{code}></{tag}>"
            yield Sample(row, form, element, kind, found_id)
            if tag in ("div", "script", "video"):
                text = f"<p>{html.escape(element)}</p>"
                yield Sample(row, "code as text", text, kind, found_id)
            break
        else:
            raise AssertionError(f"{row.name}: no example for {attribute}")


def render_reference() -> str:
    """Renders docs/embeds.md."""
    lines = [
        "# Embeds: providers and forms",
        "",
        "Generated from the table in `khabar/extraction/embeds/providers/` by `make embeds-doc`; a test compares it. Each",
        "cell of the second table has a test of its own.",
        "",
        "A URL of a provider that has none of its forms is kept with the kind `link` if a frame or an embed code shows it, and",
        "counted in `signals.unknown_embed_paths`; ordinary links are no embeds. A frame of any other host has the provider",
        "`unknown` (counted in `signals.unknown_embed_hosts`), and the kind `poll`, `video` or `audio` if its URL says so and",
        "that it is made for embedding. Buttons, like boxes and advertising are no embeds.",
        "",
        "| provider | hosts | kinds |",
        "|---|---|---|",
    ]
    for row in PROVIDERS:
        kinds = dict.fromkeys(p.kind for p in (*row.url_patterns, *row.page_patterns))
        hosts = [host if host != "*" else "any host" for host in row.hosts]
        hosts += ["hosts by their name"] if row.host_pattern else []
        wrapped = ["what its URL contains"] if row.wrapper_pattern else []
        lines.append(f"| {row.name} | {', '.join(hosts)} | {', '.join([*kinds, *wrapped])} |")
    lines += ["", "Forms in which an embed is found:", ""]
    lines += [f"- {form}: {words}" for form, words in FORMS.items()]
    lines += ["", f"| provider | {' | '.join(FORMS)} |", f"|---|{'---|' * len(FORMS)}"]
    for name in dict.fromkeys(row.name for row in PROVIDERS):
        forms = {s.form for row in PROVIDERS if row.name == name for s in samples(row)}
        if forms:
            cells = " | ".join("yes" if form in forms else "" for form in FORMS)
            lines.append(f"| {name} | {cells} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render_reference())
