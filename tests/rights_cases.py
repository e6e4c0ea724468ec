"""The examples of the drafts as tables, with hosts and paths of our own; each row has what the draft says, and what
Khabar makes of it where it is stricter.

AIPREF vocabulary 08 and attachment 05, Content Signals, TDMRep, RSL 1.0.
"""

from __future__ import annotations

from khabar.archive.rights import (
    ArticleSignals,
    SiteFile,
    SiteSignals,
    SiteVisit,
    find_reservations,
)

URL = "https://www.kagaz.newsroom.test/news/1.html"
ABSENT = SiteFile("absent")


def site_file(text):
    return SiteFile("read", text) if text else ABSENT


def find(page=None, robots="", tdmrep="", url=URL, when=("then", "now"), licenses=()):
    site = SiteSignals(site_file(robots), site_file(tdmrep), licenses)
    visits = tuple(SiteVisit(time, url, site) for time in when)
    return find_reservations(ArticleSignals(url, (page or {},), visits))


def uses(page=None, robots="", tdmrep="", url=URL):
    return {one.use for one in find(page, robots, tdmrep, url)}


A, R, U = "allowed", "reserved", "unclear"

# (example, what the draft's algorithm gives, ours): `unknown` there and `unclear` here reserves.
VOCABULARY = [
    ("train-ai=y, search=n", {"train": A, "search": R}, None),
    ("train-ai=n", {"train": R}, None),
    ("search=y", {"search": A}, None),
    # the last of a key counts
    ("train-ai=n, train-ai=y", {"train": A}, None),
    ("train-ai;allow=n, train-ai=y", {"train": A}, None),
    # no tokens: unknown
    ('train-ai=y, train-ai, search=n, search="n"', {}, {"train": U, "search": U}),
    ('train-ai;has;parameters="?";', {}, {"train": U}),
    ("train-ai;has", {}, {"train": U}),
    ("train-ai=Y", {}, {"train": U}),
    ("train-ai=?0", {}, {"train": U}),
    ("train-ai=1", {}, {"train": U}),
    ("train-ai=(n)", {}, {"train": U}),
    ("train-ai=maybe", {}, {"train": U}),
    # upper case: no dictionary
    ("Train-AI=n", {}, {"train": U}),
    ("train-ai=n, SEARCH=n", {}, {"train": U, "search": U}),
    ("train-ai=y,", {}, {"train": U}),
    ("train-ai=y search=y", {}, {"train": U, "search": U}),
    # parameters: ignored there, a condition that is not known here
    ("train-ai=n;until=@1790000000", {"train": R}, None),
    ("train-ai=y;for=research", {"train": A}, {"train": U}),
    ("train-ai;search=n, train-ai=y", {"train": A}, None),
    # labels that are not known are ignored
    ("made-up=n, train-ai=y", {"train": A}, None),
    ("made-up", {}, None),
    ("", {}, None),
    # labels of earlier drafts
    ("train-genai=n", {}, {"train": R}),
    ("bots=n", {}, {"search": R, "train": R, "ai-input": R}),
]

ATTACH = """\
User-Agent: *
Allow: /
Disallow: /kabhi-nahin/
Content-Usage: train-ai=n
Content-Usage: /ai-theek/ train-ai=y

User-Agent: %s
Allow: /
Content-Usage: train-ai=y
"""
# (robots.txt, path, uses reserved): the file of the draft, for a robot of its first and its second group
ATTACHMENT = [
    (ATTACH % "Namunabot", "/jaanch", {"train"}),
    (ATTACH % "Namunabot", "/ai-theek/jaanch", set()),
    (ATTACH % "Khabar", "/jaanch", set()),
    (ATTACH % "Khabar", "/kabhi-nahin/jaanch", set()),
    (ATTACH % "Khabar", "/ai-theek/jaanch", set()),
    ("User-Agent: *\nAllow: /\nContent-Usage: train-ai=n\n", "/", {"train"}),
    # identical paths that disagree apply each for itself: the strictest, in any order
    (
        "User-agent: *\nContent-Usage: /a train-ai=n\nContent-Usage: /a train-ai=y\n",
        "/a",
        {"train"},
    ),
    (
        "User-agent: *\nContent-Usage: /a train-ai=y\nContent-Usage: /a train-ai=n\n",
        "/a",
        {"train"},
    ),
    # an absent and an empty path; white space of both kinds
    ("User-agent: *\n\tContent-Usage\t:\ttrain-ai=n\n", "/a", {"train"}),
    ("User-agent: *\nContent-Usage: /a\ttrain-ai=n\n", "/a", {"train"}),
    ("User-agent: *\nContent-Usage: /a\n", "/a", set()),
    ("User-agent: *\nContent-Usage: /%61b%20c train-ai=n\n", "/ab%20c", {"train"}),
    ("User-agent: *\nContent-Usage: train-ai=n # not here\n", "/", {"train"}),
    # the length of a path is counted as written in octets; rules may stand between others
    (
        "User-agent: *\nContent-Usage: /a/b train-ai=y\nDisallow: /x\nContent-Usage: /a train-ai=n\n",
        "/a/b",
        set(),
    ),
]

SIGNALS = [
    ("search=yes", {"search": A}),
    ("search=yes, ai-train=no", {"search": A, "train": R}),
    ("search=yes,ai-input=yes,ai-train=no", {"search": A, "ai-input": A, "train": R}),
    ("search=yes, ai-train=no, ai-input=no", {"search": A, "train": R, "ai-input": R}),
    ("search=no", {"search": R}),
    ("ai-input=no", {"ai-input": R}),
    ("AI-Train=No; Search=Yes", {"search": A, "train": R}),
    ("ai-train=no, ai-train=yes", {"train": R}),
    ("ai-train=yes, ai-train=no", {"train": R}),
    ("ai-train=perhaps", {"train": U}),
    ("ai-train", {"train": U}),
    ("made-up=no", {}),
    ("", {}),
]

# (tdmrep.json, path, reserved)
TDMREP = [
    ('[{"location": "/", "tdm-reservation": 1}]', "/a", True),
    (
        '[{"location": "/akhbar/*", "tdm-reservation": 1, "tdm-policy": "https://x.example/p.json"}]',
        "/akhbar/1",
        True,
    ),
    ('[{"location": "/akhbar/*", "tdm-reservation": 1}]', "/khel/1", False),
    (
        '[{"location": "/khula/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
        "/khula/1",
        False,
    ),
    (
        '[{"location": "/khula/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
        "/band/1",
        True,
    ),
    ('[{"location": "*.jpg", "tdm-reservation": 1}]', "/a.jpg", True),
    ('[{"location": "/*.html$", "tdm-reservation": 1}]', "/a.html", True),
    ('[{"location": "/*.html$", "tdm-reservation": 1}]', "/a.html?x", False),
    # one location twice: the order has no meaning
    (
        '[{"location": "/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
        "/a",
        True,
    ),
    (
        '[{"location": "/", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 0}]',
        "/a",
        True,
    ),
]


def rsl(inner: str, url: str = "/") -> str:
    return f'<rsl xmlns="https://rslstandard.org/rsl"><content url="{url}"><license>{inner}</license></content></rsl>'


def usage(verb: str, words: str) -> str:
    return f'<{verb} type="usage">{words}</{verb}>'


EVERYTHING = {"search", "train", "ai-input"}
AI = {"train", "ai-input"}
# (licence, path, uses it does not permit)
RSL = [
    (rsl(usage("prohibits", "ai-all")), "/a", AI),
    (rsl(usage("prohibits", "all")), "/a", EVERYTHING),
    (rsl(usage("prohibits", "ai-train")), "/a", {"train"}),
    (rsl(usage("prohibits", "ai-train ai-input")), "/a", AI),
    (rsl(usage("prohibits", "ai-train,ai-input")), "/a", AI),
    (rsl(usage("prohibits", "train-ai")), "/a", {"train"}),
    (rsl(usage("prohibits", "ai-index")), "/a", AI),
    (rsl(usage("prohibits", "search")), "/a", {"search"}),
    # a list of permitted uses is complete
    (rsl(usage("permits", "search")), "/a", AI),
    (rsl(usage("permits", "search ai-input")), "/a", {"train"}),
    (rsl(usage("permits", "ai-all")), "/a", {"search"}),
    (rsl(usage("permits", "all")), "/a", set()),
    (rsl(usage("permits", "all") + usage("prohibits", "ai-train")), "/a", {"train"}),
    (rsl(usage("prohibits", "ai-train") + usage("permits", "all")), "/a", {"train"}),
    # payment
    (rsl('<payment type="free"/>'), "/a", set()),
    (rsl(usage("permits", "all") + '<payment type="free"/>'), "/a", set()),
    (rsl(usage("permits", "all") + '<payment type="crawl"><amount currency="USD">0.01</amount></payment>'), "/a", EVERYTHING),
    (rsl(usage("permits", "all") + '<payment type="attribution"><standard>https://x.example/s</standard></payment>'), "/a", EVERYTHING),
    (rsl(usage("permits", "all") + "<payment><custom>https://x.example/</custom></payment>"), "/a", EVERYTHING),
    (rsl(""), "/a", EVERYTHING),
    # for some only; conditions
    (rsl(usage("permits", "all") + '<permits type="user">non-commercial</permits>'), "/a", EVERYTHING),
    (rsl(usage("permits", "all") + '<permits type="user">commercial non-commercial education government personal</permits>'), "/a", set()),
    (rsl(usage("permits", "all") + '<prohibits type="geo">in</prohibits>'), "/a", EVERYTHING),
    (rsl(usage("permits", "all") + "<reporting>monthly</reporting>"), "/a", EVERYTHING),
    (rsl(usage("permits", "all") + '<legal type="warranty">ownership</legal>'), "/a", set()),
    # addresses
    (rsl(usage("prohibits", "all"), "/samachar/*"), "/samachar/1", EVERYTHING),
    (rsl(usage("prohibits", "all"), "/samachar/*"), "/khel/1", set()),
    (rsl(usage("prohibits", "all"), "/*.html$"), "/a.html", EVERYTHING),
    (rsl(usage("prohibits", "all"), "https://www.kagaz.newsroom.test/*"), "/a", EVERYTHING),
    (rsl(usage("prohibits", "all"), "https://doosra.newsroom.test/"), "/a", set()),
    (rsl(usage("permits", "all")).replace("<content ", '<content server="https://l.example/" '), "/a", EVERYTHING),
    # several licences of one address: one may permit, one may prohibit
    (rsl(usage("permits", "search")).replace("</license>", "</license><license>" + usage("permits", "ai-all") + "</license>"), "/a", set()),
    (rsl(usage("permits", "all")).replace("</license>", "</license><license>" + usage("prohibits", "ai-train") + "</license>"), "/a", {"train"}),
    # the longest address decides
    (rsl(usage("prohibits", "all")).replace("</content>", '</content><content url="/khula/"><license>' + usage("permits", "all") + "</license></content>"), "/khula/1", set()),
    # words that are not known
    (rsl(usage("prohibits", "made-up")), "/a", AI),
    (rsl(usage("permits", "made-up")), "/a", EVERYTHING),
    ("<rsl>" + rsl(usage("prohibits", "ai-all")).partition(">")[2], "/a", AI),
]  # fmt: skip
EXAMPLES = len(VOCABULARY) + len(ATTACHMENT) + len(SIGNALS) + len(TDMREP) + len(RSL)
