"""Rules for pages on invented towns and invented people of earlier times. Data alone; `general.py` chooses among them.

Their facts are drawn, and true of nothing. Names are made of syllables here and are nobody's.
"""

from heal_pipeline.sources.clinic.grammar import entries

SYLLABLES = {
    "head": "Ald Bram Cal Dun Elm Fen Gren Hal Ker Lin Mar Nor Ost Pen Quill Ros Stan Thorn Ulver Wen Yar Zel Brack Crom Dorn Far Hex Kil Lor Mel".split(),
    "tail": "bury combe dale ford ham holm ley mere mouth stead ster thorpe ton wick worth bridge brook field haven well gate minster".split(),
    "first": "Aldous Berta Corin Dagobert Elvine Fulk Gisla Hartwin Ilsabe Jorund Kunibert Leofa Merewen Odran Perpetua Rogvald Sunniva Tancred Ulla Wystan".split(),
    "last": "Ambleforth Brackenridge Carrowmore Dunstable Eversholt Fennimore Glasscock Harrowgate Inglethorpe Killigrew Loxwood Mapperley Oxenham Pettigrove Quennell Ravenscar Skelmers Trevanion Uppercross Winterbourne".split(),
}  # fmt: skip

TOWN: dict[str, tuple[str, ...]] = {
    "open": entries("""
        {Town} is a [market town|small town|port|hill town] of [about|some] {people} people on the [river|banks of the] {river}.
        The town of {town} lies [in a bend of|on both sides of|where the road crosses] the {river}, [ten|twelve|twenty|forty] miles [north|south|east|west] of {other}.
        With [about|some] {people} [inhabitants|people], {town} is the [largest|second largest|smallest] town of the {river} valley."""),
    "old": entries("""
        It was first [mentioned|named] in {year1}, when [a monastery|a mill|a ferry|a toll house] stood [there|on its hill].
        [The name means|Its name comes from old words for] "[stone crossing|alder wood|dry hill|sheep farm|wide water]".
        In {year1} [a fire|a flood|the plague] [destroyed|emptied] half of the town, and it was [rebuilt|laid out anew] [in stone|around a square].
        [Traces|Remains] of [a Roman road|an earlier fort|a wooden palisade] were found [under the market|near the station] in {year3}."""),
    "work": entries("""
        [For centuries|For a long time] people lived by [wool|salt|fishing|the making of paper|tin]; [today|now] most work in [schools and offices|tourism|a factory for pumps|a dairy].
        In the {century} century {town} was known for its [clocks|bells|boots|knives|carpets], which were sold [as far away as|even in] {other}.
        The [mill|tannery|brewery|shipyard] closed in {year3}, and its buildings [became|now hold] [a library|workshops|flats|a museum].
        [Farmers|The farmers] around {town} grow [hops|apples|barley|cabbage|plums], and [a fair|the harvest fair] in [September|October] draws visitors."""),
    "sights": entries("""
        The [church|town hall|castle|old bridge], [finished|completed] in {year2}, [has|is known for] [a leaning tower|a painted ceiling|seven arches|a clock with one hand].
        [Visitors|Guests] come for the [walls|gardens|baths|narrow lanes], and for [a view|the wide view] over the {river}.
        A [museum|small museum] in the [old school|customs house] shows [tools|letters|maps|costumes] of the [town|region].
        [Every|Each] [spring|summer|year] the [bridge|square|harbor] is closed to traffic for [a boat race|a music week|the lantern walk]."""),
    "road": entries("""
        The railway [reached|came to] {town} in {year3} and [ran|was used] until the [sixties|seventies]; its line is now a [path|cycle path].
        A bus [runs|goes] to {other} every [half hour|hour|two hours].
        [In winter|After heavy rain] the [lower road|ford|pass] is often closed.
        The [bridge|ferry] over the {river} [saves|saved] a detour of [ten|fifteen|twenty] miles."""),
    "nature": entries("""
        [West|North|South|East] of the town begins a [moor|forest|marsh] where [cranes|otters|red deer|rare orchids] [live|can be seen].
        The climate is [mild and wet|dry|windy], with [frost|snow] from [November to March|December to February].
        The {river} [is rich in|holds] [trout|eels|pike], and [herons|kingfishers] [hunt|fish] along its [banks|quiet arms]."""),
    "people": entries("""
        The [best known|most famous] child of the town is {first} {last}, who [built|invented|designed] [a threshing machine|an early telescope|a water clock|its bridge].
        [Local|Old] people [tell|still tell] the story of {first} the [miller|smith|ferryman], who [hid|buried] [a bell|the town's silver] in the river [and never found it again|during a war].
        [About a third|One in four|Half] of the people were born elsewhere, many of them in {other}."""),
}  # fmt: skip

LIFE: dict[str, tuple[str, ...]] = {
    "open": entries("""
        {First} {last} ({year2}-{year2b}) was [a maker of maps|a builder of organs|a botanist|a printer|a ship's doctor|an engineer|a painter of signs|a collector of songs] [from|born in] {town}.
        {First} {last} was born in {year2} in {town}, the [third|youngest|eldest] child of [a baker|a schoolmaster|a widow|a boatman].
        [Little|Not much] is known of the early years of {first} {last}, who [came|moved] to {town} in {year2}."""),
    "youth": entries("""
        [At fourteen|At the age of twelve] {last} [was sent|went] to [an uncle|a workshop] in {other} and learned [to grind lenses|to set type|to draw|bookkeeping].
        School [lasted|went on] only four winters, but {last} [read|borrowed] every book [in the parish|that could be found].
        A [fall from a horse|long illness|shipwreck] [changed everything|ended the first plan], and {last} turned to [plants|machines|music|languages]."""),
    "work": entries("""
        The [first|great] work, a [description|catalog] of [the mosses of the valley|bells and their makers|winds and tides], [appeared|was printed] in {year2b} [and sold badly|in forty copies|at the author's own cost].
        {Last} [travelled|walked] through [three|seven] provinces with [a donkey|two notebooks|a folding table] and [measured|drew|wrote down] [every bridge|what people sang|old trees].
        For [ten|twenty] years {last} worked [on|at] [a machine that could|an instrument that should] [count|predict storms|copy drawings], and it [never quite worked|worked in the end].
        [Critics|Neighbors] [laughed at|doubted] the plan, [until|yet] {other} ordered [two|a dozen] of the [instruments|machines|maps]."""),
    "private": entries("""
        {Last} [never married|married late], [kept bees|slept little|wrote letters at night], and [was known for|had a weakness for] [bad puns|strong coffee|yellow waistcoats].
        [Friends|Letters] describe [a quiet person|a restless mind|someone with patience] who [lost|mislaid] [hats|umbrellas|keys] [everywhere|on every journey].
        The house [in|at] {town}, with its [round window|tower room|garden of herbs], [burned down|was sold|still stands]."""),
    "end": entries("""
        {Last} died in {year2b} [after a short illness|in winter|on a journey to {other}] and [lies|was buried] in {town}.
        [Today|Now] a [street|school|small prize|kind of rose] [bears|carries] the name.
        [Much later|A hundred years later] the papers were found [in an attic|in a trunk] and [printed|given to a museum]."""),
}
