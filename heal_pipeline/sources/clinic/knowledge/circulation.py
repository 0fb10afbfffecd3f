"""Lasting conditions of heart, vessels, kidneys, blood, glands and bones. Data alone; `conditions.py` explains the form and reads it."""

TEXT = """
= hypertension
what: a condition in which the pressure of the blood on the artery walls stays too high
why: Arteries that are stiff or tight make the heart push harder, and over years the pressure harms vessels, brain and kidneys
risk: age; a family history; too much salt; obesity; alcohol
signs: headache; dizziness; blurry vision
test: basic metabolic panel; electrocardiogram; urine albumin
drugs: lisinopril; amlodipine; losartan; hydrochlorothiazide
care: limit salt to a teaspoon a day; check your blood pressure at home; walk for thirty minutes on most days; drink less alcohol
alarm: chest pain; sudden weakness of one side; a severe headache with blurred vision; pressure above 180 over 120
fact: Most people with high pressure feel nothing.; Two readings on different days make the diagnosis.; Losing ten pounds can lower the upper number by five points.
visit: follow-up
cc: follow-up of hypertension
lay: my blood pressure, the hypertension; the blood pressure check for my hypertension; my hypertension
onset: years
status: home readings in the 120s; home readings in the 130s; home readings in the 150s
with: headache; dizziness
without: chest pain; shortness of breath; blurry vision; leg swelling; palpitations
exam: heart = regular rate and rhythm; legs = no ankle edema

= type 2 diabetes
what: a condition in which the body does not use insulin well and sugar builds up in the blood
why: Cells answer weakly to insulin, and in time the pancreas cannot make enough to keep up
risk: obesity; a family history; lack of exercise; age over 45; diabetes in pregnancy
signs: excessive thirst; frequent urination; fatigue; blurry vision; weight loss
test: hemoglobin A1c; urine albumin; lipid panel
drugs: metformin; glipizide; empagliflozin; insulin glargine
care: check your feet every day; choose whole grains and vegetables; check your sugar before breakfast; take a walk after meals
alarm: sugar above 300 that does not come down; confusion; a foot wound that does not heal; vomiting
fact: The A1c shows the average sugar of about three months.; A yearly eye exam finds harm before it can be felt.; Losing weight early can bring the sugar back to normal for years.
visit: follow-up
cc: follow-up of type 2 diabetes
lay: my sugar, the type 2 diabetes; my type 2 diabetes; the type 2 diabetes, the sugars
onset: years
status: morning sugars around 120; morning sugars around 150; morning sugars around 190
with: excessive thirst; frequent urination; tingling
without: blurry vision; chest pain; weight loss; fainting; numbness
exam: feet = intact sensation in both feet; skin = no foot ulcers
refer: ophthalmology

= high cholesterol
what: a high level of fats in the blood that settle in the walls of arteries
why: The liver makes more low-density cholesterol than it clears, through genes, diet or both
risk: a family history; food rich in saturated fat; obesity; hypothyroidism
signs: chest pain; fatigue
test: lipid panel; liver function tests; hemoglobin A1c
drugs: atorvastatin; rosuvastatin; ezetimibe
care: eat more beans, oats and nuts; choose olive oil over butter; walk for thirty minutes on most days; take the pill at the same time every day
alarm: severe muscle pain with dark urine; chest pain; weakness of one side
fact: It causes no symptoms until an artery is narrow.; Statins lower the risk of a heart attack by about a quarter.; Muscle aches under statins often have another cause.
visit: follow-up
cc: follow-up of high cholesterol
lay: my cholesterol, the high cholesterol; the high cholesterol; my high cholesterol
onset: years
status: LDL of 96; LDL of 128; LDL of 164
with: muscle aches; fatigue
without: chest pain; shortness of breath; weakness; leg swelling; abdominal pain
exam: heart = regular rate without murmur; legs = normal pulses in both feet

= stable angina
what: chest discomfort that comes with effort because the heart muscle gets too little blood
why: Plaques narrow the arteries of the heart, so that they cannot carry more blood when it is needed
risk: smoking; high cholesterol; diabetes; high blood pressure; a family history
signs: chest pain; shortness of breath; fatigue
test: electrocardiogram; stress test; lipid panel
drugs: nitroglycerin; aspirin; metoprolol; atorvastatin
care: stop and rest when the pain comes; carry your nitroglycerin; stop smoking; walk every day at an easy pace
alarm: chest pain at rest; pain that lasts more than ten minutes; sweating with pain in the arm or jaw
fact: The discomfort is more often a pressure than a pain.; It goes away within minutes of rest.; Pain that comes with less effort than before needs help at once.
cc: chest pain
lay: chest pain when I walk uphill; this chest pain, more like a pressure; chest pain
onset: weeks
feel: pressing; squeezing; heavy
worse: walking uphill; cold weather; climbing stairs
better: rest; sitting down; stopping
with: shortness of breath; fatigue
without: fainting; palpitations; leg swelling; heartburn; cough
exam: heart = regular rate without murmur; lungs = clear lungs
refer: cardiology

= heart failure
what: a weakness of the heart, which does not pump as much blood as the body needs
why: A damaged or stiff heart muscle lets fluid back up into the lungs and legs
risk: high blood pressure; a heart attack in the past; diabetes; alcohol
signs: shortness of breath; leg swelling; fatigue; weight gain; cough
test: echocardiogram; BNP level; basic metabolic panel
drugs: furosemide; carvedilol; lisinopril; spironolactone; empagliflozin
care: weigh yourself every morning; keep salt under two grams a day; raise your legs when you sit; write down your weights
alarm: a gain of three pounds in a day; shortness of breath at rest; fainting
fact: Weight rises before the swelling can be seen.; Four kinds of medicine together help people live longer.; Sleeping on more pillows than before is a warning sign.
cc: leg swelling
lay: swelling in my legs, a lot of leg swelling; leg swelling; this leg swelling, my socks leave marks
onset: weeks
feel: tight; heavy; puffy
worse: standing; salty food; evenings
better: raising my legs; mornings; compression socks
with: shortness of breath; fatigue; weight gain
without: chest pain; fever; fainting; palpitations
exam: legs = pitting edema of both legs; lungs = crackles at both lung bases
refer: cardiology

= atrial fibrillation
what: an irregular rhythm in which the upper chambers of the heart quiver
why: Many stray electrical signals replace the regular beat, and blood that lingers may form clots
risk: age; high blood pressure; alcohol; sleep apnea; an overactive thyroid
signs: palpitations; shortness of breath; fatigue; dizziness
test: electrocardiogram; echocardiogram; thyroid stimulating hormone
drugs: metoprolol; apixaban; diltiazem
care: take the blood thinner at the same times every day; learn to check your pulse; limit alcohol; do not stop the blood thinner on your own
alarm: weakness of the face or an arm; fainting; bleeding that does not stop; chest pain
fact: It makes a stroke five times as likely, and blood thinners prevent two thirds of them.; It may come and go without being felt.; The pulse is irregular and often fast.
cc: palpitations
lay: palpitations; these palpitations, my heart just flutters; palpitations that come out of nowhere
onset: weeks
feel: fluttering; racing; skipping
worse: alcohol; stress; climbing stairs
better: lying down; deep breathing; sitting still
with: fatigue; shortness of breath; dizziness
without: chest pain; fainting; leg swelling; weakness
exam: heart = irregularly irregular rhythm; legs = no ankle edema
refer: cardiology

= chronic kidney disease
what: a slow loss of the kidneys' power to clean the blood
why: High pressure and high sugar scar the small filters of the kidney over the years
risk: diabetes; high blood pressure; age over 60; pain pills taken for years
signs: fatigue; leg swelling; itching; loss of appetite
test: basic metabolic panel; urine albumin; ultrasound of the kidneys
drugs: losartan; empagliflozin; furosemide
care: keep your blood pressure below 130 over 80; avoid ibuprofen and naproxen; limit salt to a teaspoon a day; tell each doctor about your kidneys
alarm: shortness of breath; very little urine; confusion; vomiting
fact: Early stages cause no symptoms, only blood and urine tests show them.; Protein in the urine is a sign of faster loss.; Many doses must be lowered when the kidneys are weak.
visit: follow-up
cc: follow-up of chronic kidney disease
lay: my kidneys, the chronic kidney disease; my chronic kidney disease; the chronic kidney disease labs
onset: years
status: a creatinine of 1.6; a creatinine of 1.9; a creatinine of 2.2
with: fatigue; leg swelling; itching
without: shortness of breath; nausea; chest pain; blood in the urine; confusion
exam: legs = trace ankle edema; lungs = clear lungs
refer: nephrology

= hypothyroidism
what: a shortage of the hormones that the thyroid gland makes
why: Most often the body's own defense attacks the gland, which slowly fails
risk: female sex; age over 60; other autoimmune disease; an operation of the gland
signs: fatigue; weight gain; cold intolerance; constipation; dry skin; hair loss
test: thyroid stimulating hormone; free T4
drugs: levothyroxine
care: take the pill on an empty stomach; wait four hours before calcium or iron; keep to the same brand; have your level checked after six weeks
alarm: confusion; very low body temperature; a slow heartbeat
fact: A high level of thyroid stimulating hormone means that the gland makes too little.; The dose is adjusted every six weeks until the level is steady.; During pregnancy the dose must often be raised.
visit: follow-up
cc: follow-up of hypothyroidism
lay: my thyroid, the hypothyroidism; my hypothyroidism; the hypothyroidism check
onset: years
status: energy that is better; energy that is about the same; energy that is low
with: fatigue; cold intolerance; constipation; dry skin; hair loss
without: palpitations; weight gain; heat intolerance; chest pain
exam: neck = no thyroid enlargement; skin = dry skin

= iron deficiency anemia
what: a lack of red blood cells because the body has too little iron
why: Bleeding, a poor diet or poor uptake empties the iron stores that red cells are made with
risk: heavy periods; pregnancy; ulcers of the stomach; a vegan diet
signs: fatigue; shortness of breath; dizziness; palpitations; hair loss
test: complete blood count; ferritin; colonoscopy
drugs: ferrous sulfate
care: take the iron with orange juice; eat beans, spinach and red meat; keep tea and coffee away from the iron pill; expect dark stools
alarm: black sticky stools; chest pain; fainting
fact: In men and older women the cause is bleeding of the gut until shown otherwise.; Iron every other day is absorbed as well as every day.; It takes three months of tablets to refill the stores.
cc: fatigue
lay: fatigue; this fatigue, I'm just wiped out; constant fatigue
onset: months
feel: heavy; drained; washed out
worse: climbing stairs; afternoons; work
better: naps; sitting down; a day off
with: shortness of breath; dizziness; palpitations; hair loss
without: blood in the stool; weight loss; chest pain; fever
exam: eyes = pale conjunctivae; heart = soft systolic murmur

= osteoporosis
what: a loss of bone that makes it thin and easy to break
why: After middle age more bone is broken down than is built, fastest after menopause
risk: female sex; low body weight; steroids; smoking; a parent with a hip fracture
signs: back pain; muscle aches
test: bone density scan; vitamin D level
drugs: alendronate; vitamin D; calcium carbonate
care: walk or lift light weights every day; remove loose rugs; get enough calcium from food; stop smoking
alarm: sudden back pain after a small strain; a fall with hip pain; jaw pain
fact: It is silent until a bone breaks.; Alendronate is taken with plain water, upright, half an hour before food.; Losing height can be a sign of broken vertebrae.
visit: follow-up
cc: follow-up of osteoporosis
lay: my bones, the osteoporosis; my osteoporosis; the osteoporosis check
onset: years
status: a T-score of minus 2.6; a T-score of minus 2.9; no falls since the last visit
with: back pain; muscle aches
without: heartburn; joint swelling; weakness; weight loss; numbness
exam: back = no spinal tenderness; gait = steady gait

= gout
what: a painful inflammation of a joint by crystals of uric acid
why: Uric acid builds up in the blood, forms needles in a cool joint, and the body attacks them
risk: male sex; beer and meat; water pills; kidney disease
signs: joint pain; joint swelling; fever
test: uric acid level; joint fluid analysis
drugs: colchicine; allopurinol; indomethacin; prednisone
care: drink plenty of water; cut down on beer and red meat; keep the foot raised; put ice on the joint
alarm: fever with a hot joint; several joints at once; no relief after two days
fact: The first attack is often in the big toe at night.; Pills that lower uric acid must be taken for years to dissolve the crystals.; Cherries and low-fat milk may lower the number of attacks.
cc: toe pain
lay: pain in my {side} big toe; awful toe pain; {side} toe pain, even the sheet hurts
onset: days
feel: burning; crushing; throbbing
worse: walking; touching it; beer
better: ice; keeping it up; naproxen
with: joint swelling; trouble sleeping
without: fever; numbness; rash; chills
exam: {side} foot = red and swollen big toe joint; skin = no open wound
"""
