"""Social media posts embedded in the newsroom's articles: their ids, URLs and embed markup."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from markupsafe import Markup

from newsroom.rendering import ENVIRONMENT
from newsroom.stories import Post

# epoch in ms, and the number of bits below the timestamp in an id
_X_EPOCH, _X_BITS = 1_288_834_974_657, 22
_INSTAGRAM_EPOCH, _INSTAGRAM_BITS = 1_314_220_021_721, 23
_ADDRESSES = {
    "youtube": "https://www.youtube.com/watch?v={id}",
    "telegram": "https://t.me/{id}",
    "datawrapper": "https://datawrapper.dwcdn.net/{id}/",
}


@dataclass(frozen=True, slots=True)
class EmbedCode:
    """One embed markup: a macro of `embeds.html`, and whether it contains the author's handle and
    the post's text.
    """

    macro: str
    handle: bool = False
    text: bool = False


# Each site uses one of them for each provider.
CODES = {
    code.macro: code
    for code in (
        EmbedCode("x_quote", handle=True, text=True),
        EmbedCode("x_wordpress", handle=True, text=True),
        EmbedCode("x_wpautop", handle=True, text=True),
        EmbedCode("x_rendered"),
        EmbedCode("x_lazy"),
        EmbedCode("x_amp"),
        EmbedCode("youtube_frame"),
        EmbedCode("youtube_lazy"),
        EmbedCode("youtube_lite"),
        EmbedCode("youtube_amp"),
        EmbedCode("instagram_quote", handle=True, text=True),
        EmbedCode("instagram_old", handle=True, text=True),
        EmbedCode("instagram_frame"),
        EmbedCode("instagram_amp"),
        EmbedCode("facebook_box", handle=True, text=True),
        EmbedCode("facebook_frame", handle=True),
        EmbedCode("facebook_amp", handle=True),
        EmbedCode("telegram_script", handle=True),
        EmbedCode("telegram_frame", handle=True),
        EmbedCode("datawrapper_frame"),
        EmbedCode("datawrapper_script"),
        EmbedCode("video_tag"),
        EmbedCode("video_wordpress"),
        EmbedCode("video_amp"),
        EmbedCode("pdf_object"),
        EmbedCode("pdf_wordpress"),
    )
}


def make_native_id(post: Post, home: str) -> str:
    """Returns the provider's id as text. A file has the URL it has on `home`, the site's front
    page, as id.
    """
    if post.provider == "x":
        return str(_make_timed_id(post, _X_EPOCH, _X_BITS))
    if post.provider == "instagram":
        number = _make_timed_id(post, _INSTAGRAM_EPOCH, _INSTAGRAM_BITS)
        return base64.urlsafe_b64encode(number.to_bytes(9, "big")).decode().lstrip("A")
    return build_post_url(post, home) if post.file else post.id


def _make_timed_id(post: Post, epoch: int, bits: int) -> int:
    """Returns an id as the provider builds it: the post's time in the upper bits, a hash of handle
    and text in the lower ones.
    """
    if post.posted is None:
        raise ValueError(f"a post of {post.handle} has no `posted` to build its id from")
    elapsed_ms = round(post.posted.timestamp() * 1000) - epoch
    tail = int.from_bytes(
        hashlib.sha256(f"{post.handle}\n{post.text}".encode()).digest()[:4], "big"
    )
    return elapsed_ms << bits | tail % (1 << bits)


def build_post_url(post: Post, home: str) -> str:
    """Returns the canonical URL of a post."""
    if post.file:
        return f"{home}media/{post.file}"
    native = make_native_id(post, home)
    if post.provider == "x":
        return f"https://x.com/{post.handle}/status/{native}"
    if post.provider == "instagram":
        return f"https://www.instagram.com/{'reel' if post.kind == 'reel' else 'p'}/{native}/"
    if post.provider == "facebook":
        tail = f"videos/{native}/" if post.kind == "video" else f"posts/{native}"
        return f"https://www.facebook.com/{post.handle}/{tail}"
    return _ADDRESSES[post.provider].format(id=native)


def build_visible_url(post: Post, home: str, code: EmbedCode) -> str:
    """Returns the canonical URL as far as the embed code reveals it: the author of a tweet may be
    missing.
    """
    if post.provider == "x" and not code.handle:
        return f"https://x.com/i/status/{make_native_id(post, home)}"
    return build_post_url(post, home)


def render_post(post: Post, home: str, code: EmbedCode) -> Markup:
    """Returns the HTML of a post."""
    macro = getattr(ENVIRONMENT.get_template("embeds.html").module, code.macro)
    # the macro escaped it
    return Markup(macro(post, make_native_id(post, home), build_post_url(post, home)))
