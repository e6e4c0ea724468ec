"""Hosts whose frames are never part of an article: advertising, consent, analytics, login,
comments, text-to-speech.
"""

from __future__ import annotations

import re

# Registered names, under any top-level domain.
_COMPANY_NAMES = """
2mdn 3lift addthis addtoany adform adnxs adpushup adsafeprotected amazon-adsystem aniview
apester-ads avantisvideo avplayer beyondwords bidswitch bluekai casalemedia chartbeat colombiaonline
connatix consensu contextweb cookiebot cookielaw cookiepro crazyegg criteo demdex didomi disqus
disquscdn doubleclick everesttech googleadservices googlesyndication googletagmanager
googletagservices gstatic gvt1 hotjar hyvor izooto jubna krxd mathtag mgid moatads newrelic nr-data
onesignal onetrust openx optimizely outbrain performoo poool powerinbox primis privacy-center
privacy-mgmt privacymanager pubmatic pushengage quantcast quantserve readspeaker recaptcha remixd
revcontent rlcdn rubiconproject scorecardresearch sekindo sharethis smartadserver smartocto sp-prod
speechify taboola taboolasyndication teads tinypass trinityaudio trustarc truste truvid tynt unibots
unrulymedia vidoomy vuukle webengage yieldmo zedo
""".split()
_COMPANY_HOST = re.compile(
    rf"(?:^|\.)(?:{'|'.join(map(re.escape, _COMPANY_NAMES))})\.(?:com?\.)?\w{{2,}}$"
)
_SERVICE_HOST = re.compile(
    r"(?:^|\.)(?:media\.net|vdo\.ai|spot\.im|clarity\.ms|fls\.doubleclick\.net"
    r"|ampproject\.net|poll\.fm)$"
)
_HOST_LABEL = re.compile(
    r"(?:^|[.-])(?:ads?\d*|adserver|adx|adv|banners?|beacon|consent|cookies?|cmp|metrics|pixel"
    r"|pixels|push|recaptcha|safeframe|sso|sync|tag|tags|track|tracker|tracking|analytics|auth"
    r"|login|accounts|subscribe|newsletter)(?:[.-]|$)"
)
# Providers' hosts that never serve embeds: images, login, scripts.
_PROVIDER_SUBDOMAINS = frozenset(
    """
    img.youtube.com i.ytimg.com s.ytimg.com apis.google.com accounts.google.com cse.google.com
    translate.google.com news.google.com api.whatsapp.com i.imgur.com api.twitter.com pbs.twimg.com
    about.twitter.com business.facebook.com graph.facebook.com connect.facebook.net
    staticxx.facebook.com i.redd.it v.redd.it preview.redd.it about.reddit.com
    support.google.com plus.google.com play.google.com
    imasdk.googleapis.com about.instagram.com help.instagram.com help.x.com help.twitter.com
    """.split()
)


def is_ignored_host(host: str) -> bool:
    """Returns whether frames from this host are infrastructure, not content."""
    return host in _PROVIDER_SUBDOMAINS or bool(
        _COMPANY_HOST.search(host)
        or _SERVICE_HOST.search(host)
        or _HOST_LABEL.search(host.removeprefix("www."))
    )
