"""Rules for short stories, guides, recipes and local news. Data alone; `general.py` chooses among them."""

from heal_pipeline.sources.clinic.grammar import entries

STORY: dict[str, tuple[str, ...]] = {
    "who": entries("""
        the old ferryman | a young baker | the lighthouse keeper | two sisters | the clockmaker | a retired teacher | the new postman | a boy with a red cap
        the gardener | an apprentice | the night watchman | a traveling tinker | the widow from the corner house | a girl who stuttered | the shepherd"""),
    "open": entries("""
        On the [first|last] [morning|evening] of [March|October|the harvest], {who} [found|noticed] {thing} [by the gate|on the doorstep|under the bridge|in the hay].
        [Nobody|No one] in the village knew [where|why] {who} [went|walked] every [Thursday|evening|morning], [until|and then] {thing} was found [by the gate|in the well|at the mill].
        It had [rained|snowed|been hot] for [nine|three] days when {who} [opened|heard a knock at] the door and saw {thing}.
        [Once|Long ago], when the [bridge|road] was still made of wood, {who} [owned|kept] {thing} that [everyone|half the village] wanted."""),
    "thing": ("a locked box", "a letter without a name", "a lame dog", "three blue feathers", "a map drawn on leather", "a lantern that still burned", "a child's shoe", "a silver whistle", "a basket of eggs", "a key as long as a hand"),
    "turn": entries("""
        [At first|To begin with] it seemed [a joke|of no importance], [but|yet] the [dog|cat|horse] [would not|refused to] go near it.
        "[Leave it alone|Take it back|Burn it]," said the [miller|neighbor|priest], but [curiosity|the cold] was stronger.
        [That night|The next day] the wind [turned|died], and from [the hill|the water] came a sound [like bells|like someone humming].
        [Word|The news] [spread|ran] through the [lanes|market] faster than [bread|a fire], and by noon [a crowd|half the village] stood [there|outside].
        [Three|Two|Seven] people [claimed|swore] that it was theirs, and [each|all] told a different story.
        There was [a smell|a taste] of [smoke|apples|the sea] [in the room|in the air], though it was [winter|far from any shore]."""),
    "act": entries("""
        So they [set out|walked] before [dawn|sunrise], with [bread|a rope|an old umbrella] and [little hope|more courage than sense].
        [The path|The way] led past [the quarry|the drowned mill|the birch wood], where [the snow|the grass] [showed|held] [footprints|the marks of a cart].
        They [asked|questioned] the [innkeeper|stationmaster|nun], who [shrugged|laughed|went pale] and [pointed|sent them] [upstream|to the hills|home].
        [Halfway|On the way], the [bridge|ice|ladder] [broke|gave way], and only a [branch|stranger's hand] [saved them|kept them from falling].
        [For an hour|For a long time] nobody [spoke|said a word]. Then the [youngest|oldest] [began|started] to [sing|laugh|dig].
        [Behind|Under] the [loose stone|third step|altar] there was [nothing but dust|a second one|a name scratched into the wood]."""),
    "end": entries("""
        [In the end|At last] it was [given back|buried under the oak|sold for a cow], and [nobody|no one] [missed it|spoke of it again].
        [Years later|Much later] a [letter|card] came [from overseas|from the coast], with [two words|a pressed flower|a coin] in it. [It was enough.|That was the answer.]
        And if you [cross|pass] the bridge at [night|noon], [people say|they say], you can still [hear the whistle|see the light|hear the dog].
        They [shared|ate] the [bread|soup] in silence, and [the rain|the wind] [stopped|let go] as if [someone|a hand] had [closed|shut] a door."""),
}  # fmt: skip

GUIDE_TEXT = """
= how to plant a tree
Choose a [place|spot] with enough [light|room], away from [walls|pipes] and wires.
Dig a hole twice as wide as the roots and [just as deep|no deeper].
[Loosen|Break up] the sides of the hole, so that young roots [can spread|find their way].
[Soak|Water] the roots for an hour before you plant.
Set the tree so that the [flare|widening] of the trunk [stays|is] above the ground.
Fill in the soil, [step on it|firm it] gently, and [water|give water] slowly until no more sinks in.
[Cover|Mulch] the ground with wood chips, but keep them away from the bark.
Tie it [loosely|with a soft band] to a stake for the first year.
[In dry weeks|When it does not rain] give a bucket of water twice a week.
= how to mend a flat bicycle tire
Turn the bicycle [upside down|over] and take the wheel out.
Lift the edge of the tire with [two levers|flat levers] and pull the tube out.
Pump some air in and [listen|feel] for the leak, or hold the tube under water and [look for|watch for] bubbles.
Roughen the [place|rubber] with sandpaper and [spread|put on] a thin layer of glue.
Wait [five minutes|until the glue is dull], then press the patch on [hard|firmly].
[Run|Move] your fingers along the inside of the tire to find the thorn or [glass|nail].
Put the tube back with a little air in it, so that it does not [fold|twist].
Push the tire over the rim with your [thumbs|hands], not with a tool.
Pump it up in steps and [check|make sure] that it sits evenly.
= how to keep a journal
Use a [book|notebook] that you like and that [lies flat|fits into a bag].
Write at the same [time|hour] each day, even if it is only [three lines|a sentence].
[Begin with|Start from] what you saw, not with what you think you should feel.
Do not [correct|polish]; nobody will grade it.
Put the date and the [place|weather] at the top of each page.
[Paste in|Keep] tickets, leaves or drawings.
If you miss a week, [go on|continue] without an excuse.
Read it again after a year, [pencil|not before] in hand.
Keep it where [it is safe|others do not look].
= how to build a campfire
Check first whether fires are [allowed|permitted] and how dry the [forest|ground] is.
Clear a circle down to [bare soil|the earth] and ring it with stones.
Collect three kinds of wood: [tinder|dry grass] that lights at once, [thin sticks|kindling], and logs.
[Build|Stack] a small tent of kindling over the tinder and leave [a gap|an opening] toward the wind.
Light it low and [blow|breathe] softly at the base.
Add thicker pieces [slowly|one by one], so that air can [pass|move].
Never leave it [alone|unwatched], and keep a bucket of water [near|at hand].
To put it out, [pour|use] water, stir the ashes and pour again until they are cold.
= how to learn a language
[Begin|Start] with the hundred words that people use most.
Listen [every day|daily], even while you [cook|walk], and repeat aloud.
[Learn|Study] whole phrases instead of single words.
Make mistakes [early|often]; they [stop|pass] faster when someone hears them.
[Read|Try] children's books, then newspapers on things you [know|like].
Use small cards, and [put away|set aside] those you have known three times.
Find a partner who [wants|wishes] to learn your language, and [share|divide] the hour.
[Ten|Twenty] minutes a day are better than two hours on Sunday.
Think in the new language while you wait [for the bus|in line].
= how to clean a cast iron pan
Wipe it [out|clean] while it is still warm.
[Scrub|Rub] stuck food with coarse salt and a little oil.
A few drops of [soap|mild soap] do no harm, but do not let it [soak|lie in water].
Dry it at once, best [over a small flame|on the warm stove].
[Rub|Spread] a thin film of oil on it, inside and out.
If there is rust, [sand|scour] it off and season the pan again.
For seasoning, bake the oiled pan upside down [for an hour|at high heat].
Do not [cook|simmer] tomatoes in a new pan, since acid [eats|attacks] the layer.
Stored with a paper towel in it, it [stays|keeps] dry.
= how to watch birds
Go out [early|in the first hours of the day], when birds sing and feed.
Wear [dull|quiet] colors and move [slowly|without haste].
[Stand still|Wait] at the edge of a wood or a pond; birds come to those who wait.
Look at [size|shape], beak and tail before color.
[Learn|Remember] the songs of the five most common kinds first.
Raise the glasses to your eyes without [looking away from|losing] the bird.
Write down place, hour and [weather|what it did].
Keep away from nests, and never [play|use] recorded calls near them.
In winter a feeder with [seeds|sunflower seeds] brings the birds to your window.
= how to speak in public
Know your [first|opening] and last sentence by heart.
[Say|Tell] one thing clearly rather than ten things [fast|in a hurry].
Practice aloud, [standing|on your feet], with a clock.
Look at [one person|a friendly face] for a whole sentence, then at another.
[Pause|Stop] where a comma would be; silence feels longer to you than to them.
Use short words and [examples|stories] from daily life.
If you lose the thread, [drink|take a sip of] water and look at your notes.
Your hands [may|should] rest when they have nothing to say.
End [early|on time], and thank [people|the audience] without an apology.
= how to store vegetables
Keep [potatoes|onions and potatoes] in the dark, but [apart|not side by side].
Carrots [last|stay crisp] for months in a box of damp sand.
Wash [salad|lettuce] only before you eat it, since wet leaves [rot|spoil].
[Tomatoes|Ripe tomatoes] lose their taste in the refrigerator.
Take the greens off [radishes|beets], because they draw water out of the root.
Herbs keep in a glass of water like [flowers|a bouquet].
[Freeze|Blanch and freeze] beans and peas on the day of the harvest.
Look through your stores every week and [remove|take out] what has gone soft.
Pumpkins need a [dry|warm], airy place and an uncut stem.
= how to paint a room
[Move|Push] the furniture into the middle and [cover|wrap] it.
Wash the walls, fill holes, and [sand|smooth] them when they are dry.
[Tape|Mask] edges and sockets, and take the tape off while the paint is [still wet|not yet dry].
Begin with the [ceiling|corners], then the walls, from the window [inward|into the room].
Dip the roller only [a little|to a third] and roll it out on the grid.
Paint in [fields|stripes] of a yard, wet into wet.
Two thin coats [cover|look] better than one thick coat.
[Open|Keep] the windows, and do not [sleep|stay] in the room on the first night.
Wrap brushes in [foil|plastic] during breaks, so that they do not dry.
"""

RECIPE: dict[str, tuple[str, ...]] = {
    "dish": ("soup", "stew", "pie", "salad", "gratin", "curry", "pan", "risotto"),
    "main": ("lentil", "pumpkin", "leek", "bean", "mushroom", "potato", "cabbage", "chickpea", "tomato", "barley", "cauliflower", "spinach", "carrot", "beet"),
    "second": ("onion", "celery", "apple", "garlic", "fennel", "parsnip", "sweet pepper", "zucchini", "corn", "kale"),
    "spice": ("cumin", "thyme", "smoked paprika", "nutmeg", "rosemary", "coriander seed", "bay leaf", "caraway", "ginger", "lemon peel"),
    "fat": ("olive oil", "butter", "a little oil", "clarified butter"),
    "open": entries("""
        This {main} {dish} is [quick|easy|cheap] and [feeds|serves] [four|six], [even on a weeknight|with little work].
        [My neighbor|An aunt|The cook of a small inn] [makes|taught me] this {main} {dish} [when the days get short|every autumn|on Sundays].
        [There are many ways|Everyone has a way] to make {main} {dish}; this one [needs|takes] [half an hour|forty minutes|an hour]."""),
    "buy": entries("""
        You [need|will need] [a pound|two pounds] of {main}, [one|two] {second}, {fat}, {spice}, salt and [stock|water|milk].
        [Buy|Get] {main} that is [fresh|firm], a {second}, and [a spoon|two pinches] of {spice}; {fat} and salt are [in every kitchen|at home anyway]."""),
    "do": entries("""
        [Chop|Dice|Slice] the {second} and [soften|fry] it in {fat} [until it is golden|without browning it|for five minutes].
        [Add|Stir in] the {main}, [turn|toss] it well, and season with {spice}.
        Pour in [a cup|two cups] of [stock|water] and [simmer|let it cook] [for twenty minutes|until tender|with the lid on].
        [Taste|Try it], and add [salt|a squeeze of lemon|a spoon of vinegar] [if it needs it|at the end].
        [Mash|Crush] a third of it [with a fork|against the side of the pot], which makes it [creamy|thick].
        [Toast|Roast] the {spice} [in a dry pan|for a minute] first; [the smell|your nose] tells you when it is done.
        [Bake|Put it into the oven] for [a quarter of an hour|twenty minutes] [until the top is brown|if you like a crust]."""),
    "end": entries("""
        [Serve|Eat] it with [bread|rice|a green salad], and [pepper|yogurt|parsley] on top.
        It [tastes|is] even better the [next|second] day. [It freezes well.|Keep it cold and covered.]
        Instead of {second} you can [use|take] [what the garden gives|a carrot]; [do not leave out|only keep] the {spice}."""),
}  # fmt: skip

NEWS: dict[str, tuple[str, ...]] = {
    "open": entries("""
        [The council|The town council] of {town} [voted|decided] on [Monday|Tuesday|Thursday] to [repair|close|move|enlarge] the [library|swimming pool|old bridge|playground|bus station].
        [About|Some|More than] [two hundred|sixty|ninety] people [came|gathered] on [Saturday|Sunday] when the new [bakery|footbridge|community garden|clinic] in {town} [opened|was opened].
        [After|Following] [weeks|months] of [debate|rain|repairs], the [market|ferry|theater] in {town} is [open|running] again."""),
    "more": entries("""
        The work will [cost|take] [about|some] {amount} [dollars|thousand dollars] and [is planned|should be done] [by|before] [spring|the end of the year|June].
        [Residents|Shop owners|Parents] [had asked|had pressed] for it [for years|since the flood], [among them|including] the [owner|manager] of the [hardware store|cafe].
        "[We waited long enough|It belongs to all of us|It could have been done sooner]," said [one visitor|a member of the council|a teacher] [after the vote|at the site].
        [Not everyone|Not all] [agreed|was happy]: [some|a group of neighbors] [feared|complained about] [noise|traffic|the loss of parking].
        [Students|Volunteers|Pupils] of the [local|high] school [planted|painted|built] [forty trees|the benches|a wall of tiles] [for it|on their free day].
        [Money|Part of the money] comes from [the county|a foundation|the sale of a field], [the rest|and the rest] from [donations|a lottery].
        [Meanwhile|In the meantime], [buses|visitors] will [use|be led over] {street}.
        [Last year|In the past year] [about|some] {amount} people [used|visited] it, [more than ever|fewer than before]."""),
    "end": entries("""
        The next meeting is [open to all|public] and [begins|starts] at [six|seven] in the [evening|town hall].
        [Those who want|People who wish] to help can [leave a note|sign up] at the [office|library].
        [It is|This is] the [first|third] such [project|opening] in {town} [this year|in ten years].
        [Coffee|Tea] and [cake|soup] were [sold|given out] until [dark|the last crumb was gone]."""),
    "street": ("Mill Lane", "the ring road", "the north gate", "the lower bridge", "the school yard"),
}
