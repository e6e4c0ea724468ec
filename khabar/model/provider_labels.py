"""Display names of embed providers."""

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
    "ndtv": "NDTV",
    "bbc": "BBC",
    "vk": "VK",
    "okru": "OK.ru",
    "jiosaavn": "JioSaavn",
    "publicapp": "Public",
}


def provider_label(name: str) -> str:
    """Returns a provider's display name: 'JW Player' for jwplayer, else the key capitalised."""
    return _LABELS.get(name) or name.replace("-", " ").capitalize()
