"""Regular patterns of identifiers on folded text: contacts, numbers, dates, addresses, titled names, high ages.

Each pattern is tried only around strings that its matches hold, and every repetition is bounded, so that no text takes
more than linear time. What a found value is replaced by is not decided here.
"""

import re
from collections.abc import Callable

from heal_pipeline.deid import spoken
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.matching import DIGITS, Around, Span, found, pattern

MONTH_NAMES = "January February March April May June July August September October November December".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
DIGIT_WORDS = "zero one two three four five six seven eight nine".split()

CONTACT_TYPES = ("EMAIL_ADDRESS", "URL", "IP_ADDRESS", "PHONE_NUMBER", "US_SSN")
"""Types that a re-scan of the output finds by form alone, and whose surrogates lie in reserved ranges."""
NUMBER_TYPES = ("MEDICAL_RECORD_NUMBER", "ID", "CREDIT_CARD")

_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|mar(?:ch)?|may)"
_CLEAR_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june|july|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|mar|(?-i:March|May|MAY|MARCH))"
"""Months that are no other word in the same case."""
_BARE_MONTHS = "january february july september october november december".split()
"""Months whose whole name is neither another word nor a frequent first name."""
_BARE_MONTH = "(?:" + "|".join(_BARE_MONTHS) + ")"
_ORDINAL = "(?:" + "|".join(o.replace("-", r"[\s-]") for o in sorted(ORDINALS, key=len, reverse=True)) + ")"
_YEAR = r"(?:19|20)\d{2}"
_YEAR_WORDS = r"(?:nineteen|twenty|two\sthousand)(?:[\s-](?:and\s)?(?:oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)){1,2}"
_UNIT = r"(?!\s?(?:mg|mcg|ml|units?|iu|kcal|cal|grams?|g|kg|lbs?|pounds|%|percent|steps|years?|yrs?|hours?|hrs?|days?|weeks?|months?|minutes?|min|times|tablets?|pills?|puffs?|drops?|meters|feet|miles|cells|dollars|mm|cm|bpm|mmhg)\b)"
_DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_STREET = r"(?:street|avenue|ave|boulevard|blvd|road|rd|lane|parkway|pkwy|highway|hwy|turnpike|(?<!\n)(?-i:Dr|DR)|(?-i:St|Ln|Ct|Cir|Pl|Ter|Way|Place|Court|Drive|Circle|Terrace|Square|Trail|Loop|Crescent|Alley|Plaza|Row|ST|LN|CT|WAY|DRIVE|COURT|PLACE))"
_NO_ROAD = r"(?:of|and|the|to|in|on|is|by|was|were|with|from|for|at|has|had|his|her|my|per|this|that|when|after|before|until|since)\b"
"""Words of a sentence that is no address ("88, was seen by Dr. Wood")."""
_STATE = r"(?-i:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
_PLAIN_STATE = r"(?-i:A[LKZR]|C[AOT]|DE|FL|GA|I[ADL]|K[SY]|M[EINOT]|N[CDEHJMVY]|OH|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
"""States whose code is neither a credential nor a word."""
CREDENTIAL = r"(?:M\.?D|D\.?O|R\.?N|PA-C|N\.?P|CRNA|LPN|Ph\.?D|D\.?D\.?S|Pharm\.?D|LCSW|MSN|FNP|DPT|CNM|APRN)\b"
_NAME = r"(?-i:[A-Z])[\w'-]{1,30}"
_WITH_DIGIT = r"(?=[\w./-]{0,24}\d)"


def _num_digits(low: int, high: int = 99) -> Callable[[str], bool]:
    return lambda value: low <= sum(c.isdigit() for c in value) <= high


def _is_address(value: str) -> bool:
    return all(0 <= int(part) <= 255 for part in re.findall(r"\d+", value))


_CONTACTS = [
    pattern(
        "EMAIL_ADDRESS",
        r"(?<![\w.+-])[\w.+'-]{1,64}\s?@\s?[\w-]{1,63}(?:\.\n?[\w-]{1,63}|\s\.\s(?:com|org|net|edu|gov)\b){1,5}",
        "@",
        1.0,
    ),
    pattern(
        "EMAIL_ADDRESS",
        r"(?<![\w.+-])[\w.+-]{1,40}(?:\s(?:dot|underscore)\s[\w-]{1,40}){0,3}\sat\s[\w-]{1,40}\s(?:dot|\.)\s(?:com|org|net|edu|gov|co)\b",
        "dot",
        1.0,
    ),
    pattern("URL", r"\bhttps?\s?://[^\s<>\"')\]]{1,300}|\bwww\.[^\s<>\"')\]]{2,300}", "http www.", 1.0),
    pattern(
        "URL",
        r"(?<![\w@.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.(?:com|org|net|edu|gov|io|info|biz|co\.uk|us|ca|de|fr|me|app|health)\b(?:/[^\s<>\"')\]]{0,200})?",
        ".com .org .net .edu .gov .io .info .biz .co .us .ca .de .fr .me .app .health",
    ),
    pattern(
        "IP_ADDRESS",
        r"(?<![\w.])\d{1,3}\.\s?\d{1,3}\.\s?\d{1,3}\.\s?\d{1,3}(?![\w.]*\d)",
        DIGITS,
        accept=_is_address,
    ),
    pattern("IP_ADDRESS", r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,5}(?![\w:])", ":"),
    pattern(
        "IP_ADDRESS",
        r"(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}(?![\w:])",
        "::",
        accept=_num_digits(1),
    ),
    pattern("US_SSN", r"(?<![\w-])\d{3}[- ]\s?\d{2}[- ]\s?\d{4}(?![\w-])", DIGITS, 1.0),
    pattern(
        "US_SSN",
        r"(?:\bssn|social security)\b[^\d\n]{0,30}(?P<v>\d[\d -]{2,10}\d)",
        "ssn social",
        1.0,
    ),
    pattern(
        "PHONE_NUMBER",
        r"(?<![\w.-])(?:\+?1[-. ]{0,2})?(?:\(\s?\d{3}\s?\)\s?-?|\d{3}[-. /]\s?)\d{3}\s?[-. ]\s?\d{4}(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w-]*\d)",
        DIGITS,
        1.0,
    ),
    pattern("PHONE_NUMBER", r"(?<![\w./-])\d{3}-\s?\d{4}(?![\w/-]|\.\d)" + _UNIT, DIGITS, 0.9),
    pattern(
        "PHONE_NUMBER",
        r"(?<![\w+])\+(?:1(?:[\s.()/-]{0,2}\d){10}(?!\d)|\d{1,3}(?:[\s.()/-]{0,2}\d){6,13})(?:\s?x\s?\d{1,6})?",
        "+",
        1.0,
    ),
    pattern(
        "PHONE_NUMBER",
        r"\b(?:phone|tel|telephone|cell|mobile|fax|pager|beeper|callback|call|reach|text|dial)\b[^\d\n+(]{0,25}(?P<v>\(?\d{3}\)?[-. ]{0,2}\d{3}[-. ]\d{4}(?![\d-])|[+(]?\d[\d\s().x/-]{5,24}\d)",
        DIGITS,
        accept=_num_digits(7, 18),
    ),
    pattern("PHONE_NUMBER", rf"\b{_DIGIT}(?:[\s,.-]{{1,3}}{_DIGIT}){{6,20}}\b", " ".join(DIGIT_WORDS)),
    pattern(
        "PHONE_NUMBER",
        r"(?<![\w.,/-])\(?0\d{1,4}\)?(?: \d{2,4}){2,4}(?![\w/]|[.,]\d)",
        DIGITS,
        accept=_num_digits(8, 13),
    ),
    pattern("PHONE_NUMBER", r"(?<![\w.])\d(?:[ .-]\d){6,10}(?![\w.]*\d)", DIGITS, 0.9),
]

_NUMBERS = [
    pattern(
        "MEDICAL_RECORD_NUMBER",
        rf"\b(?:mrn|medical record(?: number| no\.?)?|record (?:number|no\.?|#)|chart (?:number|no\.?|#)|patient (?:id|number|no\.?))\b[\s:#.=()-]{{0,6}}(?:is\s|was\s|number\s)?{_WITH_DIGIT}(?P<v>\w[\w./-]{{1,24}})",
        DIGITS,
        1.0,
    ),
    pattern(
        "ID",
        rf"\b(?:account|acct|policy|member|subscriber|beneficiary|licen[cs]e|certificate|serial|accession|specimen|claim|invoice|order|passport|case|group|plan|npi|dea|vin|plate|device|encounter|visit|reference|confirmation|booking|tracking|id)\b(?:\s(?:number|no\.?|id|plate))?[\s:#.=()-]{{0,5}}(?:is\s|was\s)?{_WITH_DIGIT}(?P<v>\w[\w./-]{{3,24}}(?<![.]))",
        DIGITS,
        0.9,
        accept=_num_digits(3),
    ),
    pattern(
        "CREDIT_CARD",
        r"(?<![\w-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-])",
        DIGITS,
    ),
    pattern(
        "ID", r"(?<!\w)[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?(?!\w)", DIGITS, accept=_num_digits(8)
    ),
    pattern("ID", r"(?<![\w.,/-])\d{7,}(?![\w,]|[./-]\d)" + _UNIT, DIGITS),
    pattern(
        "ID",
        r"(?<![\w-])(?-i:(?=[\w-]{0,24}[A-Z])[A-Z0-9]{1,12}(?:-[A-Z0-9]{1,12}){0,3})(?![\w-])",
        DIGITS,
        0.85,
        accept=lambda v: sum(c.isdigit() for c in v) >= 5 and not re.match(r"\d+[A-Z]+$", v),
    ),
    pattern(
        "ID",
        r"(?<![\w./-])\d{2,8}(?:-\s?\d{2,8}){1,3}(?:-[A-Z0-9]{1,3})?(?![\w/-]|\.\d)" + _UNIT,
        DIGITS,
        0.85,
        _num_digits(7),
    ),
]

_ANY_MONTH = " ".join(m[:3] for m in MONTH_NAMES).lower()
_DATES = [
    pattern("DATE_TIME", r"(?<![\d/.-])\d{1,2}([/-])\s?\d{1,2}\1\s?(?:\d{4}|\d{2})(?![\d/-])", DIGITS),
    pattern("DATE_TIME", r"(?<![\d/.-])\d{1,2}\.\s?\d{1,2}\.\s?(?:19|20)\d{2}(?!\d)", DIGITS),
    pattern(
        "DATE_TIME",
        rf"(?<![\w/.-]){_YEAR}([-/.])\s?\d{{1,2}}\1\s?\d{{1,2}}(?:[T ]\d{{2}}:\d{{2}}(?::\d{{2}})?Z?)?(?!\d)",
        DIGITS,
    ),
    pattern("DATE_TIME", rf"(?<![\d/])(?:0?[1-9]|1[0-2])/{_YEAR}(?!\d)", DIGITS),
    pattern(
        "DATE_TIME",
        rf"(?<!\w){_MONTH}\.?,?[\s-]{{1,2}}(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)?(?!\d|[.:/]\d){_UNIT}(?:,?\s{{1,2}}(?:of\s)?(?:{_YEAR}|{_YEAR_WORDS})|,?\s?'\d{{2}}|-(?:{_YEAR}|\d{{2}})(?!\d))?(?!\w)",
        _ANY_MONTH,
    ),
    pattern(
        "DATE_TIME",
        rf"(?<![\w.])\d{{1,2}}(?:(?:st|nd|rd|th)(?:\s(?:day\s)?of)?\s{_MONTH}|(?:\sof\s|[\s-]){_CLEAR_MONTH}|[\s-]{_MONTH}(?=\.?[\s,-]{{1,2}}{_YEAR}))\.?(?:[\s,-]{{1,2}}(?:of\s)?(?:{_YEAR}|{_YEAR_WORDS})|-\d{{2}}(?!\d)|,?\s?'\d{{2}})?(?!\w)",
        _ANY_MONTH,
    ),
    pattern(
        "DATE_TIME",
        rf"(?<!\w){_MONTH},?\s(?:the\s)?{_ORDINAL}(?:,?\s(?:of\s)?(?:{_YEAR}|{_YEAR_WORDS}))?(?!\w)",
        _ANY_MONTH,
    ),
    pattern(
        "DATE_TIME",
        rf"(?<!\w){_ORDINAL}\s(?:day\s)?of\s{_MONTH}(?:,?\s(?:of\s)?(?:{_YEAR}|{_YEAR_WORDS}))?(?!\w)",
        _ANY_MONTH,
    ),
    pattern("DATE_TIME", rf"(?<!\w){_MONTH}\.?,?\s{{1,2}}(?:of\s)?(?:{_YEAR}|'\d{{2}})(?!\w)", _ANY_MONTH),
    pattern(
        "DATE_TIME",
        r"\b(?:on|since|from|until|till|dated?|dob|through|thru|admitted|discharged|due|visit|seen)\s?:?\s(?P<v>\d{1,2}/\d{1,2})(?![\d/])",
        DIGITS,
        0.8,
    ),
    pattern(
        "DATE_TIME",
        r"\b(?:dob|date of birth|birth ?date|birthday|born)\b[^\d\n]{0,12}(?P<v>\d{6,8}|\d{1,2}[\s./-]\d{1,2}[\s./-]\d{2,4})(?!\d)",
        DIGITS,
    ),
    pattern("DATE_TIME", rf"(?<!\w){_BARE_MONTH}(?!\w)", " ".join(_BARE_MONTHS), 0.8),
    pattern(
        "DATE_TIME",
        rf"\b(?:in|since|last|next|early|late|mid|until|during|every)[\s-](?P<v>{_MONTH})(?!\w)",
        _ANY_MONTH,
        0.8,
    ),
]

_TENS = r"(?:ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a|one)\shundred(?:\sand\s\w{3,10})?)"
_AGES = [
    pattern("AGE", r"(?<![\w./-])(?P<v>9\d|1[01]\d)(?-i:\s?(?:yo\s?)?[MF])(?!\w)", DIGITS),
    pattern(
        "AGE",
        rf"\b(?P<v>9\d|1[01]\d|{_TENS})(?:'s)?[\s-]{{0,2}}(?:years?|yrs?|y)\b[\s.-]{{0,2}}(?:of\sage|old|/?o\b)?",
        "9 10 11 hundred ninety",
    ),
    pattern(
        "AGE",
        rf"\b(?P<v>(?:9\d|1[01]\d)(?:st|nd|rd|th)|ninetieth|ninety[\s-]{_ORDINAL}|hundredth)\sbirthday",
        "birthday",
    ),
    pattern(
        "AGE",
        rf"\b(?:he|she|pt|patient|mother|father|mom|dad|mum|grandmother|grandfather|grandma|grandpa|wife|husband|aunt|uncle|i|you|they)(?:\s(?:is|was|am|are|turned)|'s|'m|'re)\s(?:now\s|already\s|almost\s)?(?P<v>9\d|1[01]\d|{_TENS})(?=\s?[.,;!?](?!\d)|\s(?:and|but|now|who|with)\b|\s?$)",
        "9 10 11 hundred ninety",
        0.8,
    ),
    pattern("AGE", r"\b(?P<v>9\d|1[01]\d)\s?(?:y\.?/?o\.?)(?!\w)", DIGITS),
    pattern(
        "AGE",
        rf"\b(?:age[ds]?|turned|turning|turns)\b[\s:=]{{1,3}}(?:of\s|is\s)?(?P<v>9\d|1[01]\d|{_TENS})(?![\w%+/]|\.\d)",
        "age turn",
    ),
]

_PLACES = [
    pattern(
        "LOCATION",
        rf"(?<![\w./-])\d{{1,5}}[A-Z]?,?\s(?:[NSEW]\.?\s|(?:north|south|east|west)\s)?(?:(?!{_NO_ROAD}|\d+\s)[\w'.]{{2,20}}\s){{1,3}}{_STREET}\b\.?(?:,?\s(?:apt|apartment|suite|ste|unit|#)\.?\s?\w{{1,6}})?(?:,?\s(?:{_NAME}\s?){{1,3}},\s{_STATE}(?:\s\d{{5}}(?:-\d{{4}})?)?)?",
        DIGITS,
        0.9,
    ),
    pattern("LOCATION", r"\b(?:apt|apartment|suite|ste)\.?\s?#?\s?\d{1,5}[A-Z]?(?!\w)", DIGITS),
    pattern(
        "LOCATION",
        r"\b(?:the\s)?corner\sof\s(?!(?:the|my|your|his|her|their|our|an?|each|every)\b)(?:[\w'.]{1,20}[ ]){1,4}(?:and|&)(?:[ ]\d{1,5})?(?:[ ](?-i:[A-Z])[\w'-]{1,30}){1,2}|\b(?:the\s)?corner\sof\s\w{2,20}\sand\s(?!the\b)\w{2,20}",
        "corner",
        0.85,
    ),
    pattern(
        "LOCATION",
        rf"\b(?:on|off|at|near|to|from|down|along)\s(?P<v>(?:{_ORDINAL}|\d{{1,3}}(?:st|nd|rd|th)|main|park|oak|maple|elm|cedar|pine|lake|hill|market|church|high|mill|broad)\s(?:street|avenue))\b",
        "street avenue",
        0.8,
    ),
    pattern("LOCATION", r"\bp\.?\s?o\.?\s?box\s\d{1,6}", "box", 1.0),
    pattern(
        "LOCATION",
        rf"(?<!\w)(?:{_NAME}\s){{0,2}}{_NAME},\s(?:{_STATE}\s\d{{5}}(?:-\d{{4}})?|{_PLAIN_STATE})(?!\w)",
        ", ",
        0.9,
    ),
    pattern("LOCATION", rf"(?<!\w){_STATE},?\s(?P<v>\d{{5}}(?:-\d{{4}})?)(?![\w-])", DIGITS),
    pattern("LOCATION", r"\bzip(?:\s?code)?\b[\s:#-]{0,3}(?:is\s)?(?P<v>\d{5}(?:-\d{4})?)(?![\w-])", "zip", 1.0),
]

_CARE = r"(?-i:(?:Family|Internal|Emergency|Sports) Medicine|Family Practice|Medical (?:Center|Associates|Group|Clinic|Partners)|(?:Primary|Urgent|Hospice) Care|Health (?:Center|System|Partners|Network)|Hospital|Nursing Home|Surgery Center)"
_PLACES.append(
    pattern(
        "LOCATION",
        rf"(?<!\w)(?:(?!(?-i:The|A|An|Our|Your|Any|No|To|Call|See|Visit|Via|From|At|In|For|Nearest|Local)\b)(?:(?-i:St|Mt|Ft)\.|{_NAME}) ){{1,3}}{_CARE}(?!\w)",
        "medicine practice medical care health hospital home surgery",
        0.85,
    )
)
_PLACES.append(
    pattern(
        "LOCATION", rf"(?<!\w)(?-i:Saint|Fort|Mount|St\.|Ft\.|Mt\.) {_NAME}(?!\w)", "saint fort mount st. ft. mt.", 0.85
    )
)

_PEOPLE = [
    pattern("PERSON", rf"(?<!\w){spoken.TITLED}(?!(?:practitioner|physician|assistant|surgeon|signature|note|name|general)\b)(?P<v>{_NAME}(?:\s(?:[A-Z]\.?\s)?{_NAME})?)", "dr mr ms miss doc prof nurse rev judge off sgt lt cap att surg"),
    pattern("PERSON", rf"(?<!\w)(?P<v>{_NAME}\s(?:(?-i:[A-Z])\.?\s)?{_NAME}),?\s(?-i:{CREDENTIAL})", "MD M.D DO D.O RN R.N PA-C NP N.P CRNA LPN Ph Phar LCSW MSN FNP DPT CNM APRN DDS D.D"),
    pattern("PERSON", rf"\b(?:patient name|pt name|full name|name|next of kin|emergency contact|spouse|guardian)\s?:\s?(?P<v>{_NAME}\b(?!\s?:)(?:,?[ ]{_NAME}\b(?!\s?:)){{0,2}})", "name kin contact spouse guardian"),
    pattern("PERSON", rf"(?<!\w)(?P<v>{_NAME},[ ]{_NAME}(?:[ ][A-Z]\.?)?)[ ]?[(|,;/-]?[ ]?(?:MRN|DOB|D\.O\.B|Acct)\b", "mrn dob d.o.b acct"),
    pattern("PERSON", rf"\b(?:signed by|dictated by|transcribed by|reviewed by|authenticated by|attending(?: physician)?|provider|surgeon|physician|pcp)\s?:?\s(?P<v>{_NAME}(?:,?\s(?:[A-Z]\.?\s)?{_NAME}){{1,2}})", "by attend provider surgeon physician pcp"),
]  # fmt: skip


def contacts(text: str) -> list[Span]:
    """Identifiers that are known by their form alone wherever they stand: e-mail, web, network, phone, social security.

    Args:
        text: a folded text.
    """
    return list(found(_CONTACTS, text, Around(text)))


def find(text: str, lexicon: Lexicon) -> list[Span]:
    """All patterns on a folded text. Spans may overlap; earlier kinds are the surer ones.

    Args:
        text: a folded text.
        lexicon: says which words after a lower-case title are no names ("doctor said").
    """
    around = Around(text)
    spans: list[Span] = []
    for patterns in (_CONTACTS, _NUMBERS, _PLACES, _DATES, _AGES):
        spans += found(patterns, text, around)
    for start, end, type_, score in found(_PEOPLE, text, around):
        if not spoken.goes_on(text, start, end):
            spans.append((start, _before_common(text, start, end, lexicon), type_, score))
    spans += spoken.people(text, lexicon)
    return spans


def _before_common(text: str, start: int, end: int, lexicon: Lexicon) -> int:
    """The end of a name before the common words that follow it in capitals, where "AND" looks like a part of it."""
    while (blank := text.rfind(" ", start, end)) > start:
        word = text[blank + 1 : end]
        is_common = lexicon.very_common(word.lower()) or word.lower() in spoken.AFTER_TITLES
        if not (word.isupper() and is_common and lexicon.protected(word.lower())):
            break
        end = blank
    return end
