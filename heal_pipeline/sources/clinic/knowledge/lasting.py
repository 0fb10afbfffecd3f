"""Lasting conditions of lungs, gut, mind, joints and skin. Data alone; `conditions.py` explains the form and reads it."""

TEXT = """
= asthma
what: a lasting inflammation of the airways that makes them narrow and twitchy
why: Triggers such as pollen, smoke or cold air [tighten|squeeze] the muscles around the airways and swell their lining
risk: allergies; a family history; smoke at home; obesity
signs: wheezing; shortness of breath; cough; trouble sleeping
test: spirometry; peak flow measurement
drugs: albuterol; budesonide-formoterol; montelukast; prednisone
care: carry your rescue inhaler; rinse your mouth after the steroid inhaler; avoid smoke and strong scents; use a spacer
alarm: trouble finishing a sentence; lips that turn blue; an inhaler that does not help
fact: Needing the rescue inhaler more than twice a week means that the asthma is not controlled.; An action plan tells what to do when the peak flow falls.; Symptoms are often worse at night and in the early morning.
cc: wheezing
lay: wheezing, mostly at night; this wheezing; wheezing and tightness
onset: weeks
feel: tight; whistling; squeezing
worse: cold air; exercise; cats; pollen
better: my inhaler; sitting up; warm air
with: shortness of breath; cough; trouble sleeping
without: fever; chest pain; leg swelling; coughing up blood
exam: lungs = expiratory wheezes in both lungs; chest = no use of accessory muscles
refer: pulmonology

= chronic obstructive pulmonary disease
what: a lung disease, mostly of smokers, in which air leaves the lungs too slowly
why: Years of smoke [destroy air sacs|damage the air sacs] and thicken the airways
risk: smoking; dust at work; smoke of open fires; lack of a protein called alpha-1 antitrypsin
signs: shortness of breath; cough; wheezing; fatigue; weight loss
test: spirometry; chest x-ray; pulse oximetry
drugs: tiotropium; albuterol; budesonide-formoterol; prednisone
care: stop smoking; get your flu shot every fall; breathe out through pursed lips; join a lung exercise program
alarm: confusion; sleepiness; blue lips; breathing that is worse than usual
fact: Quitting smoking slows the loss of lung function at any age.; The damage cannot be undone but breathlessness can be eased.; Flare-ups often follow a cold.
cc: shortness of breath
lay: shortness of breath; more shortness of breath than usual; this shortness of breath when I climb stairs
onset: weeks
feel: tight; heavy; air-hungry
worse: climbing stairs; hot weather; carrying groceries
better: my inhaler; sitting forward; resting
with: cough; wheezing; fatigue
without: fever; chest pain; leg swelling; coughing up blood
exam: lungs = decreased breath sounds with wheezing; fingers = no clubbing
refer: pulmonary rehabilitation

= acid reflux
what: a return of stomach acid into the food pipe
why: The ring of muscle at the lower end of the food pipe is too loose and lets acid rise
risk: obesity; pregnancy; smoking; late meals; a hiatal hernia
signs: heartburn; cough; bloating; nausea
test: upper endoscopy
drugs: omeprazole; famotidine; calcium carbonate
care: do not eat within three hours of bedtime; raise the head of your bed; lose some weight; cut down on coffee and alcohol
alarm: trouble swallowing; vomiting blood; black stools; weight loss without a reason
fact: Acid blockers work best when taken half an hour before breakfast.; A cough at night can be the only sign.; Long-standing reflux may change the lining of the food pipe.
cc: heartburn
lay: heartburn; really bad heartburn; this heartburn after dinner
onset: months
feel: burning; sour; gnawing
worse: spicy food; lying down; coffee; big meals
better: antacids; sitting up; smaller meals
with: bloating; nausea; cough
without: weight loss; vomiting; blood in the stool; chest pain
exam: abdomen = mild epigastric tenderness; throat = normal throat

= migraine
what: a headache disorder with attacks of throbbing pain, nausea and sensitivity to light
why: Nerves around the brain become overactive and release substances that widen and inflame vessels
risk: a family history; female sex; stress; irregular sleep
signs: headache; nausea; sensitivity to light; vomiting
test: no test in most cases
drugs: sumatriptan; propranolol; topiramate; naproxen
care: keep regular hours of sleep and meals; write a headache diary; rest in a dark room; take the pill early in the attack
alarm: the worst headache of your life; weakness of one side; fever with a stiff neck; confusion
fact: One in five people sees flashing lights or zigzag lines before the pain.; Taking pain pills on more than ten days a month can itself cause headaches.; Attacks last from four hours to three days.
cc: headache
lay: these headaches; a bad headache; headaches, like one a week
onset: weeks
feel: throbbing; pounding; pulsing
worse: bright light; noise; stress; skipping meals
better: a dark room; sleep; ibuprofen
with: nausea; sensitivity to light; vomiting
without: fever; weakness; numbness; neck pain
exam: neuro = normal cranial nerves; eyes = sharp optic discs

= knee osteoarthritis
what: a wear of the smooth cartilage in the knee joint
why: With age and load the cartilage thins, the bone beneath thickens, and the joint gets stiff
risk: age; obesity; an old injury; kneeling at work
signs: joint pain; joint swelling; morning stiffness
test: x-ray of the {side} knee
drugs: acetaminophen; naproxen; diclofenac gel
care: strengthen your thigh muscles; lose some weight; use a cane on the other side; choose swimming or cycling
alarm: a hot red joint; a knee that locks; sudden swelling with fever
fact: Each pound of weight puts four pounds of load on the knee.; Exercise eases pain as much as pills do.; Stiffness in the morning lasts less than half an hour.
cc: knee pain
lay: {side} knee pain; this {side} knee, just knee pain all the time; knee pain
onset: months
feel: aching; grinding; stiff
worse: stairs; kneeling; long walks
better: sitting; heat; rest
with: morning stiffness; joint swelling; joint pain
without: fever; numbness; rash; weight loss
exam: {side} knee = crepitus with motion; knees = no warmth or redness
refer: physical therapy

= major depression
what: a mood disorder with lasting sadness or loss of interest
why: Genes, stress and changes in brain signaling come together; it is not a weakness of will
risk: loss or grief; a family history; chronic pain; lack of support
signs: low mood; trouble sleeping; fatigue; poor concentration; loss of appetite
test: PHQ-9 questionnaire; thyroid stimulating hormone
drugs: sertraline; escitalopram; bupropion; trazodone
care: keep a daily routine; take a walk every day; talk to someone you trust; avoid alcohol
alarm: thoughts of suicide; hearing voices; not eating or drinking
fact: Medicines need four to six weeks to work fully.; Talking therapy works as well as pills for mild cases, and both together work best.; Treatment should go on for at least six months after recovery.
cc: low mood
lay: low mood; this low mood, I can't shake it; a low mood, pretty much every day
onset: weeks
feel: empty; heavy; flat
worse: mornings; being alone; work
better: talking to my sister; walking the dog; music
with: trouble sleeping; poor concentration; fatigue; loss of appetite
without: palpitations; weight loss; headache; confusion
exam: psych = flat affect with good eye contact; thought = no suicidal thoughts
refer: counseling

= generalized anxiety
what: a lasting state of worry that is hard to control
why: The alarm system of the brain stays switched on even when there is no danger
risk: stress; a family history; caffeine; an overactive thyroid
signs: anxiety; palpitations; trouble sleeping; irritability; muscle aches
test: GAD-7 questionnaire; thyroid stimulating hormone
drugs: escitalopram; sertraline; buspirone; hydroxyzine
care: cut down on caffeine; practice slow breathing; keep a regular bedtime; set aside a time for worries
alarm: thoughts of suicide; chest pain with sweating; panic that keeps you at home
fact: Avoiding what is feared makes the fear stronger.; Cognitive behavioral therapy has effects that last.; Exercise calms as well as a mild medicine.
cc: anxiety
lay: anxiety; a lot of anxiety; this anxiety, my mind just races
onset: months
feel: racing; on edge; restless
worse: crowds; work deadlines; coffee
better: deep breathing; running; being with friends
with: palpitations; trouble sleeping; irritability
without: chest pain; low mood; weight loss; fainting
exam: psych = anxious mood with normal speech; heart = regular rate and rhythm
refer: counseling

= insomnia
what: trouble falling or staying asleep at least three nights a week
why: Stress and habits keep the brain awake, and worry about sleep does the rest
risk: shift work; caffeine; screens at night; chronic pain
signs: trouble sleeping; fatigue; irritability; poor concentration
test: sleep diary
drugs: trazodone; melatonin; doxepin
care: get up at the same time every day; keep screens out of the bedroom; avoid caffeine after noon; leave the bed when you cannot sleep
alarm: falling asleep at the wheel; loud snoring with pauses of breath; thoughts of suicide
fact: Behavioral therapy works better than pills in the long run.; Alcohol brings sleep but breaks it in the second half of the night.; Lying awake in bed teaches the brain to be awake there.
cc: trouble sleeping
lay: trouble sleeping; a lot of trouble sleeping; trouble sleeping, I'm up at three every night
onset: weeks
feel: restless; wired; worn out
worse: stress; late coffee; my phone
better: reading; a warm bath; soft music
with: fatigue; irritability; poor concentration
without: low mood; anxiety; palpitations; heat intolerance
exam: neuro = alert with normal attention; neck = no thyroid enlargement

= eczema
what: a lasting itchy inflammation of dry skin
why: A weak skin barrier loses water and lets irritants in, and the immune system overreacts
risk: a family history; asthma; hay fever; dry air
signs: itching; rash; dry skin; trouble sleeping
test: no test in most cases
drugs: triamcinolone cream; hydrocortisone cream; cetirizine
care: put on a thick moisturizer after each bath; take short lukewarm baths; wear cotton; use soap without perfume
alarm: yellow crusts; painful blisters with fever; a rash that spreads fast
fact: The itch comes first, and scratching makes the rash.; Bleach baths, well diluted, lower the number of bacteria on the skin.; Children often outgrow it.
cc: itchy skin
lay: itchy skin, just constant itching; really itchy skin; itchy skin behind my knees
onset: weeks
feel: itchy; raw; tight
worse: wool; hot showers; stress; winter
better: moisturizer; cool cloths; cotton shirts
with: itching; dry skin; trouble sleeping; rash
without: fever; joint pain; hives; sore throat
exam: skin = dry scaly plaques in the elbow folds; hands = cracked skin on the fingers
refer: dermatology

= irritable bowel syndrome
what: a disorder of the gut with belly pain and changed bowel habits but no visible damage
why: Nerves between gut and brain are oversensitive, and the bowel moves too fast or too slowly
risk: stress; a gut infection in the past; female sex; age under 50
signs: abdominal pain; bloating; diarrhea; constipation
test: celiac antibodies; complete blood count; stool test
drugs: dicyclomine; loperamide; psyllium
care: keep a food diary; eat regular meals; try a diet low in fermentable sugars; practice slow breathing
alarm: blood in the stool; weight loss without a reason; fever; pain that wakes you at night
fact: The pain often eases after a bowel movement.; It does not turn into cancer.; Soluble fiber helps more than bran.
cc: abdominal pain
lay: abdominal pain; this abdominal pain, crampy; belly cramps, abdominal pain most days
onset: months
feel: crampy; bloated; twisting
worse: dairy; stress; onions; coffee
better: a bowel movement; heat; peppermint tea
with: bloating; diarrhea; constipation
without: blood in the stool; weight loss; fever; vomiting
exam: abdomen = soft abdomen with mild lower tenderness; bowel = normal bowel sounds
refer: nutrition

= allergic rhinitis
what: an inflammation of the nose by pollen, dust or animals, also called hay fever
why: The immune system takes harmless particles for enemies and releases histamine
risk: a family history; eczema; asthma; living with pets
signs: sneezing; runny nose; itchy eyes; nasal congestion
test: allergy skin test
drugs: cetirizine; fluticasone; montelukast; loratadine
care: keep windows closed when pollen is high; rinse your nose with saline twice a day; wash your hair at night; cover the mattress against mites
alarm: wheezing; shortness of breath; a swollen face
fact: A steroid nose spray takes about a week to work fully.; Symptoms in spring point to trees, in summer to grass, in fall to weeds.; Decongestant sprays should not be used for more than three days.
cc: runny nose and sneezing
lay: a runny nose and sneezing; constant sneezing and a runny nose; this runny nose and sneezing
onset: weeks
feel: itchy; stuffy; watery
worse: being outdoors; mowing the lawn; cats
better: antihistamines; staying inside; rain
with: itchy eyes; nasal congestion; sneezing
without: fever; sore throat; shortness of breath; ear pain
exam: nose = pale and swollen nasal turbinates; eyes = dark circles under the eyes

= prostate enlargement
what: a benign growth of the prostate gland that narrows the way of the urine
why: Hormones make the gland grow with age until it squeezes the urethra
risk: male sex; age over 50; obesity; a family history
signs: weak urine stream; frequent urination; trouble sleeping
test: urinalysis; prostate specific antigen
drugs: tamsulosin; finasteride
care: drink less in the evening; avoid cold pills with decongestants; take your time in the bathroom; cut down on caffeine
alarm: no urine at all; blood in the urine; fever with chills
fact: The size of the gland does not tell how bad the symptoms are.; It is not cancer and does not become cancer.; Tamsulosin can make a person dizzy on standing.
cc: weak urine stream
lay: a weak urine stream; this weak urine stream; a weak urine stream and getting up all night
onset: months
feel: slow; interrupted; dribbling
worse: evenings; cold pills; coffee
better: taking my time; drinking less at night; staying warm
with: frequent urination; trouble sleeping
without: burning with urination; blood in the urine; fever; back pain
exam: prostate = smooth enlarged prostate without nodules; abdomen = no bladder distension
sex: male
refer: urology

= chronic constipation
what: hard or rare bowel movements that last for weeks
why: The bowel moves slowly or its contents are too dry, often through diet, habits or medicines
risk: too little fiber; opioid pills; lack of exercise; hypothyroidism
signs: constipation; bloating; abdominal pain; loss of appetite
test: thyroid stimulating hormone; basic metabolic panel; colonoscopy
drugs: polyethylene glycol; psyllium; senna
care: eat more fruit, beans and whole grains; drink a glass of water with each meal; sit on the toilet after breakfast; move every day
alarm: blood in the stool; vomiting; weight loss without a reason
fact: A footstool in front of the toilet makes passing stool easier.; Fiber must be raised slowly or it brings gas.; Three movements a week can be normal.
cc: constipation
lay: constipation; this constipation; bad constipation, like twice a week
onset: weeks
feel: hard; blocked; bloated
worse: travel; cheese; my pain pills
better: prunes; walking; coffee
with: bloating; abdominal pain; loss of appetite
without: blood in the stool; vomiting; weight loss; fever
exam: abdomen = soft abdomen with palpable stool; rectum = no fissure
"""
