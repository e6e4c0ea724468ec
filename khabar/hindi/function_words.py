"""Hindi words that say nothing of a subject: postpositions, pronouns, conjunctions, auxiliaries."""

from __future__ import annotations

from khabar.hindi.normalize import fold_word

# A closed class of words, so a list; none of them is worth suggesting to who searches.
_WORDS = """
में का के की को से ने पर तक द्वारा साथ लिए बीच बाद पहले ऊपर नीचे तरफ़ ओर बिना वाला वाले वाली
और या व एवं तथा लेकिन मगर पर किंतु परंतु कि क्योंकि तो भी ही जब तब अगर यदि फिर जो सो न नहीं ना मत
यह ये वह वे इस इन उस उन इसे उसे इसका उसका इसके उसके इसकी उसकी इनके उनके इनका उनका अपना अपने अपनी
हम तुम आप मैं मेरा मेरे हमारा कौन क्या क्यों कब कहाँ कैसे कितना कितने कितनी कोई कुछ कई सब सभी हर
है हैं हो होगा होगी होंगे था थे थी हुआ हुए हुई होता होते होती होने रहा रहे रही रहेगा रहेगी रहेंगे गया गए गई
किया किए की करने कर करता करते करती करेगा करेंगे दिया दिए दी देने जाना जाने जाएगा जाता सकता सकते सकती
एक अब आज कल यहाँ वहाँ बहुत अधिक
""".split()
FUNCTION_WORDS = frozenset(map(fold_word, _WORDS))
