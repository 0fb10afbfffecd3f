"""Facts for encyclopedic pages: one block a topic, one template a fact. Data alone; `general.py` makes pages of them."""

TEXT = """
= honey bees
[Honey bees|These insects] live in colonies of up to [fifty|sixty] thousand [workers|animals] with a single queen.
A worker [finds her way back by|steers by] the sun and [tells the others|shows her sisters] about flowers with a dance.
[Bees|The workers] make honey from nectar, which they [dry|thicken] by fanning it with their wings.
In summer a worker lives for about six weeks; [those born in autumn|winter bees] live for months.
[Drones|The males] have no sting and [serve|are raised] only to mate with a young queen.
[When a colony grows too large|In late spring], the old queen leaves with half of the bees and [looks for|moves to] a new home.
Wax is made by glands [under the belly|of the abdomen] of young workers, who build [six-sided|hexagonal] cells with it.
[Many crops|Apples, almonds and many other crops] depend on [bees|their visits] for pollination.
A mite called varroa [weakens|kills] colonies [in many countries|almost everywhere], so keepers [check|treat] their hives every year.
= volcanoes
A volcano is [an opening|a gap] in the crust through which [molten rock|magma], ash and gas reach the surface.
[Most|Nearly all] volcanoes stand where plates of the crust [meet|move apart or collide].
Thin lava [flows|runs] far and builds [broad|gently sloping] mountains; thick lava [piles up|builds steep cones].
[Ash|Fine ash] can [ground airplanes|stop air traffic] for days, since it melts inside jet engines.
[Soil|The soil] near old volcanoes is rich in minerals, [which is why|and so] people [farm|settle] there in spite of the danger.
[Instruments|Scientists] measure small earthquakes, gas and the swelling of the ground to [warn of|foresee] eruptions.
[Some|A few] volcanoes [sleep|rest] for thousands of years before they [wake|erupt again].
Islands such as Hawaii [grew|formed] over a hot spot far from any plate boundary.
The glowing clouds of gas and ash that race downhill are [deadlier|more dangerous] than lava.
= rivers
A river begins at a [spring|source], a lake or a melting glacier and [ends|flows out] in the sea or another river.
[On the way|Along its course] it carries sand and stones, which it [drops|lays down] where the current is slow.
In flat country a river [winds|swings] in loops called meanders, which slowly [move|wander] across the valley.
[Where it meets|At] the sea a river may [split|divide] into many arms and build a delta.
[Dams|A dam] can store water and make electricity, but [keep|stop] fish from reaching the places where they spawn.
[Floods|Regular floods] bring [fresh mud|fertile mud] to the fields, [as the Nile did|as along the Nile] for thousands of years.
The amount of water [changes|varies] with the seasons, with snow in the mountains and with rain.
[Water|River water] was once the main road of trade, so [many|most] old cities lie on a river.
Plants along the bank [hold|fasten] the soil and give shade, which [keeps|helps keep] the water cool for trout.
= bread
Bread is [baked|made] from flour, water, salt and something that makes it rise.
Yeast [eats|feeds on] sugars in the dough and gives off gas, which the gluten [holds|traps] in bubbles.
Kneading [lines up|stretches] the proteins of the flour into a strong, elastic net.
[Sourdough|A sourdough] holds wild yeast and bacteria, and the acid they make [keeps|helps to keep] the loaf fresh.
A hot oven with steam gives a [thin and crisp|crackling] crust.
[Flat breads|Breads without yeast] are the oldest kind and are [still|to this day] baked on stones or hot plates.
Rye flour has little gluten, so rye loaves are [dense|heavy] and moist.
[Stale|Old] bread can be [turned into|used for] crumbs, soup or pudding.
The smell of fresh bread comes from reactions of sugars and proteins [at high heat|in the crust].
= the moon
The moon [circles|goes around] the Earth in a little more than twenty-seven days.
It always [shows us|turns] the same face, because it [spins|turns] once for each trip around the Earth.
[Its phases come|The phases result] from the angle at which sunlight [falls on|strikes] the part we see.
The dark patches are [plains|seas] of old lava, [while|and] the bright regions are older highlands.
Tides [arise|come about] because the moon pulls at the oceans, more strongly on the near side.
There is no air, so the [sky|sky there] is black even at noon and footprints [last|stay] for millions of years.
[Most scientists think|The leading idea is] that the moon formed after a body the size of Mars struck the young Earth.
During a total eclipse the moon looks red, since only red light [bends|is bent] through our air to reach it.
Days there last two weeks, with heat that would boil water, and [nights|the nights] are colder than any place on Earth.
= owls
Owls hunt [mostly|mainly] at night and [rely on|trust] their ears as much as on their eyes.
[Soft|Fringed] edges on the feathers make their flight [almost silent|nearly without sound].
An owl cannot move its eyes, [but|yet] it can turn its head [three quarters of a circle|far to both sides].
[The ears|In many species the ears] sit at different heights, which lets the bird [locate|find] a mouse under snow.
Prey is often swallowed whole, and bones and fur [come up|are brought up] later as pellets.
[Barn owls|The barn owl] nests in towers and lofts and is [welcome|liked] because it eats rats.
[Most|Many] owls build no nest but use [holes in trees|old nests] of other birds.
The eagle owl [is among|belongs to] the largest, with wings [almost six feet|nearly two meters] wide.
= tea
All true tea comes from the leaves of one [evergreen shrub|plant], Camellia sinensis.
Green tea is [heated|steamed] soon after picking, while black tea [is left|is allowed] to turn dark first.
[Water|The water] for green tea should be [below boiling|cooler], since it turns bitter otherwise.
Tea [holds|contains] caffeine, [but|though] a cup has [about half|less than] that of coffee.
In Japan the preparation of tea became an art with [strict|fixed] rules.
[Ships|Fast ships called clippers] once raced from China to London with the first harvest of the year.
The [finest|best] leaves are the bud and the two youngest leaves of a shoot.
[Milk|A little milk] softens the taste of strong black tea, a habit of Britain and India.
Infusions of mint or chamomile are [called|known as] herbal teas, though no tea is in them.
= bridges
A bridge must carry its own weight and [whatever crosses it|the load of its traffic].
[Beams|Beam bridges] are the simplest: a [plank|slab] that rests on two supports.
An arch [turns|changes] the load into pressure, which stone [bears|withstands] very well.
Suspension bridges hang from [steel cables|cables] over high towers and [span|reach across] the widest gaps.
[Engineers|Builders] allow for heat: joints in the road [let|allow] the deck grow and shrink.
Wind can [shake|swing] a bridge, so long decks are tested [in wind tunnels|as models in moving air].
The Romans [built|made] arches that still stand after two thousand years.
[Before|Ahead of] the opening of a new bridge, heavy trucks are [driven|parked] on it to test it.
Rust is the [chief enemy|great enemy] of steel bridges, and painting them never ends.
= chess
Chess is [played|fought] on sixty-four squares by two players with sixteen pieces each.
The game [ends|is over] when a king is attacked and cannot escape, which is called checkmate.
It [came|spread] from India through Persia to Europe [more than|over] a thousand years ago.
The queen was once a weak piece and [gained|got] her great power only in the fifteenth century.
[Beginners|New players] learn to [develop|bring out] their pieces early and to bring the king into safety.
A pawn that [reaches|arrives at] the last row may become any piece, [nearly always|usually] a queen.
Computers have been [stronger|better] than any human since the late nineties.
[Good|Strong] players remember patterns more than single positions.
Clocks [limit|keep] the time that each side may think.
= glass
Glass is made by [melting|heating] sand with soda and lime until it flows.
[When it cools|On cooling] it stays without crystal order, [somewhat|a little] like a frozen liquid.
Small amounts of metal [give|lend] it color: cobalt makes blue, gold makes red.
[Blowing|The blowing] of glass through a pipe was invented in the Near East two thousand years ago.
Window panes float on [molten|liquid] tin, which [makes|leaves] both sides flat.
Tempered glass is cooled quickly and [breaks|falls] into blunt crumbs [instead of|rather than] sharp pieces.
[Old bottles|Bottles] can be melted and used again without [any loss|loss of quality].
Fibers of very pure glass carry [telephone calls and pictures|data] as flashes of light under the oceans.
Borosilicate glass [hardly grows|barely expands] when hot and is used in kitchens and laboratories.
= wolves
Wolves live in [families|packs] that are mostly parents and their young of [the last|two or three] years.
[They|The animals] howl to [find|call] each other and to warn neighbors.
A pack may [cover|walk] thirty miles in a night in search of food.
[Deer, elk and moose|Large hoofed animals] are their main prey, and most hunts fail.
The pups are born [blind|with closed eyes] in a den, and the whole pack feeds them.
[Dogs|All dogs] descend from wolves that [joined|followed] people more than fifteen thousand years ago.
Where wolves returned, deer moved more and young trees [grew back|recovered] in some valleys.
[Farmers|Shepherds] protect their flocks with fences and large guard dogs.
A wolf smells prey from more than a mile away if the wind is right.
= clouds
Clouds form when moist air rises, cools and its vapor [settles|condenses] on tiny particles.
[Flat white heaps|Cumulus clouds] with a level base are a sign of fair weather.
Thin [feathers|veils] high in the sky are made of ice and often [come before|announce] a change of weather.
A thundercloud can reach [ten miles|fifteen kilometers] up and [hold|carry] half a million tons of water.
Fog is [nothing but|simply] a cloud that [touches|lies on] the ground.
[At night|During the night] clouds keep the ground warm like a blanket.
Names of clouds were [proposed|given] in 1802 and come from Latin words for heap, layer and curl.
Droplets are so small that it takes about a million of them to [make|form] one raindrop.
Pilots [avoid|fly around] tall clouds because of hail and strong winds inside.
= salt
[Salt|Common salt] is made of sodium and chlorine, and [no animal can live|life is not possible] without it.
It is [won|gained] from sea water in shallow ponds or [dug|mined] from old dry seas under the ground.
[Before|In times before] refrigerators, salt [kept|preserved] meat and fish for the winter.
[Roads|Old roads] and whole cities grew rich by its trade.
[On icy streets|In winter] salt lowers the freezing point of water so that ice melts.
Too much of it raises blood pressure in [many|some] people.
Iodine is added to table salt in many countries to [prevent|avoid] goiter.
[Cooks|Good cooks] add it early to beans and late to salads.
Crystals of salt are [cubes|small cubes], which can be seen under a magnifying glass.
= trains
The first [public|steam] railways opened in England in the eighteen twenties.
Steel wheels on steel rails roll with [little friction|hardly any friction], so one engine pulls a hundred cars.
[Before railways|Earlier], each town kept its own time; [trains|timetables] made common time zones necessary.
Electric trains [feed|return] power back to the line when they brake.
[High-speed|Fast] trains need wide curves and tracks of their own.
Signals divide a line into blocks, and only one train may [enter|be in] a block.
[Freight|Goods] trains move a ton of load [more than|about] four hundred miles on a gallon of fuel.
[Snow plows|Plows] with spinning blades clear mountain lines.
A conductor once had to [jump|climb] from car to car to set the brakes by hand.
= coffee
Coffee [grows|ripens] as a red cherry on shrubs in warm highlands; the beans are its seeds.
[Roasting|The roast] turns the green beans brown and [creates|brings out] hundreds of aromas.
Arabica has a finer taste, robusta [holds|has] more caffeine and [bears|stands] heat better.
[Legend says|A story tells] that a goatherd noticed how lively his goats became after [eating|tasting] the cherries.
Coffee houses were places of [news|talk] and trade in the seventeenth century.
Caffeine [blocks|hides] the signals of tiredness in the brain for some hours.
[Finely|Very finely] ground coffee and pressure give espresso in half a minute.
Beans [keep|stay fresh] best in a tight box away from light.
A shrub bears for about twenty years and needs [shade|some shade] and rain.
= whales
Whales breathe air and must [come up|rise] to the surface, though some [stay|remain] below for more than an hour.
The blue whale is the largest animal that [ever lived|has lived], longer than [two buses|a tennis court].
[Baleen whales|Whales with baleen] sieve small shrimps from the water; others have teeth and hunt fish or squid.
Humpbacks sing songs that [change|shift] from year to year.
A calf drinks [rich|fat] milk and gains two hundred pounds a day.
[Many species|Several kinds] swim thousands of miles between cold feeding grounds and warm bays.
Their ancestors [walked|lived] on land fifty million years ago.
Hunting [nearly|almost] wiped several species out before it was banned in 1986.
Sperm whales find squid in the dark with [clicks|loud clicks] and listen for the echo.
= soil
Soil is a mixture of [crumbled rock|minerals], air, water and the remains of living things.
[A handful|One spoonful] holds more bacteria than there are people on Earth.
[Earthworms|Worms] pull leaves down and [leave|dig] channels for air and rain.
It takes about five hundred years to [make|form] an inch of it.
[Wind and rain|Rain] wash bare soil away, so fields should [not lie open|be covered] in winter.
Clay holds water and nutrients [tightly|well], sand lets them [run through|pass].
Compost [feeds|brings life to] the soil and makes heavy ground lighter.
[Farmers|Growers] change crops each year so that the ground does not [tire|become exhausted].
The color tells a story: black soil is rich in humus, red soil in iron.
= maps
A map [shows|draws] the world smaller, flatter and simpler than it is.
[The scale|Its scale] says how many steps on the ground one step on paper [stands for|means].
A globe cannot be made flat without [stretching|tearing] something, so each map [bends|distorts] size or shape.
Sailors [liked|preferred] the projection of Mercator because a straight line on it keeps one compass course.
Contour lines [join|link] places of equal height; where they crowd, the ground is steep.
[Old maps|Early maps] filled empty seas with monsters and guesses.
Today satellites measure the ground to the [inch|centimeter].
[A legend|The legend] explains the signs, and an arrow [points|shows] north.
People who [walk|hike] a lot learn to turn the map in the direction of their walk.
= paper
Paper was [invented|first made] in China about two thousand years ago from bark, hemp and rags.
Today most of it comes from wood, whose fibers are [boiled|cooked] free and [spread|poured] on a moving sieve.
[Water|The water] runs off, and rollers press and dry the sheet at the speed of a [car|fast car].
[Old paper|Used paper] can be recycled about [six|five to seven] times before the fibers are too short.
Acid in cheap paper makes old books [brown and brittle|fall apart].
A watermark is a thinner place that [shows|appears] against the light.
Arab traders brought the art to Spain, and mills [spread|followed] through Europe.
[Folded|When folded] paper becomes surprisingly stiff, as any paper bridge shows.
Newspapers use paper that yellows in the sun [within days|quickly].
= apples
Apples belong to the rose family, [which can be seen|as one sees] in their five-petaled flowers.
A seed of an apple grows into a tree with [different|other] fruit, so good kinds are [grafted|passed on by grafting].
[Wild|The wild] ancestors still grow in the mountains of Kazakhstan.
Picked fruit goes on [breathing|ripening] and gives off a gas that makes [other fruit|bananas] ripen.
[Cold|A cool] cellar keeps late kinds until [spring|April].
Cider is [pressed|made] from sour and bitter apples that nobody would eat raw.
Trees need [pruning|cutting] in winter, so that light reaches the fruit.
[More than|Over] seven thousand kinds are known, but shops sell about ten.
Cut apples turn brown because an enzyme meets air; lemon juice [stops|slows] it.
= lighthouses
Lighthouses warn ships of rocks and [show|mark] the way into a harbor.
The tower of Pharos near Alexandria was one of the wonders of the [ancient|old] world.
[Each|Every] light has its own rhythm of flashes, so that sailors [know|can tell] where they are.
A lens of many rings, invented by Fresnel, [gathers|throws] the light into a narrow beam.
Keepers [trimmed|tended] the lamps every night and wrote down the weather.
[Nearly all|Most] are automatic today, and some [have become|are now] small hotels.
Foghorns [helped|called] when the light could not be seen.
On the open sea, [lightships|anchored ships] once did the work of towers.
The [white and red|bold] stripes serve as a mark by day.
= frogs
Frogs begin life in water as tadpoles with [gills|tails and gills].
[In some weeks|Within months] legs grow, the tail shrinks and lungs [take over|replace the gills].
They drink [through|with] their skin and never [swallow|sip] water.
Males call in spring, [each|every] kind with its own song.
[Bright|Glaring] colors warn that a frog is poisonous.
The tongue is fixed [in front|at the front] and flies out in less than a tenth of a second.
Wood frogs [freeze|can freeze] solid in winter and thaw alive.
A fungus has [killed|wiped out] many species in the mountains of the tropics.
People [build|dig] tunnels under roads to help them reach their ponds.
= wool
Wool is the [coat|fleece] of sheep and is shorn once a year, in spring.
[A good shearer|Shearers] can [finish|clip] a sheep in two minutes without a cut.
The fibers are [crimped|curly] and trap air, which makes wool warm.
It can [take up|hold] a third of its weight in water before it feels wet.
Scales on the fibers [hook|lock] together in hot water, so wool shrinks and felts.
Merino sheep have the [finest|softest] wool, and most of them live in Australia.
[Carding|Combing] lays the fibers side by side before they are spun.
In the Middle Ages wool [paid for|built] many of England's churches.
Lanolin, the fat of the wool, is [used|found] in creams and soaps.
= city markets
A market [wakes|starts] long before dawn, when trucks [bring|unload] crates of fruit and fish.
[Stalls|The stalls] stand in the same order every week, and [families|some families] have kept theirs for generations.
Prices [fall|drop] toward noon, and at the end [boxes|whole boxes] go for a coin.
People come for [tomatoes|cheese] and stay for the talk.
[In summer|During the summer] the square smells of peaches and basil.
The rules of the market are [old|older than the town hall]: weights are checked and bad goods are thrown out.
[Cooks|The cooks] of the restaurants are the first to choose.
When it rains, [awnings|striped awnings] turn the lanes into tunnels.
After closing, sweepers and pigeons [share|clear] what is left.
"""
