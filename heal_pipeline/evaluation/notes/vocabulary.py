"""The words that reading a note needs: function words, units, spoken numbers, negations. Data only."""

STOP_WORDS = frozenset(
    "a about above after again all also am an and any are as at back be because been before being below between both but by can "
    "could did do does doing done down during each few for from further get gets getting go goes going got had has have having he "
    "her here hers him his how i if in into is it its itself just know let like lot made make makes may me might more most mr mrs "
    "ms much my now of off oh ok okay on once one only or other our out over own really same she should so some such than that the "
    "their them then there these they thing things this those through to today too under until up upon us very want was we well "
    "were what when where which while who whom why will with within would yeah yes you your yours "
    "patient patients pt dr doctor currently noted notes note report reports reported reporting state states stated "
    "endorse endorses endorsed admit admits admitted complain complains complained complaining describe describes described "
    "present presents presented presenting experience experiences experienced experiencing feel feels feeling felt "
    "take takes taking taken ruled use uses using used history subjective objective assessment plan hpi pmh ros positive".split()
)
"""Words that carry no content of their own in a note: function words, and verbs of saying and having."""

UNITS = {
    **dict.fromkeys(("mg", "milligram", "milligrams"), "mg"),
    **dict.fromkeys(("mcg", "ug", "microgram", "micrograms"), "mcg"),
    **dict.fromkeys(("g", "gram", "grams"), "g"),
    **dict.fromkeys(("kg", "kilogram", "kilograms", "kilos"), "kg"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
    **dict.fromkeys(("ml", "milliliter", "milliliters", "millilitre", "millilitres", "cc"), "ml"),
    **dict.fromkeys(("l", "liter", "liters", "litre", "litres"), "l"),
    **dict.fromkeys(("unit", "units", "iu"), "unit"),
    **dict.fromkeys(("mmol", "meq"), "mmol"),
    **dict.fromkeys(("mmhg",), "mmhg"),
    **dict.fromkeys(("bpm",), "bpm"),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), "cm"),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), "mm"),
    **dict.fromkeys(("inch", "inches"), "inch"),
    **dict.fromkeys(("foot", "feet", "ft"), "foot"),
    **dict.fromkeys(("mile", "miles"), "mile"),
    **dict.fromkeys(("degree", "degrees"), "degree"),
    **dict.fromkeys(("%", "percent"), "%"),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), "second"),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), "minute"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "hour"),
    **dict.fromkeys(("day", "days"), "day"),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), "week"),
    **dict.fromkeys(("month", "months", "mo"), "month"),
    **dict.fromkeys(("year", "years", "yr", "yrs"), "year"),
    **dict.fromkeys(("time", "times", "x"), "time"),
    **dict.fromkeys(("tablet", "tablets", "tab", "tabs", "pill", "pills", "capsule", "capsules"), "tablet"),
    **dict.fromkeys(("puff", "puffs"), "puff"),
    **dict.fromkeys(("pack", "packs"), "pack"),
}
"""A word behind a number → the unit it names."""

SPOKEN_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {
    word: str(10 * value)
    for value, word in enumerate("thirty forty fifty sixty seventy eighty ninety hundred".split(), 3)
}

NEGATIONS = frozenset(
    "no not nor never none without denies denied deny denying negative nil absent free neither cannot "
    "doesn't don't didn't hasn't haven't hadn't isn't aren't wasn't weren't won't can't".split()
)
"""Words that turn what follows into its opposite, or, at the end of a clause, what stands before (after NegEx, Chapman et al. 2001)."""

NEGATION_ENDS = frozenset(
    "but however except although though yet still which who because since until besides apart "
    "has have had having is are was were reports reported complains complained presents presented admits admitted endorses "
    "endorsed states stated does did positive continues continued lives works started will".split()
)
"""Words after which a negation holds no more, once it has met what it negates."""

NEGATION_WORDS = 6
"""So many words without a list separator between them end a negation too."""
