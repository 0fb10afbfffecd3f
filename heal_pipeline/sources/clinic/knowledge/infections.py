"""Infections: of airways, ears, eyes, gut, urine and skin. Data alone; `conditions.py` explains the form and reads it."""

TEXT = """
= strep throat
what: a bacterial infection of the throat and tonsils
why: [Group A streptococcus bacteria spread|The bacteria, a group of streptococci, spread] in droplets when [an infected person|someone who carries them] coughs, sneezes, or shares a cup
risk: being between five and fifteen years old; close contact with an infected person; crowded classrooms; winter and early spring
signs: sore throat; fever; swollen glands; headache; loss of appetite
test: rapid strep test; throat culture
drugs: amoxicillin; ibuprofen
care: gargle with warm salt water; finish the whole course of antibiotics; replace your toothbrush after two days of treatment; stay home until you have taken antibiotics for a full day
alarm: trouble breathing or swallowing saliva; a stiff neck; a rash that feels like sandpaper
fact: Most sore throats come from viruses, and antibiotics do nothing for those.; Untreated infection can, rarely, lead to rheumatic fever and harm the heart valves.; A swab of the tonsils gives an answer within minutes.
cc: sore throat
lay: a really sore throat; this awful sore throat; a sore throat that feels like glass
onset: days
feel: raw; burning; sharp
worse: swallowing; talking; hot drinks
better: cold drinks; throat lozenges; ibuprofen
with: fever; swollen glands; headache; loss of appetite
without: cough; runny nose; rash; ear pain
exam: throat = exudate on both tonsils; neck = tender anterior cervical lymph nodes

= acute bronchitis
what: a short-lived inflammation of the large airways of the lungs
why: A virus that began as a cold [moves down|travels] into the airways, whose lining swells and makes mucus
risk: smoking; asthma; a recent cold; dusty or smoky air
signs: cough; wheezing; fatigue; nasal congestion
test: chest x-ray
drugs: benzonatate; albuterol; guaifenesin
care: drink plenty of fluids; use a humidifier at night; take a spoon of honey for the cough; avoid smoke
alarm: fever above 102 degrees for more than three days; coughing up blood; shortness of breath at rest
fact: The cough often outlasts the infection and may take three weeks to fade.; Because a virus is the usual cause, antibiotics seldom help.; Color of the mucus does not tell a virus from bacteria.
cc: cough
lay: this cough; a cough that just won't quit; a nasty chest cough
onset: days
feel: dry; hacking; wet; barking
worse: lying down; cold air; talking
better: honey; cough drops; warm tea
with: wheezing; fatigue; nasal congestion; muscle aches
without: fever; coughing up blood; chest pain; shortness of breath
exam: lungs = scattered rhonchi that clear with coughing; nose = clear nasal drainage

= community acquired pneumonia
what: an infection that fills air sacs of the lung with fluid and pus
why: Bacteria or viruses reach the deep parts of the lung, and the body's response fills the small air sacs
risk: age over 65; smoking; chronic lung disease; a weak immune system
signs: cough; fever; shortness of breath; chills; chest pain
test: chest x-ray; complete blood count; sputum culture
drugs: azithromycin; amoxicillin; doxycycline
care: rest until the fever is gone; drink plenty of fluids; finish the whole course of antibiotics; sit upright to ease your breathing
alarm: lips or fingertips that turn blue; confusion; breathing that gets faster; fever that returns after it had gone
fact: A vaccine protects older adults against the most common bacterial cause.; The x-ray may take six weeks to clear even when the patient feels well.; Tiredness can last for a month.
cc: cough and fever
lay: a bad cough with a fever; a cough and a fever that knocked me flat; this deep cough and fever
onset: days
feel: wet; rattling; deep
worse: lying flat; deep breaths; walking
better: sitting up; acetaminophen; rest
with: chills; shortness of breath; fatigue; night sweats
without: coughing up blood; leg swelling; vomiting; rash
exam: lungs = crackles at the {side} lung base; skin = warm and flushed skin

= acute sinusitis
what: an inflammation of the hollow spaces around the nose
why: A cold or an allergy swells the lining, mucus cannot drain, and pressure builds up
risk: a recent cold; hay fever; nasal polyps; smoking
signs: facial pressure; nasal congestion; headache; fever
test: no test in most cases
drugs: amoxicillin; fluticasone; ibuprofen
care: rinse your nose with saline twice a day; put a warm cloth over your face; sleep with your head raised; drink plenty of fluids
alarm: swelling around the eye; a severe headache with a stiff neck; double vision
fact: Nine of ten cases begin with a virus and clear without antibiotics.; Symptoms that get better and then worse again after a week suggest bacteria.; Saline for rinsing should be made with boiled or distilled water.
cc: sinus pressure
lay: sinus pressure; this sinus pressure and a stuffed up nose; awful sinus pressure in my face
onset: days
feel: heavy; throbbing; full
worse: bending forward; flying; lying down
better: hot showers; decongestants; steam
with: facial pressure; nasal congestion; headache; fatigue
without: fever; blurry vision; rash; cough
exam: face = tenderness over the {side} maxillary sinus; nose = thick nasal drainage

= acute otitis media
what: an infection of the middle ear behind the eardrum
why: The tube from the ear to the throat swells shut after a cold, and fluid behind the eardrum becomes infected
risk: being a young child; a recent cold; exposure to smoke; allergies
signs: ear pain; fever; hearing loss; trouble sleeping
test: look at the eardrum with an otoscope
drugs: amoxicillin; ibuprofen; acetaminophen
care: put a warm cloth over the ear; keep water out of the ear; sleep with your head raised; finish the whole course of antibiotics
alarm: swelling behind the ear; a stiff neck; drainage of blood from the ear; weakness of the face
fact: Many mild cases in healthy adults and older children heal without antibiotics.; Sudden relief with drainage can mean that the eardrum has opened: it usually heals.; Hearing may stay dull for a few weeks.
cc: ear pain
lay: pain in my {side} ear; an earache, just ear pain on the {side}; this sharp ear pain
onset: days
feel: sharp; stabbing; throbbing
worse: lying on that side; chewing; swallowing
better: a warm cloth; ibuprofen; sitting up
with: hearing loss; fever; nasal congestion; trouble sleeping
without: dizziness; ringing in the ears; sore throat; neck pain
exam: ears = a red and bulging {side} eardrum; neck = no lymph node enlargement

= urinary tract infection
what: an infection of the bladder, most often by bacteria from the bowel
why: Bacteria [climb up|enter] the urethra and multiply in the bladder, whose wall becomes sore
risk: female sex; sexual activity; menopause; a urinary catheter
signs: burning with urination; frequent urination; blood in the urine; abdominal pain
test: urinalysis; urine culture
drugs: nitrofurantoin; trimethoprim-sulfamethoxazole; ibuprofen
care: drink plenty of water; empty your bladder after sex; finish the whole course of antibiotics; do not hold your urine for long
alarm: fever with pain in the back; vomiting; symptoms that last more than two days on antibiotics
fact: Pain in the flank and fever suggest that the infection has reached the kidney.; In older people confusion may be the first sign.; The most common germ is Escherichia coli.
cc: burning with urination
lay: burning with urination; this burning with urination; a lot of burning with urination, it stings
onset: days
feel: stinging; burning; sharp
worse: urinating; coffee; holding it
better: drinking water; a heating pad; cranberry juice
with: frequent urination; abdominal pain; blood in the urine
without: fever; back pain; vomiting; chills
exam: abdomen = mild suprapubic tenderness; back = no costovertebral angle tenderness

= viral gastroenteritis
what: an infection of the stomach and bowel, often called stomach flu
why: Viruses such as norovirus spread through hands, food and surfaces, and [irritate|inflame] the lining of the gut
risk: eating with unwashed hands; cruise ships and nursing homes; daycare; raw shellfish
signs: diarrhea; vomiting; nausea; abdominal pain; fever
test: stool test; basic metabolic panel
drugs: ondansetron; loperamide; acetaminophen
care: take small sips of an oral rehydration drink; eat plain food as soon as you can; wash your hands with soap; stay home for two days after the last symptoms
alarm: blood in the stool; no urine for eight hours; dizziness on standing; fever above 102 degrees
fact: It is not related to influenza.; Most people are better within three days.; Alcohol gel does little against norovirus, soap and water work.
cc: nausea and diarrhea
lay: nausea and diarrhea; an upset stomach, nausea and diarrhea; terrible nausea and diarrhea
onset: days
feel: crampy; queasy; watery
worse: eating; dairy; moving around
better: lying still; ginger ale; small sips of water
with: vomiting; abdominal pain; fatigue; chills
without: blood in the stool; fever; fainting; headache
exam: abdomen = mild diffuse tenderness without guarding; mouth = dry mucous membranes

= cellulitis
what: a bacterial infection of the deeper layers of the skin
why: Bacteria enter through a cut, a bite or cracked skin and spread in the tissue beneath
risk: diabetes; swollen legs; athlete's foot; a weak immune system
signs: rash; fever; chills; leg swelling
test: complete blood count; blood culture
drugs: cephalexin; doxycycline; acetaminophen
care: keep the leg raised; draw a line around the redness; wash small cuts with soap; finish the whole course of antibiotics
alarm: redness that spreads beyond the line; fever with shaking chills; severe pain; black or blistered skin
fact: It is usually on one leg: redness of both legs is more often something else.; Treating athlete's foot closes the door for the next infection.; The skin may look worse in the first day of treatment.
cc: leg redness
lay: redness on my {side} leg; a leg that's red and hot, this leg redness; leg redness that keeps spreading
onset: days
feel: hot; tender; tight
worse: standing; touching it; walking
better: keeping it up; cool cloths; acetaminophen
with: leg swelling; chills; fever
without: numbness; itching; chest pain; shortness of breath
exam: {side} leg = warm redness over the shin; skin = no fluctuance

= shingles
what: a painful rash caused by the virus that also causes chickenpox
why: The virus sleeps in nerve roots after chickenpox and wakes up years later along one nerve
risk: age over 50; a weak immune system; stress; cancer treatment
signs: rash; tingling; itching; headache; fatigue
test: swab of a blister
drugs: valacyclovir; gabapentin; acetaminophen
care: keep the rash clean and covered; wear loose clothes; stay away from pregnant women and babies until it has crusted; use cool wet cloths
alarm: blisters near the eye; a rash on both sides; a severe headache with fever
fact: Pain or tingling may come days before the rash.; A vaccine in two doses prevents nine of ten cases.; Treatment works best within three days of the first blisters.
cc: painful rash
lay: a painful rash on my {side} side; this painful rash; a painful rash, like a stripe
onset: days
feel: burning; stinging; electric
worse: clothes touching it; heat; night time
better: cool cloths; loose shirts; acetaminophen
with: tingling; fatigue; itching
without: fever; blurry vision; weakness; cough
exam: skin = grouped vesicles in a band on the {side} trunk; eyes = no lesions near the eyes

= bacterial conjunctivitis
what: an infection of the thin clear skin over the white of the eye
why: Bacteria reach the eye from hands, lenses or a cold and spread easily in a household
risk: contact lenses; shared towels; a recent cold; daycare
signs: eye redness; eye discharge; itchy eyes
test: no test in most cases
drugs: erythromycin ointment; polymyxin-trimethoprim drops
care: wash your hands often; use your own towel; do not wear contact lenses; wipe the lids with a warm wet cloth
alarm: pain in the eye; loss of vision; pain with bright light
fact: Thick yellow discharge suggests bacteria, watery discharge a virus or an allergy.; Most cases heal within a week even without drops.; People who wear lenses need an examination, since the cornea may be infected.
cc: red eye
lay: a red eye on the {side}; this red eye with goop in it; {side} red eye, all crusty in the morning
onset: days
feel: gritty; itchy; sticky
worse: mornings; rubbing it; contact lenses
better: a warm cloth; artificial tears; rinsing
with: eye discharge; itchy eyes; eye redness
without: blurry vision; sensitivity to light; headache; fever
exam: eyes = {side} conjunctival redness with discharge; pupils = equal and reactive pupils

= influenza
what: a contagious infection of the nose, throat and lungs by influenza viruses
why: The virus spreads in droplets from people who talk, cough or sneeze nearby
risk: age over 65; pregnancy; asthma; diabetes
signs: fever; muscle aches; cough; fatigue; headache; chills
test: rapid influenza test
drugs: oseltamivir; acetaminophen; ibuprofen
care: rest at home; drink plenty of fluids; stay away from others until a day after the fever is gone; cover your cough
alarm: shortness of breath; confusion; chest pain; fever that returns
fact: A yearly vaccine lowers the risk of severe illness.; Antiviral pills help most when they are started within two days.; People are contagious from a day before the symptoms begin.
cc: fever and body aches
lay: a fever and body aches; this fever and body aches all over; fever, body aches, the whole works
onset: days
feel: achy; heavy; miserable
worse: moving; coughing; evenings
better: rest; acetaminophen; fluids
with: chills; cough; fatigue; headache
without: shortness of breath; chest pain; vomiting; rash
exam: throat = mild redness of the throat; lungs = good air movement in both lungs
"""
