"""What people call the providers of embeds."""

from __future__ import annotations

_LABELS = {
    "x": "X",
    "youtube": "YouTube",
    "instagram": "Instagram",
    "facebook": "Facebook",
    "threads": "Threads",
    "telegram": "Telegram",
    "koo": "Koo",
    "reddit": "Reddit",
    "tiktok": "TikTok",
    "dailymotion": "Dailymotion",
    "jwplayer": "JW Player",
    "vimeo": "Vimeo",
    "whatsapp": "WhatsApp",
    "linkedin": "LinkedIn",
    "pdf": "PDF",
}


def provider_label(name: str) -> str:
    """'JW Player' of jwplayer; the name itself, capitalised, where it has no spelling of its
    own.
    """
    return _LABELS.get(name) or name.replace("-", " ").capitalize()
