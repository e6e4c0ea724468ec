"""Writes Hindi as a typist of the font Kruti Dev does: the tests' own direction, none of the product."""

from __future__ import annotations

import re
import unicodedata

FULL = dict(
    pair.split("=", 1)
    for pair in (
        "क=d ख=[k ग=x घ=?k ङ=³ च=p छ=N ज=t झ=> ट=V ठ=B ड=M ढ=< ण=.k त=r थ=Fk द=n ध=/k न=u प=i फ=Q ब=c भ=Hk"
        " ञ=¥k म=e य=; र=j ल=y व=o श='k ष=\"k स=l ह=g ळ=G"
    ).split()
)
HALF = dict(
    pair.split("=", 1)
    for pair in (
        "क=D ञ=¥ ख=[ ग=X घ=? च=P ज=T ण=. त=R थ=F ध=/ न=U प=I फ=¶ ब=C भ=H म=E य=¸ ल=Y व=O श=' ष=\" स=L ह=º"
    ).split()
)
VOWELS = dict(
    pair.split("=", 1) for pair in "अ=v आ=vk इ=b ई=bZ उ=m ऊ=Å ए=, ऐ=,s ओ=vks औ=vkS ऑ=v‚ ऋ=_".split()
)
MATRAS = dict(pair.split("=", 1) for pair in "ा=k ी=h ु=q ू=w ृ=` े=s ै=S ो=ks ौ=kS ॉ=‚ ॅ=W".split())
MARKS = {"ं": "a", "ँ": "¡", "।": "A", ",": "]", "-": "&", ".": "-", "?": "\\", "(": "¼", ")": "½"}
MARKS |= {"‘": "^", "’": "*", "“": "Þ", "”": "ß", "/": "@", ";": "("}
SYLLABLE = re.compile(
    "(?P<reph>र्(?=[क-हळ]))?(?P<heads>(?:[क-हळ]़?्)*)(?P<base>[क-हळ]़?)(?P<end>्(?![क-हळ]))?(?P<matra>[ािीुूृेैोौॉॅ]?)"
)


def encode(text: str) -> str:
    """The keys for a text. What the layout has no key for stays as it is."""
    text = unicodedata.normalize("NFD", text)
    result, at = "", 0
    while at < len(text):
        if match := SYLLABLE.match(text, at):
            result += _encode_syllable(match)
            at = match.end()
        else:
            result += VOWELS.get(text[at]) or MARKS.get(text[at], text[at])
            at += 1
    return result


def _letter(letter: str, keys: dict[str, str]) -> str:
    key = keys[letter[0]]
    return f"{key[0]}+{key[1:]}" if "़" in letter else key


def _encode_syllable(match: re.Match[str]) -> str:
    heads = [head for head in match["heads"].split("्") if head]
    base = match["base"]
    keys = ""
    has_rakar = bool(heads) and base == "र"
    if has_rakar:
        base = heads.pop()
    for head in heads:
        keys += _letter(head, HALF) if head[0] in HALF else _letter(head, FULL) + "~"
    keys += _letter(base, FULL) + ("z" if has_rakar else "") + ("~" if match["end"] else "")
    matra = match["matra"]
    keys = "f" + keys if matra == "ि" else keys + MATRAS.get(matra, "")
    return keys + ("Z" if match["reph"] else "")
