"""Names that no rule of spelling brings together, one thing a line. An archive adds its own (`khabar aliases`)."""

from __future__ import annotations

_GROUPS = """
अंतर्राष्ट्रीय, अंतरराष्ट्रीय, अन्तरराष्ट्रीय
काश्मीर, कश्मीर
दवा, दवाई
नया, नए, नई
खान, खां
ऐप, एप, app
गांव, gaon
स्कूल, school
स्टेशन, station
बस, bus
बैंक, bank
मानसून, monsoon
सुप्रीम कोर्ट, supreme court, उच्चतम न्यायालय, सर्वोच्च न्यायालय
हाई कोर्ट, high court, उच्च न्यायालय
यूनिवर्सिटी, university, विश्वविद्यालय
कॉलेज, college
पुलिस, police
दिल्ली, delhi
नई दिल्ली, new delhi
लखनऊ, lucknow
नोएडा, noida
गाजियाबाद, ghaziabad
ग्वालियर, gwalior
अहमदाबाद, ahmedabad
उन्नाव, unnao
इटावा, etawah
हजारीबाग, hazaribagh
रीवा, rewa
श्रीनगर, srinagar
कर्नाटक, karnataka
तेजस्वी, tejashwi
पंजाब, punjab
हैदराबाद, hyderabad
बेंगलुरु, बेंगलूरु, बंगलुरु, बंगलौर, bengaluru, bangalore
मुंबई, mumbai, बंबई, bombay
कोलकाता, कलकत्ता, kolkata, calcutta
गुरुग्राम, गुड़गांव, gurugram, gurgaon
प्रयागराज, इलाहाबाद, prayagraj, allahabad
वाराणसी, बनारस, varanasi, banaras
यूपी, उत्तर प्रदेश, up, uttar pradesh
एमपी, मध्य प्रदेश, mp, madhya pradesh
प्रधानमंत्री, पीएम, pm, prime minister
मुख्यमंत्री, सीएम, cm, chief minister
भाजपा, बीजेपी, bjp, भारतीय जनता पार्टी
कांग्रेस, congress
सपा, समाजवादी पार्टी, sp, samajwadi party
बसपा, बहुजन समाज पार्टी, bsp
आम आदमी पार्टी, aap
आरएसएस, राष्ट्रीय स्वयंसेवक संघ, rss
सीबीआई, cbi
ईडी, प्रवर्तन निदेशालय, ed
एनआईए, nia
आयकर, इनकम टैक्स, income tax
जीएसटी, gst
क्रिकेट, cricket
आईपीएल, ipl
बजट, budget
ट्रेन, train
रेलवे, railway
एयरपोर्ट, हवाई अड्डा, airport
कोविड, कोरोना, covid, corona
व्हाट्सएप, व्हाट्सऐप, वॉट्सऐप, whatsapp
फेसबुक, facebook
यूट्यूब, youtube
ट्विटर, twitter
अमेरिका, अमरीका, america
ओडिशा, उड़ीसा, odisha, orissa
चेन्नई, मद्रास, chennai, madras
पुणे, पूना, pune
वडोदरा, बड़ौदा, vadodara, baroda
तिरुवनंतपुरम, त्रिवेंद्रम, thiruvananthapuram, trivandrum
पुडुचेरी, पांडिचेरी, puducherry, pondicherry
मैसूर, मैसुरु, mysore, mysuru
पश्चिम बंगाल, west bengal
चुनाव आयोग, निर्वाचन आयोग, election commission
गृह मंत्री, home minister
वित्त मंत्री, finance minister
रक्षा मंत्री, defence minister
राष्ट्रपति, president
राज्यपाल, governor
दोबारा, दुबारा
अक्टूबर, अक्तूबर, october
इजरायल, इजराइल, इस्राइल, इसराइल, israel
मेरठ, meerut
सिंधिया, scindia
ईद, eid
"""


Group = tuple[str, ...]


def parse(line: str) -> Group:
    """One line of the table: names of one thing, parted by commas."""
    return tuple(dict.fromkeys(name.strip() for name in line.split(",") if name.strip()))


GROUPS: tuple[Group, ...] = tuple(map(parse, _GROUPS.strip().splitlines()))
