"""Injuries and passing complaints of muscles, nerves, skin and inner organs. Data alone; `conditions.py` explains the form and reads it."""

TEXT = """
= ankle sprain
what: a stretch or tear of the ligaments that hold the ankle together
why: The foot rolls inward, and the ligaments on the outside [are stretched beyond their limit|tear]
risk: sports with jumping; uneven ground; an earlier sprain; worn-out shoes
signs: joint pain; joint swelling; easy bruising
test: x-ray of the {side} ankle
drugs: ibuprofen; acetaminophen
care: rest the ankle for two days; put ice on it for fifteen minutes at a time; wrap it with an elastic bandage; keep the foot raised; begin gentle ankle circles when the swelling goes down
alarm: inability to take four steps; numbness of the foot; a foot that looks crooked
fact: Balance training after the injury halves the risk of another one.; Mild sprains heal in two weeks, severe ones take three months.; An x-ray is only needed where the bone itself is tender.
cc: ankle pain
lay: {side} ankle pain; pain in my {side} ankle, ankle pain since I rolled it; ankle pain after I twisted it
onset: days
feel: throbbing; sore; sharp
worse: walking; going down stairs; standing
better: ice; keeping it up; ibuprofen
with: joint swelling; easy bruising
without: numbness; tingling; weakness; fever
exam: {side} ankle = swelling over the lateral ankle; {side} foot = no bony tenderness of the midfoot

= lumbar strain
what: an overstretched muscle or ligament of the lower back
why: Lifting or twisting [with a bent back|without care] overloads the muscles along the spine
risk: heavy lifting; long hours of sitting; weak trunk muscles; smoking
signs: back pain; muscle aches; morning stiffness
test: x-ray of the lumbar spine
drugs: naproxen; cyclobenzaprine; acetaminophen
care: keep walking as much as the pain allows; use a heating pad for twenty minutes; bend your knees when you lift; avoid bed rest
alarm: numbness around the groin; loss of bladder control; weakness of a leg; fever
fact: Nine of ten people are better within six weeks.; Staying active heals faster than bed rest.; Pictures of the spine rarely change the treatment in the first weeks.
cc: low back pain
lay: low back pain; my low back, just constant back pain; back pain down low
onset: days
feel: dull; aching; tight; stabbing
worse: bending; lifting; long drives
better: lying on my back; heat; stretching
with: morning stiffness; muscle aches; trouble sleeping
without: numbness; weakness; fever; weight loss
exam: back = tenderness of the lumbar paraspinal muscles; legs = negative straight leg raise

= sciatica
what: pain along the large nerve that runs from the lower back down the leg
why: A bulging disc or a narrow canal presses on a nerve root of the lower spine
risk: heavy lifting; long driving; obesity; age between 30 and 50
signs: back pain; tingling; numbness; weakness
test: MRI of the lumbar spine
drugs: naproxen; gabapentin; cyclobenzaprine
care: take short walks; avoid sitting for more than half an hour; sleep with a pillow between your knees; do the exercises of the physical therapist
alarm: loss of bladder control; numbness around the groin; a foot that drops
fact: Most disc bulges shrink by themselves in a few months.; The pain is often worse in the leg than in the back.; Surgery helps earlier but after two years the results are alike.
cc: leg pain
lay: leg pain that shoots down the {side} side; shooting leg pain; {side} leg pain from my back down
onset: weeks
feel: shooting; electric; burning
worse: sitting; coughing; bending forward
better: standing; walking; lying down
with: tingling; back pain; numbness
without: weakness; fever; weight loss; frequent urination
exam: {side} leg = positive straight leg raise; back = limited forward bending
refer: physical therapy

= rotator cuff tendinitis
what: an irritation of the tendons that move and steady the shoulder
why: Repeated work above the head [rubs|squeezes] the tendons under the roof of the shoulder blade
risk: overhead work; swimming and throwing sports; age over 40; poor posture
signs: joint pain; weakness; trouble sleeping
test: x-ray of the {side} shoulder; ultrasound of the shoulder
drugs: naproxen; acetaminophen; diclofenac gel
care: avoid reaching over your head; put ice on the shoulder after work; do pendulum exercises every day; sleep on the other side
alarm: sudden loss of strength; a shoulder that looks out of place; fever with a hot joint
fact: Pain at night is typical.; Exercises work as well as surgery for most people.; A full tear becomes more common after the age of sixty.
cc: shoulder pain
lay: {side} shoulder pain; shoulder pain on the {side}; this nagging shoulder pain
onset: weeks
feel: aching; nagging; catching
worse: reaching overhead; lying on that side; putting on a coat
better: rest; ice; keeping the arm at my side
with: weakness; trouble sleeping; joint pain
without: numbness; tingling; neck pain; fever
exam: {side} shoulder = pain with abduction above ninety degrees; neck = full range of motion of the neck
refer: physical therapy

= plantar fasciitis
what: a soreness of the thick band under the foot that runs from the heel to the toes
why: Standing and running strain the band where it is fixed to the heel bone
risk: long standing; running; tight calves; obesity; flat feet
signs: joint pain; morning stiffness
test: x-ray of the {side} foot
drugs: ibuprofen; naproxen
care: stretch your calf and foot before you get up; roll a cold bottle under your foot; wear shoes with a cushioned heel; do not walk barefoot
alarm: numbness of the foot; swelling and redness of the heel; pain at rest at night
fact: The first steps in the morning hurt most.; A heel spur on the x-ray is common in people without pain.; Nine of ten people are well within a year without surgery.
cc: heel pain
lay: heel pain in my {side} foot; {side} heel pain; this stabbing heel pain
onset: weeks
feel: stabbing; sharp; sore
worse: the first steps in the morning; long standing; running
better: stretching; cushioned shoes; rest
with: morning stiffness; muscle aches
without: numbness; tingling; joint swelling; back pain
exam: {side} foot = tenderness at the medial heel; ankles = tight calf muscles

= carpal tunnel syndrome
what: a squeeze of the median nerve in the narrow tunnel at the wrist
why: Swelling in the tunnel presses on the nerve that serves the thumb and the first fingers
risk: repeated work with the hands; pregnancy; diabetes; hypothyroidism
signs: numbness; tingling; weakness; trouble sleeping
test: nerve conduction study
drugs: ibuprofen; naproxen
care: wear a wrist splint at night; take breaks from typing; keep your wrists straight; shake your hands out when they tingle
alarm: thumb muscles that shrink; constant numbness; dropping things often
fact: Symptoms that wake a person at night are typical.; The little finger is spared, because another nerve serves it.; A small operation opens the tunnel when splints are not enough.
cc: hand numbness
lay: numbness in my {side} hand; hand numbness, mostly at night; numbness in my fingers on the {side} hand
onset: months
feel: tingling; pins and needles; electric
worse: typing; driving; sleeping
better: shaking it out; resting the hand; a splint
with: tingling; weakness; trouble sleeping
without: neck pain; joint swelling; rash; headache
exam: {side} wrist = positive Tinel sign; {side} hand = mild weakness of thumb abduction

= contact dermatitis
what: a rash where something irritating or allergenic touched the skin
why: Soaps, metals or plants [set off|provoke] an inflammation of the skin where they touch it
risk: wet work; nickel jewelry; poison ivy; perfumes
signs: rash; itching; dry skin
test: patch test
drugs: hydrocortisone cream; cetirizine; triamcinolone cream
care: avoid the new product; wash the skin with cool water; use a plain moisturizer; keep your nails short
alarm: a rash of the face or genitals; blisters over a large area; pus or fever
fact: An allergic rash may come two days after the contact.; The fluid of the blisters does not spread the rash.; Gloves with cotton lining protect hands at work.
cc: rash
lay: this rash; an itchy rash on my arms; a red rash that itches
onset: days
feel: itchy; burning; dry
worse: heat; scratching; soap
better: cool water; lotion; antihistamines
with: itching; dry skin
without: fever; joint pain; shortness of breath; sore throat
exam: arms = red scaly patches on both forearms; skin = no signs of infection

= benign positional vertigo
what: a brief spinning feeling that certain movements of the head bring on
why: Tiny crystals of the inner ear slip into a canal that senses rotation
risk: age over 50; a blow to the head; migraine; osteoporosis
signs: dizziness; nausea; vomiting
test: Dix-Hallpike test
drugs: meclizine; ondansetron
care: get up slowly from bed; do the Epley maneuver at home; avoid ladders; sit down as soon as the spinning begins
alarm: trouble speaking; double vision; weakness of one side; a new severe headache
fact: Each spell lasts less than a minute.; A therapist can move the crystals back with a series of head positions.; It often comes back within five years, and the same treatment works again.
cc: dizziness
lay: dizziness, like the room spins; spells of dizziness; this dizziness when I turn my head
onset: days
feel: spinning; unsteady; whirling
worse: rolling over in bed; looking up; bending down
better: holding still; closing my eyes; sitting down
with: nausea; vomiting
without: hearing loss; headache; weakness; ringing in the ears
exam: neuro = positive Dix-Hallpike on the {side}; ears = normal eardrums
refer: vestibular therapy

= gallstone disease
what: a disorder in which hard pieces form from the bile in the gallbladder
why: When bile holds too much cholesterol, it forms crystals; a stone that blocks the outlet brings pain after meals
risk: female sex; age over 40; obesity; rapid weight loss; pregnancy
signs: abdominal pain; nausea; vomiting; bloating
test: ultrasound of the abdomen; liver function tests
drugs: ibuprofen; ondansetron
care: eat smaller meals with little fat; lose weight slowly; keep a diary of foods that bring the pain
alarm: yellow skin or eyes; fever with pain; pain that lasts more than five hours
fact: Most people with stones never notice them.; The pain often reaches the right shoulder blade.; Surgery through small cuts lets most people go home the same day.
cc: right upper abdominal pain
lay: this abdominal pain up under my ribs; abdominal pain after I eat; abdominal pain on the right, up high
onset: weeks
feel: crampy; squeezing; gnawing
worse: greasy food; big meals; eating late
better: lying on my side; not eating; waiting it out
with: nausea; bloating; vomiting
without: fever; diarrhea; chest pain; weight loss
exam: abdomen = tenderness in the right upper quadrant; skin = no jaundice
refer: general surgery

= kidney stone disease
what: a disorder in which hard deposits of minerals form in the kidney and may block the flow of urine
why: Concentrated urine lets calcium and other salts form crystals, which hurt when they move down the ureter
risk: drinking too little; a diet rich in salt; a stone in the past; a family history of stones
signs: back pain; blood in the urine; nausea; vomiting
test: CT scan of the abdomen; urinalysis; basic metabolic panel
drugs: ketorolac; tamsulosin; ondansetron
care: drink enough water to keep the urine pale; strain your urine to catch the stone; eat less salt; use a heating pad
alarm: fever with chills; pain that pills do not control; no urine at all
fact: Stones smaller than five millimeters usually pass on their own.; The pain comes in waves and may move to the groin.; Lemon juice adds citrate, which slows the growth of stones.
cc: flank pain
lay: flank pain on the {side}; this horrible {side} flank pain; flank pain that comes in waves
onset: days
feel: sharp; stabbing; colicky
worse: sitting still; urinating; driving
better: walking around; a heating pad; ibuprofen
with: nausea; blood in the urine; vomiting
without: fever; diarrhea; burning with urination; rash
exam: back = {side} costovertebral angle tenderness; abdomen = soft and not tender abdomen
refer: urology
"""
