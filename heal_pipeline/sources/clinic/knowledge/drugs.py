"""What is known of medicines: one line a drug, read by `drug`. Doses are strengths that exist; this is no formulary."""

from dataclasses import dataclass
from functools import cache

from heal_pipeline.sources.clinic.grammar import entries


@dataclass(frozen=True)
class Drug:
    """A generic medicine.

    Attributes:
        group: what kind of medicine it is ("an ACE inhibitor").
        use: what it is taken for.
        effect: what it does, as a clause behind its name.
        doses: with units, from low to high.
        frequency: how often, in words.
        side_effects: noun phrases.
        cautions: sentences.
    """

    name: str
    group: str
    use: str
    effect: str
    doses: tuple[str, ...]
    frequency: str
    side_effects: tuple[str, ...]
    cautions: tuple[str, ...]


_LINES = """
lisinopril | an ACE inhibitor | high blood pressure and heart failure | widens blood vessels by blocking an enzyme that makes a tightening hormone | 5 mg;10 mg;20 mg;40 mg | once a day | a dry cough;dizziness;high potassium | Stop it and seek help at once if the lips or tongue swell.;It must not be taken in pregnancy.
amlodipine | a calcium channel blocker | high blood pressure and angina | relaxes the muscle in the walls of the arteries | 2.5 mg;5 mg;10 mg | once a day | ankle swelling;flushing;headache | Ankle swelling is harmless and goes away at a lower dose.;Large amounts of grapefruit can raise its level.
losartan | an angiotensin receptor blocker | high blood pressure and kidney protection in diabetes | blocks the hormone angiotensin, which tightens vessels | 25 mg;50 mg;100 mg | once a day | dizziness;high potassium;tiredness | It must not be taken in pregnancy.;Ask before using salt substitutes, which hold potassium.
hydrochlorothiazide | a water pill | high blood pressure | makes the kidneys pass more salt and water | 12.5 mg;25 mg | every morning | frequent urination;low potassium;sun sensitivity | Take it in the morning so that it does not wake you at night.;It can bring on gout.
metoprolol | a beta blocker | a fast heartbeat, angina and high blood pressure | slows the heart and lowers its need for oxygen | 25 mg;50 mg;100 mg | twice a day | tiredness;a slow pulse;cold hands | Do not stop it suddenly.;It may hide the signs of low sugar.
carvedilol | a beta blocker | heart failure | slows the heart and widens vessels | 3.125 mg;6.25 mg;12.5 mg;25 mg | twice a day | dizziness;tiredness;weight gain | Take it with food.;Stand up slowly.
atorvastatin | a statin | high cholesterol | lowers the cholesterol that the liver makes | 10 mg;20 mg;40 mg;80 mg | once a day | muscle aches;an upset stomach;raised liver tests | Report dark urine with muscle pain.;It must not be taken in pregnancy.
rosuvastatin | a statin | high cholesterol | blocks the liver enzyme that makes cholesterol | 5 mg;10 mg;20 mg | once a day | muscle aches;headache;nausea | Antacids should be taken two hours later.;The dose is lower with weak kidneys.
ezetimibe | a cholesterol absorption blocker | high cholesterol | keeps the gut from taking up cholesterol | 10 mg | once a day | diarrhea;joint pain;tiredness | It is often added to a statin.;It can be taken with or without food.
aspirin | a blood thinner of the platelets | heart attack prevention | keeps platelets from sticking together | 81 mg;325 mg | once a day | stomach pain;heartburn;easy bruising | Children with a fever should not take it.;It raises the risk of bleeding together with other blood thinners.
apixaban | a blood thinner | atrial fibrillation and blood clots | blocks a clotting factor called Xa | 2.5 mg;5 mg | twice a day | bruising;bleeding gums;nosebleeds | Do not skip doses, since the effect is gone within a day.;Tell every dentist and surgeon that you take it.
nitroglycerin | a nitrate | chest pain from angina | opens the arteries of the heart within minutes | 0.4 mg | as needed under the tongue | headache;dizziness;flushing | Call for help if the pain stays five minutes after the first dose.;It must not be combined with pills for erections.
diltiazem | a calcium channel blocker | a fast heartbeat and high blood pressure | slows the signals between the chambers of the heart | 120 mg;180 mg;240 mg | once a day | constipation;swelling;a slow pulse | It raises the level of several statins.;Swallow the capsule whole.
furosemide | a strong water pill | swelling from heart failure | makes the kidneys pass water quickly | 20 mg;40 mg;80 mg | every morning | thirst;low potassium;leg cramps | Blood tests of potassium and kidneys are needed.;Weigh yourself every morning.
spironolactone | a potassium-sparing water pill | heart failure and swelling | blocks the hormone aldosterone | 12.5 mg;25 mg;50 mg | once a day | high potassium;breast tenderness;dizziness | Potassium must be checked within a week.;Avoid salt substitutes.
metformin | a biguanide | type 2 diabetes | lowers the glucose made by the liver and helps the body use its own insulin | 500 mg;850 mg;1000 mg | twice a day with meals | diarrhea;nausea;a metallic taste | It should be paused before some scans with contrast dye.;Taking it with food eases the stomach trouble.;It does not cause low sugar by itself.
glipizide | a sulfonylurea | type 2 diabetes | makes the pancreas release more insulin | 5 mg;10 mg | before breakfast | low sugar;weight gain;nausea | Skipping a meal after the pill can cause low sugar.;Carry glucose tablets.
empagliflozin | an SGLT2 inhibitor | type 2 diabetes, heart failure and kidney disease | lets the kidneys pass sugar into the urine | 10 mg;25 mg | every morning | yeast infections;frequent urination;thirst | Stop it for three days before surgery.;Drink enough water.
insulin glargine | a long-acting insulin | diabetes | gives a steady background of insulin for a whole day | 10 units;14 units;20 units | at bedtime | low sugar;weight gain;soreness where it is injected | Change the place of the injection each day.;Keep unopened pens in the refrigerator.
albuterol | a rescue inhaler | wheezing and shortness of breath | relaxes the muscles around the airways within minutes | 90 mcg | two puffs every four hours as needed | shaking hands;a fast heartbeat;nervousness | Using it more than twice a week means that the asthma is not controlled.;Shake it before each puff.
budesonide-formoterol | an inhaled steroid with a long-acting opener | asthma and chronic lung disease | calms the inflammation of the airways and keeps them open for twelve hours | 80 mcg;160 mcg | two puffs twice a day | hoarseness;thrush;headache | Rinse your mouth after each use.;It works only when it is used every day.
tiotropium | a long-acting inhaler | chronic lung disease | keeps the airways open for a day | 18 mcg | once a day | a dry mouth;cough;constipation | It is not for sudden attacks.;Keep the powder out of your eyes.
montelukast | a leukotriene blocker | asthma and hay fever | blocks substances that swell the airways | 10 mg | every evening | headache;vivid dreams;stomach pain | Report changes of mood or sleep.;It does not stop an attack.
prednisone | a steroid | inflammation, as in asthma flares or gout | calms the immune system | 10 mg;20 mg;40 mg | once a day with breakfast | trouble sleeping;hunger;high sugar | After more than three weeks the dose must be lowered step by step.;It can raise sugar in people with diabetes.
fluticasone | a steroid nose spray | hay fever and a stuffy nose | calms the inflammation of the lining of the nose | 50 mcg | two sprays in each nostril once a day | nosebleeds;a dry nose;sneezing | It takes some days to work.;Point the spray away from the middle of the nose.
cetirizine | an antihistamine | hay fever, hives and itching | blocks histamine, the cause of itching and sneezing | 5 mg;10 mg | once a day | sleepiness;a dry mouth;headache | Do not drive until you know how it affects you.;Take it in the evening if it makes you sleepy.
loratadine | an antihistamine | hay fever and hives | blocks histamine without much sleepiness | 10 mg | once a day | headache;a dry mouth;tiredness | It is sold without a prescription.;Grapefruit juice has no effect on it that matters.
omeprazole | a proton pump inhibitor | acid reflux and ulcers | shuts down the pumps that make stomach acid | 20 mg;40 mg | before breakfast | headache;stomach pain;diarrhea | Long use may lower magnesium and vitamin B12.;Stop it gradually, since acid can rebound.
famotidine | an acid blocker | heartburn | blocks the signal of histamine to the stomach | 20 mg;40 mg | twice a day | headache;dizziness;constipation | The dose is lower with weak kidneys.;It works within an hour.
calcium carbonate | an antacid | heartburn and low calcium | neutralizes stomach acid and supplies calcium | 500 mg;600 mg | twice a day with food | constipation;gas;belching | Keep it apart from thyroid pills and antibiotics.;Too much can cause kidney stones.
ondansetron | a medicine against nausea | nausea and vomiting | blocks serotonin signals that cause vomiting | 4 mg;8 mg | every eight hours as needed | constipation;headache;tiredness | It may affect the rhythm of the heart together with some other medicines.;The melting tablet needs no water.
loperamide | a medicine against diarrhea | short-term diarrhea | slows the movement of the bowel | 2 mg | after each loose stool as needed | constipation;cramps;dizziness | Do not take it with fever or blood in the stool.;Take no more than eight milligrams a day without advice.
dicyclomine | an antispasmodic | cramps of irritable bowel syndrome | relaxes the muscle of the bowel | 10 mg;20 mg | four times a day before meals | a dry mouth;blurry vision;dizziness | It can cause confusion in older people.;Avoid it with glaucoma.
psyllium | a fiber | constipation and irritable bowel syndrome | holds water in the stool and makes it soft | 3.4 grams;5 grams | once a day in a glass of water | gas;bloating;cramps | Drink it at once before it thickens.;Take other pills two hours apart.
polyethylene glycol | a laxative | constipation | draws water into the bowel | 17 grams | once a day in a glass of water | bloating;gas;cramps | It may take two days to work.;It is not taken up into the blood.
senna | a laxative | constipation | makes the muscle of the bowel move | 8.6 mg | at bedtime | cramps;diarrhea;dark urine | Use it for a week at most without advice.;It works overnight.
levothyroxine | a thyroid hormone | hypothyroidism | replaces the hormone that the thyroid no longer makes | 25 mcg;50 mcg;75 mcg;100 mcg;112 mcg | every morning on an empty stomach | palpitations;weight loss;trouble sleeping | Keep it four hours apart from iron and calcium.;Side effects mean that the dose may be too high.
alendronate | a bisphosphonate | osteoporosis | slows the cells that break bone down | 70 mg | once a week | heartburn;stomach pain;joint pain | Stay upright for half an hour after it.;Tell your dentist before a tooth is pulled.
vitamin D | a vitamin | weak bones and low levels | helps the gut take up calcium | 1000 units;2000 units | once a day | nausea;constipation;thirst | High doses over months can be harmful.;The skin makes it in sunlight.
ferrous sulfate | an iron supplement | iron deficiency | supplies the iron that red cells need | 325 mg | every other day | constipation;dark stools;nausea | Keep it away from small children.;Coffee and tea lower its uptake.
sertraline | an antidepressant | depression and anxiety | raises the amount of serotonin between nerve cells | 25 mg;50 mg;100 mg | once a day | nausea;diarrhea;trouble sleeping | Do not stop it suddenly.;Report thoughts of suicide at once, above all in the first weeks.
escitalopram | an antidepressant | depression and anxiety | raises the amount of serotonin between nerve cells | 5 mg;10 mg;20 mg | once a day | nausea;sleepiness;sweating | It needs four weeks to work.;Do not combine it with St. John's wort.
bupropion | an antidepressant | depression and stopping smoking | raises dopamine and norepinephrine | 150 mg;300 mg | every morning | a dry mouth;trouble sleeping;headache | People with seizures must not take it.;Swallow the tablet whole.
trazodone | a sedating antidepressant | sleep and depression | calms by blocking receptors of serotonin and histamine | 50 mg;100 mg | at bedtime | sleepiness;dizziness;a dry mouth | Get up slowly at night.;Avoid alcohol.
buspirone | a medicine against anxiety | anxiety | acts on serotonin receptors without causing dependence | 5 mg;10 mg;15 mg | twice a day | dizziness;nausea;headache | It does not work on the same day.;Avoid grapefruit juice.
hydroxyzine | an antihistamine that calms | anxiety and itching | blocks histamine in the brain | 10 mg;25 mg | at bedtime as needed | sleepiness;a dry mouth;dizziness | Do not drive after taking it.;Older people are sensitive to it.
melatonin | a sleep hormone | trouble falling asleep | tells the brain that it is night | 3 mg;5 mg | an hour before bedtime | headache;sleepiness;dreams | Bright light undoes its effect.;More is not better.
doxepin | a sedating medicine | trouble staying asleep | blocks histamine receptors at a very low dose | 3 mg;6 mg | at bedtime | sleepiness;nausea;a dry mouth | Do not take it within three hours of a meal.;Avoid alcohol.
sumatriptan | a triptan | migraine attacks | narrows the widened vessels of the head | 50 mg;100 mg | at the start of a headache as needed | tingling;tightness of the chest;sleepiness | People with heart disease must not take it.;Use it on no more than nine days a month.
propranolol | a beta blocker | migraine prevention and tremor | dampens the effect of adrenaline | 40 mg;80 mg | twice a day | tiredness;a slow pulse;cold hands | It can worsen asthma.;Do not stop it suddenly.
topiramate | a seizure medicine | migraine prevention | calms overactive nerve cells | 25 mg;50 mg | at bedtime | tingling;trouble finding words;weight loss | It can harm an unborn child.;Drink plenty of water, as it may cause kidney stones.
gabapentin | a nerve pain medicine | nerve pain | quiets the signals of damaged nerves | 100 mg;300 mg;600 mg | three times a day | sleepiness;dizziness;swelling | Do not combine it with opioids without advice.;Lower it step by step.
acetaminophen | a pain and fever reliever | pain and fever | eases pain and lowers fever without calming inflammation | 500 mg;650 mg;1000 mg | every six hours as needed | nausea;raised liver tests;rash | Adults should stay under 3000 milligrams a day.;Many cold remedies hold it too.
ibuprofen | an anti-inflammatory | pain, fever and swelling | blocks the enzymes that make prostaglandins | 200 mg;400 mg;600 mg | every six hours with food as needed | stomach pain;heartburn;swelling | Avoid it with kidney disease or blood thinners.;Take it with food.
naproxen | an anti-inflammatory | pain and stiffness of joints | blocks the enzymes that make prostaglandins for about twelve hours | 250 mg;500 mg | twice a day with food | heartburn;stomach pain;dizziness | Stop it if stools turn black.;Avoid it in late pregnancy.
diclofenac gel | an anti-inflammatory gel | joint pain | calms inflammation under the skin where it is rubbed in | 2 grams;4 grams | four times a day on the skin | dry skin;itching;rash | Wash your hands after use.;Do not cover it with a heating pad.
indomethacin | an anti-inflammatory | gout attacks | blocks the enzymes that make prostaglandins | 25 mg;50 mg | three times a day with food | headache;stomach pain;dizziness | It is hard on the stomach of older people.;Stop it when the attack is over.
ketorolac | a strong anti-inflammatory | severe pain, as from kidney stones | blocks the enzymes that make prostaglandins | 10 mg | every six hours as needed | stomach pain;drowsiness;swelling | Do not use it for more than five days.;Avoid it with kidney disease.
cyclobenzaprine | a muscle relaxant | muscle spasm | quiets muscle spasm through the brain stem | 5 mg;10 mg | at bedtime | sleepiness;a dry mouth;dizziness | Do not drive after taking it.;Use it for two or three weeks at most.
colchicine | a gout medicine | gout attacks | keeps white cells from reacting to crystals | 0.6 mg | twice a day | diarrhea;nausea;cramps | Diarrhea means that the dose is too high.;Several antibiotics raise its level.
allopurinol | a uric acid blocker | gout prevention | lowers the making of uric acid | 100 mg;200 mg;300 mg | once a day | rash;nausea;diarrhea | Stop it at once when a rash appears.;Gout may flare in the first months.
amoxicillin | a penicillin | bacterial infections of the throat, ears and lungs | keeps bacteria from building their walls | 500 mg;875 mg | twice a day for ten days | diarrhea;nausea;rash | Do not take it if you are allergic to penicillin.;Finish the whole course.
azithromycin | a macrolide antibiotic | infections of the lungs | keeps bacteria from making proteins | 250 mg;500 mg | once a day for five days | nausea;diarrhea;stomach pain | It may affect the rhythm of the heart.;It stays in the tissues for days after the last pill.
doxycycline | a tetracycline antibiotic | infections of the lungs and skin | keeps bacteria from making proteins | 100 mg | twice a day for seven days | nausea;sun sensitivity;heartburn | Take it with a full glass of water and stay upright.;Children under eight should not take it.
cephalexin | a cephalosporin antibiotic | infections of the skin | keeps bacteria from building their walls | 250 mg;500 mg | four times a day for seven days | diarrhea;nausea;rash | Tell your doctor of any penicillin allergy.;Take it with food if your stomach is upset.
nitrofurantoin | an antibiotic of the bladder | urinary tract infections | damages the genes of bacteria in the urine | 100 mg | twice a day for five days | nausea;headache;brown urine | Take it with food.;It does not treat infections of the kidney.
trimethoprim-sulfamethoxazole | a sulfa antibiotic | urinary tract infections | keeps bacteria from making folic acid | 160 mg | twice a day for three days | rash;nausea;sun sensitivity | Do not take it with a sulfa allergy.;It can raise potassium.
valacyclovir | an antiviral | shingles and herpes | keeps the virus from copying itself | 500 mg;1000 mg | three times a day for seven days | headache;nausea;dizziness | Start it within three days of the rash.;Drink plenty of water.
oseltamivir | an antiviral | influenza | keeps the influenza virus from leaving infected cells | 75 mg | twice a day for five days | nausea;vomiting;headache | Start it within two days of the first symptoms.;Take it with food.
benzonatate | a cough medicine | cough | numbs the stretch sensors of the lungs | 100 mg;200 mg | three times a day as needed | sleepiness;constipation;a numb mouth | Swallow the capsule whole.;Keep it away from children.
guaifenesin | an expectorant | cough with thick mucus | thins mucus in the airways | 400 mg;600 mg | twice a day | nausea;dizziness;headache | Drink plenty of water with it.;It does not stop a cough.
meclizine | a medicine against vertigo | dizziness | dampens the signals of the inner ear | 12.5 mg;25 mg | three times a day as needed | sleepiness;a dry mouth;blurry vision | Use it for a few days only.;Do not drive after taking it.
tamsulosin | an alpha blocker | an enlarged prostate and kidney stones | relaxes the muscle around the urethra | 0.4 mg | at bedtime | dizziness;a stuffy nose;tiredness | Stand up slowly.;Tell your eye surgeon that you take it.
finasteride | a hormone blocker | an enlarged prostate | shrinks the prostate over months | 5 mg | once a day | low libido;breast tenderness;dizziness | Pregnant women should not touch broken tablets.;It halves the PSA level.
hydrocortisone cream | a mild steroid cream | itching and rashes | calms inflammation of the skin | 1 percent;2.5 percent | twice a day on the skin | thin skin;burning;dryness | Do not use it on the face for more than a week.;Use a thin layer.
triamcinolone cream | a medium steroid cream | eczema and rashes | calms inflammation of the skin | 0.025 percent;0.1 percent | twice a day on the skin | thin skin;burning;acne | Keep it off the face.;Use it for two weeks, then pause.
erythromycin ointment | an antibiotic eye ointment | infections of the eye | keeps bacteria from making proteins | 0.5 percent | four times a day in the eye | blurry vision;stinging;redness | Do not touch the tip of the tube.;Vision is blurred for some minutes.
polymyxin-trimethoprim drops | an antibiotic eye drop | infections of the eye | kills bacteria of the eye | 1 drop | every four hours in the eye | stinging;redness;itching | Take lenses out before use.;Throw the bottle away after the treatment.
"""


@cache
def drugs() -> dict[str, Drug]:
    """All drugs by name."""
    found = {}
    for line in entries(_LINES):
        name, group, use, effect, doses, frequency, effects, cautions = (part.strip() for part in line.split("|"))
        split = tuple(doses.split(";")), frequency, tuple(effects.split(";")), tuple(cautions.split(";"))
        found[name] = Drug(name, group, use, effect, *split)
    return found
