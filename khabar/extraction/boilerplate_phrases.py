"""Boilerplate lines recognised by their wording: also-read links, promotion, consent texts, paywall
notices. The lists contain no phrase that only one site uses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from khabar.extraction.boilerplate import comparison_key
from khabar.hindi.hints import Hints, has_latin_letters

_READ_VERB = r"(?:पढ\u093c?े\u093c?[ंँ]?|देखे[ंँ]|जाने[ंँ]|सुने[ंँ])"
_ALSO_READ = (
    rf"(?:(?:यह|ये|इसे|इन्हें|यहां|यहाँ)\s+(?:(?:ख\u093c?बर(?:ें)?|खास ख\u093c?बर|स्टोरी|वीडियो)\s+)?भी\s+"
    rf"(?:जरूर\s+|अवश्य\s+)?{_READ_VERB}"
    rf"|(?:और|आगे)\s+(?:भी\s+)?{_READ_VERB}|(?:संबंधित|ये)\s+ख\u093c?बरें|\b(?:also|must)\s+(?:read|see|watch)\b"
    r"|\bread\s+(?:also|more|here)\b|\bsee\s+also\b"
    r"|\blee también\b|\blesen sie (?:dazu |hier )?(?:auch|mehr)\b|\bmehr zum thema\b"
    r"|\bauch interessant\b"
    r"|\bdieses thema im programm\b"
    r"|\bczytaj (?:więcej|także|też)\b|\b(?:à )?lire aussi\b|\bleggi anche\b|\bdon['’]t miss\b"
    r"|\bmost read\b"
    # Marathi, Bengali, Gujarati, Telugu, Tamil
    r"|हे\s?(?:ही|देखील|सुद्धा)\s+(?:वाचा|पाहा|बघा)|आणखी\s+वाचा|আর[ওো]\s+প\u09a1\u09bcুন|এট[াি]ও\s+প\u09a1\u09bcুন"
    r"|(?:આ\s+પણ|વધુ)\s+(?:વાંચો|જુઓ)|ఇ(?:ది|వి)\s+కూడా\s+(?:చదవండి|చూడండి)|ఇ(?:దీ|వీ)\s+చదవండి"
    r"|இதையும்\s+(?:படியுங்கள்|படிங்க|படிக்க|பாருங்கள்)|மேலும்\s+(?:படிக்க|வாசிக்க)(?=\W*:|\W*$))"
)
_END_MARKS = r"[\s:：\-–—.…>»|*•👉📌]*"
ALSO_READ_LINE = re.compile(rf"^[\W_]*{_ALSO_READ}", re.I)
# Every also-read phrase contains one of these.
_ALSO_READ_HINTS = Hints(
    "पढ|देखे|जाने|सुने|बरें|वाचा|पाहा|बघा|পড|વાંચો|જુઓ|చదవండి|చూడండి|இதையும்|மேலும்|read|must|also"
    "|también|lesen|thema|auch|czytaj|aussi|anche|miss"
)
_ALSO_READ_TAIL = re.compile(
    rf"(?<=[।.?!\"”'’)\]|])\s*(?P<open>[\[(*]*){_ALSO_READ}(?P<mark>{_END_MARKS})"
    r"(?P<rest>[^।]{0,220})$",
    re.I,
)
_ALSO_READ_SIGN = re.compile(r"\s*[:：\-–—.…>»|*•👉📌]")
# what is left of `…और पढ़ें` after a complete sentence
_ELLIPSIS = re.compile(r"(?<=[।.?!\"”’])\s+(?:\.{2,}|…)$")
_MAX_ALSO_READ = 80  # characters of an also-read phrase; the longest has fewer than 60
_DANGLING_END = " \t\r\n\xa0:：-–—.…>»|"
_ALSO_READ_DANGLING = re.compile(rf"[\s\[(*]*{_ALSO_READ}\s*[:：\-–—.…>»|]*\s*$", re.I)

_BOILERPLATE_LINE = re.compile(
    r"""^[\W_]*(?:
      विज्ञापन\s*\d*|advertisement|sponsored|प्रायोजित|-*\s*समाप्त\s*-*|ख\u093c?बरें\s+और\s+भी\s+हैं.*
      |(?:टैग्स?|tags?|topics?|keywords?)\s*[:：].*
      |(?:कॉपी\s+लिंक|link\s+copied|शेयर(?:\s+करें)?|share|फ\u093c?ॉलो\s+करें|ख\u093c?बर\s+सुनें
      |पूरी\s+ख\u093c?बर\s+सुन.*|print|comments?|feedback)
      |copyright\s*(?:[©:：]|\(c\)|\d{4}|by\b).*|©.*|play\s*video.*
      |loading[.…\s]*|recommended(?:\s+(?:for|stories|videos|reading)\b.*)?
      |next\s+(?:story|article).*|\d+\s*-?\s*min(?:ute)?s?\s+read
      |(?:इस\s+)?(?:पृष्ठ|पेज|ख\u093c?बर|लेख)\s+को\s+(?:प्रिंट|शेयर)\s+करें|हर\s+दिन\s+कुछ\s+नया\s+सीखें
      |(?:जरूर|ज\u093c?रूर)\s+पढ\u093c?ें|संबंधि.?त\s+(?:ख\u093c?बर|फ\u093c?ोटो|वीडियो).*
      |(?:पूर[ाी]|और|आगे)\s+(?:ख\u093c?बर\s+|लेख\s+)?पढ\u093c?(?:ें|िए)|(?:read|show|view)\s+(?:more|full\s+story|less)
      |view\s+(?:this\s+post\s+on|on)\s+\w+|नीचे\s+(?:कमेंट|कॉमेंट).*
      |(?:last|first)\s+(?:updated|published)\b.*
      |(?:updated|published|posted|edited)\s+(?:on|by|at)\b.{0,100}|\d{1,3}
      |(?:photo|image|pic|फ\u093c?ोटो|तस्वीर)
        \s*(?:credit|courtesy|साभार|सौजन्य|क्रेडिट)?\s*[:：-].{0,80}
      |(?:recommended|more|top\s+stor(?:y|ies))\s+from\s+\w+
      |trending\s*(?:now|videos?|photos?|news|stories)?|top\s+(?:news|headlines|stories)
      |(?:ट्रे[ंन]्?ड[िी]ंग|लेटेस्ट|टॉप|बड़?ी)\s*(?:वीडियो(?:ज़?)?|फ़?ोटो(?:ज़?)?|न्यूज़?|ख़?बरें|हेडलाइंस|स्टोरी(?:ज़?)?)
      |स(?:ं|म्)ब(?:ं|न्)धित\s+(?:ख़?बरें|विषय|लेख|समाचार|टॉपिक)|अन्य\s+(?:ख़?बरें|समाचार)|ख़?बरें\s+और\s+भी
      |आपको\s+यह\s+भी\s+पसंद\s+आ\s+सकता\s+है
      |ट्रे[ंन]्?ड[िी]ंग|विस्तार|सार|समय\s+कम\s+है|जानिए\s+मुख्य\s+बातें.{0,40}|disclaimer|डिस्क्लेमर|अस्वीकरण
      |\d{1,2}\s*/\s*\d{1,2}|\d{1,2}:\d{2}
      |hindi\s+news|(?:फ़?्?री|पढ़?ें)?\s*[इई]-?\s?पेपर|(?:\S+\s+)?सब्सक्राइब\s+करें|कन्वर्सेशन\s+शुरू\s+करें
      |टिप्पणियों\s+पर\s+जाएँ|छोड़?कर\s.{0,30}\sआगे\s+बढ़?ें
      |(?:(?:सांकेतिक|प्रतीकात्मक|फाइल|फ़?ाइल)\s+(?:तस्वीर|फ़?ोटो|चित्र))
    )[\W_]*$""",
    re.I | re.X,
)
_RIGHTS_LINE = re.compile(r"^[\W_]*.*\ball\s+rights\s+reserved\b.*[\W_]*$", re.I)
_CAPTION_LABEL = re.compile(r"^[\W_]*(?:photo|image|pic|फ\u093c?ोटो|तस्वीर)\s*[:：-]", re.I)
_CHANNELS = (
    r"(?:whats?app|व्हाट्स\s*ए?प|वॉट्सऐप|वाट्सएप|telegram|टेलीग्राम|google\s*news|गूगल\s*न्यूज\u093c?"
    r"|facebook|फेसबुक|twitter|ट्विटर"
    r"|youtube|यू\s*-?ट्यूब|instagram|इंस्टाग्राम|चैनल|channel|\bapp?\b|ऐप|एप|पेज|सोशल\s+मीडिया"
    r"|[इई]-?\s?पेपर|e-?paper|दिए\s+गए\s+लिंक|newsletter|न्यूज\u093c?लेटर|inbox)"
)
# Imperatives only: "डाउनलोड करना होगा" can be advice within an article.
_CALLS_TO_ACTION = (
    r"(?:जुड\u093c?(?:ें|े\s+रहें|िए)|(?:फ\u093c?ॉलो|स(?:ब्स|बस्)क्राइब|डाउनलोड|इंस्टॉल|लाइक|क्लिक|ज्वाइन"
    r"|जॉइन)\s+(?:करें|करे|करिए|कीजिए|कर\b)|ग्रुप\s+में\s+जोड़?ें"
    r"|\bjoin\b|\bfollow\b|\bsubscribe\b|\bdownload\b|\binstall\b|like\s+us|click\s+here"
    r"|delivered\s+to)"
)
_CALL_TO_ACTION_HINTS = Hints(  # every call to action contains one of these
    "जुड|जोड|ॉलो|क्राइब|डाउनलोड|इंस्टॉल|लाइक|क्लिक|ज्वाइन|जॉइन|join|follow|subscribe|download|install"
    "|like|click|delivered"
)
_PROMO = re.compile(
    rf"{_CHANNELS}.{{0,160}}{_CALLS_TO_ACTION}|{_CALLS_TO_ACTION}.{{0,120}}{_CHANNELS}", re.I | re.S
)
_PUBLISHER_WORDS = re.compile(
    r"हमारे|हमारी|हमें|हमसे|आप\s+हम|\bour\b|\bus\b|ख\u093c?बर|न्यूज\u093c?|समाचार|अपडेट|अलर्ट|\bnews\b"
    r"|\bupdates?\b|\balerts?\b|\bheadlines\b|best\s+of",
    re.I,
)
_PAYWALL = re.compile(
    r"पूरी\s+ख\u093c?बर\s+पढ\u093c?(?:ें|ने)|अधूरा\s+नहीं|qr\s+(?:कोड\s+)?स्कैन|प्रीमियम\s+मेंबरशिप"
    r"|ऐप\s+(?:खोलें|डाउनलोड)|लॉगिन\s+करें"
    r"|हम\s+डाटा\s+संग्रह\s+टूल्स|रियल\s+टाइम\s+अलर्ट"
    r"|(?:subscribe|log\s?in|sign\s?in|register)\s+to\s+(?:read|continue|unlock)"
    r"|sign\s+in\s+or\s+create\s+an\s+account|पढ\u093c?ना\s+जारी\s+रखने",
)
_PAYWALL_HINTS = Hints("पूरी|अधूरा|स्कैन|प्रीमियम|ऐप|लॉगिन|संग्रह|अलर्ट|जारी|subscribe|log|sign|register")
# Requests for the reader's own consent, near players and forms: first or second person, because an
# article about privacy writes about other people's consent.
_CONSENT = re.compile(
    r"(?:\bI\b|\byou(?:r)?\b|by\s+(?:signing|clicking|subscribing)|\bich\b|\bsie\b"
    r"|\b(?:d|m)einer?\b|\bihre[mr]?\b|\bmoi\b|आप|मैं).{0,200}"
    r"(?:privacy\s+(?:policy|notice)|terms\s+of\s+(?:use|service)|personenbezogene\w*\s+daten"
    r"|datenschutz\w+|privatsphäre-einstellungen"
    r"|externe[nr]?\s+inhalt\w*|newsletter\b.{0,80}\bzu\b|गोपनीयता\s+नीति"
    r"|प्राइवेसी\s+पॉलिसी).{0,300}$"
    r"|^[\W_]*externer\s+inhalt\b|^[\W_]*empfohlener\s+redaktioneller\s+inhalt\b",
    re.I | re.S,
)
_CONSENT_VERB = re.compile(
    r"agree|accept|consent|einverstanden|einwillig|zustimm|stimme\b|willig|anzeigen|angezeigt"
    r"|einstellungen|inhalt|सहमत",
)
_CONSENT_HINTS = Hints(
    "agree|accept|consent|einverstanden|willig|stimm|anzeigen|angezeigt|einstellungen|inhalt|सहमत"
)
# Requests for donations.
_DONATION = re.compile(
    r"(?:हमारी\s+पत्रकारिता|स्वतंत्र\s+पत्रकारिता|गैर-?\s?लाभकारी|हमारा\s+(?:साथ|सहयोग|समर्थन)"
    r"|our\s+(?:journalism|work|newsroom)|independent\s+journalism).{0,300}"
    r"(?:सहयोग|समर्थन|आर्थिक\s+मदद|दान|सब्स?क्राइब)\s*(?:करें|कीजिए|दें|करने|देने)?"
    r"|(?:support|donate|contribute|unterstützen\s+sie).{0,120}(?:our\s+(?:journalism|work"
    r"|newsroom)|independent\s+journalism|spende\b|mitglied\b)",
    re.S,
)
_DONATION_HINTS = Hints(
    "पत्रकारिता|लाभकारी|हमारा|our|independent|support|donate|contribute|unterstützen"
)
# The publisher's advertisement for itself below every article.
_TAGLINE = re.compile(
    r"(?:ताज़?[ाी]\s+(?:-?तरीन\s+)?ख़?बर|ब्रेकिंग\s+(?:हिंदी\s+)?न्यूज़?).{0,300}(?:सबसे\s+(?:पहले|सटीक"
    r"|लोकप्रिय)|live\s+tv|\(hindi\s+news\)|लाइव\s+न्यूज़?|पढ़?ें)"
    r"|\bget\s+(?:all|the\s+latest)\b.{0,60}\bnews\b"
    r"|\bstay\s+(?:updated|tuned)\s+(?:with|to)\s+us\b"
    r"|^\W*(?:stay|keep)\s+(?:yourself\s+)?(?:updated|informed|connected|tuned)\s+(?:with|to|on|for)\b"
    r".{0,200}\b(?:news|latest|updates?|stories|our)\b"
    r"|^\W*for\s+(?:more|all|the\s+latest)\b.{0,80}\b(?:news|updates?|articles|stories)\b.{0,120}"
    r"\b(?:click|visit|follow|download|subscribe|read|check|stay|log\s+on)\b"
    r"|ताज्या\s+(?:बातम्या|घडामोडी).{0,200}(?:वाचा|पाहा|फॉलो|जॉइन|डाउनलोड)"
    r"|(?:সর্বশেষ|টাটকা|সব)\s+খবর.{0,200}(?:প\u09a1\u09bc(?:ুন|তে)|ফলো|চোখ\s+রাখুন)"
    r"|(?:તાજા|વધુ|લેટેસ્ટ)\s+સમાચાર.{0,200}(?:વાંચો|ફોલો|જોડાઓ|જુઓ|ક્લિક)"
    r"|(?:తాజా|మరిన్ని|లేటెస్ట్).{0,60}వార్తల.{0,160}(?:చదవండి|చూడండి|ఫాలో|క్లిక్)"
    r"|(?:உடனுக்குடன்|சமீபத்திய|அண்மை).{0,60}செய்தி.{0,160}(?:படிக்க|பின்தொடர|இணைய|கிளிக்)",
    re.I | re.S,
)
_TAGLINE_HINTS = Hints("ताज|ब्रेकिंग|get|stay|keep|for|খবর|સમાચાર|వార్తల|செய்தி")
_SYNDICATION_NOTE = re.compile(
    r"ऑटो-?\s?फ़?ीड|स्वतः\s+प्रकाशित|सिंडिकेट\w*\s+फ़?ीड|auto-?generated\s+from|not\s+been\s+edited\s+by"
    r"|published\s+from\s+a\s+syndicated"
    r"|(?:सामान्य|मान्यता|स्रोत|विशेषज्ञ).{0,200}(?:पुष्टि|दावा).{0,40}नहीं\s+करत[ाेी](?:\s+है)?\s*[।.]?$"
    r"|कमेंट\s+(?:बॉक्स|सेक्शन)|(?:ख़?बर|रिपोर्ट|लेख)\s+(?:आपको\s+)?कैस[ाी]\s+लग[ाी]",
    re.S,
)
_SYNDICATION_HINTS = Hints("ऑटो|स्वतः|सिंडिकेट|auto|edited|syndicated|करत|कमेंट|कैस")
# Everything after this line is the author's biography.
AUTHOR_LINE = re.compile(r"^[\W_]*(?:लेखक\s+के\s+बारे\s+में|about\s+the\s+author|विस्तृत\s+बायो)", re.I)
_DISCLAIMER = re.compile(r"^[\W_]*(?:disclaimer|डिस्क्लेमर|अस्वीकरण)\b\s*[:：\-–]", re.I)


Wording = Literal["", "doubtful", "certain"]

# An end of a line that makes it a sentence, not a label or a headline.
_STATEMENT_END = re.compile(r"[।.][\"”’'»)\]]*$")
# Somebody else says it, or it is advised against: a report, not the publisher's own request.
_REPORTED = re.compile(
    r"\sने\s.{0,120}(?:कहा|कही|लिखा|बताया|पूछा|अपील|सलाह|चेतावनी|निर्देश|दावा|पोस्ट|ट्वीट)"
    r"|(?:कहा|लिखा|बताया|दी)\s+(?:है\s+)?कि[\s,:]"
    r"|\b(?:said|says|told|asked|advised|urged|warned|wrote|according\s+to)\b",
    re.I | re.S,
)
_NEGATED = re.compile(
    r"(?:^|\s)(?:न|ना|मत|नहीं)\s+(?:ही\s+)?\S{1,12}ें|(?:^|\s)न\s+करें|\b(?:do\s+not|don['’]t|never)\b",
    re.I,
)
# Requests that end the line, made to the reader: an imperative as the last verb.
_REQUEST_END = re.compile(
    r"(?:[ेए][ंँ]|िए|िये|जिए|करे|सकते\s+हैं|लगी|लगा|\b(?:now|here|us|today|app|channel|updates?|news|alerts?))[\W_]*$",
    re.I,
)
_REQUEST_START = re.compile(
    r"[\W_]*(?:please\s+)?(?:create|sign|log\s?in|subscribe|register|join|follow|download|get|click"
    r"|support|donate|like|stay)\b",
    re.I,
)
# An offer of news: "to read all news, …"
_NEWS_OFFER = re.compile(
    r"(?:ख\u093c?बर|समाचार|न्यूज\u093c?|अपडेट|अलर्ट|\bnews|\bupdates?)\S*\s.{0,40}(?:के\s+लिए|पाएं|पाने|पाइए)"
    r"|\b(?:for|get)\b.{0,40}\b(?:news|updates?|alerts?)\b",
    re.I | re.S,
)
_OWN_CHANNEL = re.compile(
    rf"(?:हमारे|हमारी|हमारा|हमें|हमसे|आप\s+हम|\bour\b|\bus\b|आपको|अपनी\s+राय|\byou\b|\byour\b).{{0,60}}{_CHANNELS}"
    rf"|{_CHANNELS}.{{0,60}}(?:हमसे|हमें|हमारे|\bus\b|\bour\b)"
    r"|(?:ख\u093c?बर|लेख|रिपोर्ट|स्टोरी)\s+(?:आपको\s+)?कैस[ाी]\s+लग[ाी].{0,60}(?:कमेंट|बताए|राय)|(?:हमें|अपनी\s+राय|आप).{0,80}कमेंट"
    r"|आपको\s.{0,30}कैस[ाी]\s+लग[ाी]|हमारी\s+पत्रकारिता|स्वतंत्र\s+पत्रकारिता|our\s+(?:journalism|newsroom)|independent\s+journalism",
    re.I | re.S,
)
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_MAX_REQUEST = 600  # characters of a line that asks readers for something
# Characters of a line whose answers are kept: menus and cards are the same on all pages of a site.
# Twice 16,384 lines are at most 10 MB.
_MAX_RECALLED = 80
_SHORT_LINE = 40  # letters: a line that is nothing but the phrase
# The verb of an also-read line is followed by its object, not by the rest of a sentence.
_ALSO_READ_SEPARATOR = re.compile(
    rf"^[\W_]*{_ALSO_READ}\s*(?:[:：\-–—|>»*•👉📌…(\[\"“‘']|\.{{2,}}|$)", re.I
)


def match_wording(
    text: str,
    link_share: float = 0.0,
    bold_share: float = 0.0,
    publishers: Sequence[str] = (),
) -> Wording:
    """Whether a line is boilerplate by its wording, as `_judge_wording` says. The answers for short
    lines are kept.
    """
    judge = _recall_wording if len(text) <= _MAX_RECALLED else _judge_wording
    return judge(text, link_share, bold_share, tuple(publishers))


def _judge_wording(
    text: str, link_share: float, bold_share: float, publishers: tuple[str, ...]
) -> Wording:
    """Whether a line is boilerplate by its wording: "certain" if a second sign agrees (it links,
    is nothing but the phrase, is set off in bold, or asks the reader to follow the publisher
    itself), "doubtful" if an article may say the same. `publishers`: names of the publisher.

    The length limits keep long paragraphs that only mention such a phrase; chosen by hand, not
    measured.
    """
    if not comparison_key(text):
        return "certain"
    is_line = len(text) < 900 and _is_boilerplate_line(text)
    is_link = link_share > 0.3
    if not is_line and len(text) < 900 and _DISCLAIMER.match(text):
        return "certain"
    is_also_read = not is_line and (is_link or len(text) < 200) and bool(ALSO_READ_LINE.match(text))
    if not (is_line or is_also_read or _mentions_request(text)):
        return ""
    is_statement = len(text) >= _SHORT_LINE and bool(_STATEMENT_END.search(text))
    if is_also_read:
        is_label = is_link or not is_statement or bool(_ALSO_READ_SEPARATOR.match(text))
        return "certain" if is_label else "doubtful"
    if is_link or (bold_share > 0.95 and not is_statement):
        return "certain"
    is_reported_line = is_statement and is_reported(text)
    if not is_reported_line and _is_own_request(text, publishers):
        return "certain"
    if is_line:
        is_caption = len(text) > _SHORT_LINE and bool(_CAPTION_LABEL.match(text))
        return "doubtful" if is_statement or is_caption else "certain"
    # a label or a headline: only in Hindi can it be the article's own
    return "doubtful" if is_statement or _DEVANAGARI.search(text) else "certain"


_recall_wording = lru_cache(maxsize=1 << 14)(_judge_wording)


def _is_boilerplate_line(text: str) -> bool:
    return bool(
        _BOILERPLATE_LINE.match(text) or ("ght" in text.lower() and _RIGHTS_LINE.match(text))
    )


def _is_own_request(text: str, publishers: Sequence[str]) -> bool:
    """Whether a line asks the reader to follow the publisher itself, or to consent."""
    return bool(
        _REQUEST_START.match(text)
        or (_REQUEST_END.search(text) and (_OWN_CHANNEL.search(text) or _NEWS_OFFER.search(text)))
        or any(name and name in text for name in publishers)
        or (len(text) < _MAX_REQUEST and _asks_for_consent(text, text.lower()))
    )


def _mentions_request(text: str) -> bool:
    """Whether a line has the words of promotion, a syndication note, a request for donations or
    consent, or a paywall notice.
    """
    if len(text) >= _MAX_REQUEST:
        return False
    lower = text.lower()
    has_latin = has_latin_letters(lower)
    if (
        len(text) < 350
        and _CALL_TO_ACTION_HINTS.occur_in(lower, has_latin=has_latin)
        and _PUBLISHER_WORDS.search(text)
        and _PROMO.search(text)
    ):
        return True
    if len(text) < 500 and (
        (_TAGLINE_HINTS.occur_in(lower, has_latin=has_latin) and _TAGLINE.search(text))
        or (
            _SYNDICATION_HINTS.occur_in(lower, has_latin=has_latin)
            and _SYNDICATION_NOTE.search(lower)
        )
    ):
        return True
    if (
        _DONATION_HINTS.occur_in(lower, has_latin=has_latin) and _DONATION.search(lower)
    ) or _asks_for_consent(text, lower, has_latin=has_latin):
        return True
    return (
        len(text) < 160
        and _PAYWALL_HINTS.occur_in(lower, has_latin=has_latin)
        and bool(_PAYWALL.search(lower))
    )


def _asks_for_consent(text: str, lower: str, *, has_latin: bool | None = None) -> bool:
    return bool(
        _CONSENT_HINTS.occur_in(lower, has_latin=has_latin)
        and _CONSENT_VERB.search(lower)
        and _CONSENT.search(text)
    )


def is_reported(text: str) -> bool:
    """Whether a sentence reports what somebody says, or advises against it."""
    return bool(_REPORTED.search(text) or _NEGATED.search(text))


def strip_also_read(text: str, link_share: float = 0.0) -> str:
    """Returns a paragraph without an also-read line appended to its end: one that links, is set off
    by a sign, or is nothing but the phrase. The answers for short lines are kept.
    """
    strip = _recall_stripped if len(text) <= _MAX_RECALLED else _strip_phrase
    return strip(text, link_share)


def _strip_phrase(text: str, link_share: float) -> str:
    if not _ALSO_READ_HINTS.occur_in(text.lower()):
        return text
    tail = _ALSO_READ_TAIL.search(text)
    is_line = tail and (
        link_share > 0 or not tail["rest"] or tail["open"] or _ALSO_READ_SIGN.match(tail["mark"])
    )
    cut = text[: tail.start()] if tail and is_line else text
    dangling = _ALSO_READ_DANGLING.search(cut, len(cut.rstrip(_DANGLING_END)) - _MAX_ALSO_READ)
    cut = (cut[: dangling.start()] if dangling else cut).rstrip()
    return (cut if cut == text else _ELLIPSIS.sub("", cut)) or text


_recall_stripped = lru_cache(maxsize=1 << 14)(_strip_phrase)
