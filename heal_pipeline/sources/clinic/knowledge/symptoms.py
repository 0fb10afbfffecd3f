"""Symptoms: the term that notes use, the body system that a review asks it under, and how patients put it."""

from dataclasses import dataclass
from functools import cache

from heal_pipeline.sources.clinic.grammar import entries


@dataclass(frozen=True)
class Symptom:
    """A complaint. `said` are templates of what a patient says who has it; each holds the term or is said to a question."""

    term: str
    system: str
    said: tuple[str, ...]


_LINES = """
fever | Constitutional | I had a fever [last night|over the weekend], a hundred and one or so;[I've been|been] running a fever;yeah, fever, mostly in the evenings
chills | Constitutional | I get these chills [at night|out of nowhere];chills, yeah, where my teeth chatter;some chills [under the blankets|in the evening]
fatigue | Constitutional | a lot of fatigue;I've had this fatigue, [I nap every day|I'm done by noon];the fatigue is [real|no joke]
weight loss | Constitutional | some weight loss, my pants are loose;weight loss, maybe [five|eight|ten] pounds
weight gain | Constitutional | weight gain, like [four|five|six] pounds in a week;some weight gain even though I eat the same
night sweats | Constitutional | night sweats, I have to change my shirt;these night sweats that soak the sheets
loss of appetite | Constitutional | loss of appetite, nothing tastes good;a loss of appetite, I just pick at my food
blurry vision | Eyes | blurry vision [now and then|when I read];some blurry vision by the end of the day
eye redness | Eyes | eye redness, looks like I've been crying;the eye redness [came first|won't go away]
eye discharge | Eyes | eye discharge, yellow and sticky;there's eye discharge on the pillow
itchy eyes | Eyes | itchy eyes, I rub them all day;really itchy eyes
sensitivity to light | Eyes | sensitivity to light, I keep the blinds down;a lot of sensitivity to light
sore throat | Ears, nose and throat | a sore throat [in the morning|when I swallow];my throat's raw, a sore throat basically
runny nose | Ears, nose and throat | a runny nose, I go through a box of tissues;runny nose all day
nasal congestion | Ears, nose and throat | nasal congestion, I can't breathe through my nose;a lot of nasal congestion
ear pain | Ears, nose and throat | some ear pain [on one side|when I chew];ear pain at night
hearing loss | Ears, nose and throat | some hearing loss, like I'm under water;hearing loss on that side
ringing in the ears | Ears, nose and throat | ringing in the ears [at night|when it's quiet];a ringing in the ears, high and thin
facial pressure | Ears, nose and throat | facial pressure, right under my eyes;this facial pressure when I bend over
swollen glands | Ears, nose and throat | swollen glands, [I can feel them in my neck|here, under the jaw];my neck has these swollen glands
sneezing | Ears, nose and throat | sneezing, ten times in a row;a lot of sneezing in the mornings
chest pain | Heart | some chest pain [when I push it|on the stairs];a little chest pain
palpitations | Heart | palpitations, like a fish flopping;palpitations when I lie down
leg swelling | Heart | leg swelling by the evening;some leg swelling, my shoes are tight
fainting | Heart | fainting, well, almost;I came close to fainting in the shower
shortness of breath | Lungs | shortness of breath [on the stairs|when I walk fast];I get shortness of breath [just making the bed|carrying the laundry]
cough | Lungs | a cough [at night|that comes and goes];cough, yeah, the whole house hears it
wheezing | Lungs | wheezing, I can hear it myself;some wheezing when I lie down
coughing up blood | Lungs | coughing up blood once, just a streak
nausea | Stomach and bowel | nausea, I can't look at food;some nausea [in the morning|after I eat]
vomiting | Stomach and bowel | vomiting [twice|three times] yesterday;some vomiting, mostly water now
diarrhea | Stomach and bowel | diarrhea, [four|five|six] times a day;diarrhea that comes on fast
constipation | Stomach and bowel | constipation, I go every four days;constipation again, like always
abdominal pain | Stomach and bowel | abdominal pain [low down|around the belly button];some abdominal pain, it comes in waves
heartburn | Stomach and bowel | heartburn after dinner;a bit of heartburn
bloating | Stomach and bowel | bloating, I look six months along;a lot of bloating after meals
blood in the stool | Stomach and bowel | blood in the stool, just a little on the paper
burning with urination | Urinary | burning with urination, every single time;some burning with urination
frequent urination | Urinary | frequent urination, I'm up [three|four] times a night;frequent urination, I know every restroom in town
blood in the urine | Urinary | blood in the urine, it looked pink;I saw blood in the urine [once|yesterday]
weak urine stream | Urinary | a weak urine stream, it takes forever
joint pain | Muscles and joints | joint pain [in the mornings|when the weather turns];the joint pain is the worst part
joint swelling | Muscles and joints | joint swelling, it's puffed up like a balloon;some joint swelling by night
back pain | Muscles and joints | back pain along with it;some back pain, low down
muscle aches | Muscles and joints | muscle aches all over;muscle aches, like I ran a marathon
neck pain | Muscles and joints | neck pain when I turn my head;some neck pain
morning stiffness | Muscles and joints | morning stiffness, takes me [ten|twenty] minutes to get going;a lot of morning stiffness
rash | Skin | a rash, it's red and bumpy;this rash, it showed up [two|three] days in
itching | Skin | the itching keeps me up;itching, I can't leave it alone
hives | Skin | hives on my arms, they move around
dry skin | Skin | dry skin, no lotion helps;really dry skin, it flakes
hair loss | Skin | hair loss, it's all over my brush;some hair loss in the shower drain
headache | Nerves | a headache [behind my eyes|on top of it];headache most days
dizziness | Nerves | dizziness when I stand up;some dizziness, have to hold the wall
numbness | Nerves | numbness, like it fell asleep;some numbness in the mornings
tingling | Nerves | tingling, pins and needles;a tingling that comes and goes
weakness | Nerves | some weakness, I drop things;weakness when I lift my arm
confusion | Nerves | some confusion, I lost track of the day
anxiety | Mood and sleep | anxiety, for sure;a lot of anxiety about it
low mood | Mood and sleep | low mood, I don't enjoy much;kind of a low mood
trouble sleeping | Mood and sleep | trouble sleeping, I'm up at three;a lot of trouble sleeping because of it
poor concentration | Mood and sleep | poor concentration, I read the same page twice;my boss says poor concentration
irritability | Mood and sleep | irritability, ask my kids;some irritability, I snap at everyone
excessive thirst | Hormones and blood | excessive thirst, I carry a jug around;this excessive thirst
cold intolerance | Hormones and blood | cold intolerance, I wear a sweater in July;the cold intolerance, everyone laughs at me
heat intolerance | Hormones and blood | heat intolerance, I sweat in the freezer aisle
easy bruising | Hormones and blood | easy bruising, it's all purple;some easy bruising around it
"""


@cache
def symptoms() -> dict[str, Symptom]:
    """All symptoms by term."""
    found = {}
    for line in entries(_LINES):
        term, system, said = (part.strip() for part in line.split(" | ", 2))
        found[term] = Symptom(term, system, tuple(said.split(";")))
    return found


@cache
def by_system() -> dict[str, tuple[str, ...]]:
    """System → its terms, in the order in which a review asks them."""
    found: dict[str, list[str]] = {}
    for symptom in symptoms().values():
        found.setdefault(symptom.system, []).append(symptom.term)
    return {system: tuple(terms) for system, terms in found.items()}
