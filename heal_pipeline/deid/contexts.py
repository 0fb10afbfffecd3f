"""Sentence contexts for the tagger's training corpus: templates with slots for identifiers and for harmless words.

Written for this project; none is taken from a data set. The carriers of the canary audit are kept elsewhere on purpose
and must never be read here.
"""

import re

IDENTIFIERS = {
    "name": "PERSON", "first": "PERSON", "last": "PERSON", "full": "PERSON", "doctor": "PERSON",
    "city": "LOCATION", "place": "LOCATION", "street": "LOCATION", "road": "LOCATION", "hospital": "LOCATION", "country": "LOCATION", "zip": "LOCATION", "site": "LOCATION",
    "company": "ORGANIZATION", "date": "DATE_TIME", "month": "DATE_TIME", "id": "ID",
    "phone": "CONTACT", "email": "CONTACT", "url": "CONTACT", "handle": "CONTACT",
}  # fmt: skip
"""Slot to label."""

WORDS = {
    "rel": "wife|husband|mother|father|son|daughter|sister|brother|neighbor|aunt|uncle|cousin|grandson|granddaughter|friend|boss|coworker|partner|girlfriend|boyfriend|caregiver|roommate|niece|nephew|mom|dad|stepson|fiance",
    "role": "nurse|therapist|pharmacist|surgeon|cardiologist|social worker|case manager|resident|physician|neurologist|dentist|counselor|medical assistant|scribe|interpreter|attorney|teacher|coach|manager|dietitian|paramedic|specialist|oncologist|technician|bank teller|mechanic|welder|truck driver|electrician|carpenter|cook|farmer|cashier|accountant|office worker|driver|homemaker",
    "said": "said|told me|mentioned|thinks|reports|states|denies|called|asked|agreed|noticed|wrote|wants to know|explained|insists|complains|admits|worries",
    "did": "was seen|was admitted|was discharged|came in|underwent surgery|was evaluated|followed up|was referred|had an mri|was transferred|got his labs|was started on a statin|had her stitches out|was examined|presented|returned|moved|retired|grew up|was born|fell|slipped on the ice",
    "symptom": "chest pain|shortness of breath|a headache|dizziness|nausea|swelling in the ankles|a rash|fatigue|back pain|knee pain|a dry cough|palpitations|numbness|heartburn|trouble sleeping|joint stiffness|blurred vision|abdominal pain|night sweats|a sore throat|constipation|a stuffy nose",
    "body": "knee|shoulder|hip|chest|abdomen|ankle|wrist|lower back|neck|elbow|heart|lung|liver|kidney|thyroid|eye|foot|hand|spine|gallbladder|skin|throat|sinus",
    "side": "left|right|both|bilateral",
    "title": "Dr.|Dr|Doctor|Mr.|Mrs.|Ms.|Miss|Mr|Mrs|Ms|Prof.|Nurse|Aunt|Uncle|Sister|Father|Coach|Officer|Judge|Reverend|Captain|Professor",
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|today|yesterday|tomorrow|this morning|last night|last week|next week",
    "age": "34|57|62|8|19|45|71|88|26|50|39|66",
    "num": "2|3|4|6|10|12|20|25|40|50|81|100|120|250|500",
    "unit": "mg|mcg|units|ml|tablets|puffs|drops|grams|milligrams",
    "freq": "daily|twice a day|once a day|every six hours|as needed|at bedtime|b.i.d.|weekly|three times a day|every morning|p.r.n.",
    "test": "MRI|CT scan|x-ray|EKG|CBC|BMP|lipid panel|hemoglobin A1c|TSH|colonoscopy|echocardiogram|urinalysis|ultrasound|stress test|biopsy|BNP|troponin|EMG|PSA|DEXA scan|mammogram|ABG",
    "eponym": "Parkinson's disease|Crohn's disease|Alzheimer's|Hodgkin lymphoma|Graves' disease|Bell's palsy|Babinski sign|Murphy's sign|Foley catheter|Glasgow coma scale|Addison's disease|Cushing syndrome|Tinel sign|Phalen test|Lachman test|McMurray test|Romberg|Heimlich|Down syndrome|Raynaud's|Hashimoto's thyroiditis|Baker's cyst|Barrett's esophagus|Homans sign|Kerley B lines|Lyme disease|Marfan syndrome|Meniere's disease|Paget's disease|Sjogren's syndrome|Wilson disease|Tourette's|Spurling test|Apgar|Doppler|Holter monitor|Achilles tendon|Pap smear|Gram stain|Colles fracture|Dupuytren contracture|Weber test|Rinne test|Trendelenburg|Mallampati|Ranson criteria|Wells score|Hawkins test|Neer sign|Kernig sign|Brudzinski|Dix-Hallpike|Epley maneuver|Valsalva maneuver|Semont maneuver|Finkelstein test|Thompson test|Hoffmann sign|Kegel exercises|Centor score|Ottawa rules|Faber test|Allen test",
    "brand": "Tylenol|Advil|Motrin|Aleve|Lipitor|Zoloft|Prozac|Lasix|Synthroid|Norvasc|Protonix|Nexium|Claritin|Zyrtec|Flonase|Ventolin|Xarelto|Eliquis|Plavix|Coumadin|Humira|Ozempic|Lantus|Lexapro|Ambien|Xanax|Ultram|Neurontin|Prilosec|Bumex|Bactrim|Keflex|Augmentin|Medrol|Mobic|Benadryl|Robitussin|Mucinex|Pepto-Bismol|Tums|Voltaren|Imitrex|Topamax|Singulair|Advair|Symbicort|Spiriva|Januvia|Jardiance|Crestor|Cialis|Viagra|Vicodin|Percocet|Norco|Naprosyn|Sinemet|Lamisil|Accutane|Chantix|Adderall|Ritalin|Dilaudid|Keppra|Buspar|Farxiga|Flexeril|Celestone|Tamiflu|Zofran|Pepcid|Zantac|Celebrex|Toradol|Valium|Klonopin|Ativan|Seroquel|Abilify|Wellbutrin|Cymbalta|Effexor|Paxil|Celexa|Lyrica|Cozaar|Diovan|Toprol|Zocor|Pravachol|Zetia|Glucophage|Trulicity|Victoza|Wegovy|Humalog|Novolog|Depakote|Lamictal|Tegretol|Dilantin|Premarin|Mirena|Flomax|Proscar|Fosamax|Boniva|Prolia|Enbrel|Remicade|Plaquenil|Zithromax|Cipro|Levaquin|Diflucan|Valtrex|Narcan|Suboxone|Elavil|Mylanta|Aspercreme|Cetaphil|Sudafed|Afrin|Imodium|Miralax|Colace|Metamucil|Botox",
    "drug": "lisinopril|metformin|aspirin|ibuprofen|atorvastatin|metoprolol|amoxicillin|prednisone|gabapentin|omeprazole|albuterol|warfarin|insulin|hydrochlorothiazide|levothyroxine|sertraline|furosemide|amlodipine|tramadol|methotrexate|naproxen|cephalexin|doxycycline|meloxicam|clopidogrel|losartan|simvastatin|oxycodone|hydrocodone|melatonin",
    "disease": "hypertension|diabetes|asthma|copd|congestive heart failure|depression|anxiety|arthritis|gerd|hypothyroidism|anemia|migraines|pneumonia|atrial fibrillation|gout|osteoporosis|kidney stones|breast cancer|epilepsy|cirrhosis|sleep apnea|psoriasis|a stroke|coronary artery disease|bronchitis|cellulitis|sciatica|chronic kidney disease|hyperlipidemia|lupus|eczema|covid-19|hepatitis c",
    "adj": "stable|well|normal|mild|severe|worse|better|clear|tender|intact|unremarkable|soft|regular|improving|fine|good|okay|tired|happy",
    "thing": "garden|dog|cat|book|song|car|house|movie|grill|boat|computer|bike|couch|birthday cake|wedding|vacation|golf swing|basketball game|treadmill|recipe|truck|job|church choir|coffee|phone",
    "heading": "CHIEF COMPLAINT|HISTORY OF PRESENT ILLNESS|PAST MEDICAL HISTORY|MEDICATIONS|ALLERGIES|REVIEW OF SYSTEMS|PHYSICAL EXAM|ASSESSMENT AND PLAN|SOCIAL HISTORY|FAMILY HISTORY|VITALS|RESULTS|INSTRUCTIONS|SUBJECTIVE|OBJECTIVE|PLAN|SURGICAL HISTORY|IMPRESSION|CONSTITUTIONAL|INTEGUMENTARY|PATIENT AGREEMENTS|CARDIOVASCULAR|RESPIRATORY|MUSCULOSKELETAL|NEUROLOGICAL|VITALS REVIEWED|CC|HPI|ENDOCRINE|PSYCHIATRIC|DISPOSITION|LABS|IMAGING|ASSESSMENT|WORKUP|REMARKS|COMMENTS|ALLERGIES AND INTOLERANCES|AGGRAVATING FACTORS|RELIEVING FACTORS|ASSOCIATED SYMPTOMS|REASON FOR VISIT|ONSET|SEVERITY|QUALITY|TIMING|LOCATION|CONTEXT|DURATION|PATIENT INSTRUCTIONS|FOLLOW UP|GENITOURINARY|GASTROINTESTINAL|EYES|SKIN|HEMATOLOGIC|GENERAL|FUNCTIONAL STATUS|SCREENING|DIAGNOSES|PROCEDURES|IMMUNIZATIONS|HEALTH MAINTENANCE|PAST MEDICAL HX|MEDICAL DECISION MAKING|HOME MEDICATIONS|CURRENT MEDICATIONS|ASSESSMENT|PLAN|CHIEF COMPLAINT|CLINICAL SUMMARY",
    "ethnic": "African American|Caucasian|Hispanic|white|Black|Asian|Latino|Native American|South Asian|Middle Eastern",
    "grade": "1/6|2/6|3/6|4/6|5/5|4/5|3/5|2+|1+|3+",
    "score": "2/10|3/10|4/10|5/10|6/10|7/10|8/10|9/10|10/10|8 out of 10",
    "quality": "sharp|dull|aching|burning|stabbing|throbbing|crampy|gnawing|pressure-like|shooting|tingling|diffuse|constant|intermittent|gritty|heavy",
    "scale": "PHQ-9|PHQ-2|GAD-7|AUDIT-C|MMSE|MoCA|SF-36|CAGE|NIHSS|STOP-BANG|ODI|DASH",
    "spelled": "M R I|C T|E K G|U T I|B P|B M I|E R|I V|E C G|C B C|C O P D|T S H|P T|M G|X rays|A one C|G I|E N T",
    "year": "1978|1985|1991|1996|2001|2005|2008|2010|2012|2014|2015|2016|2017|2018|2019|2020|2021|2022|2023|2024",
    "abbr": "HTN|HLD|DM|DM2|T2DM|CAD|CKD|CHF|COPD|AFib|DVT|PE|BMI|GERD|MI|CVA|TIA|UTI|URI|OSA|PCI|CABG|BPH|RA|OA|SLE|MS|ASA|ACE|NSAIDs|SSRI|PPI|BP|HR|RR|SpO2|EF|ROM|HEENT|PERRL|EOMI|NAD|WNL|A&O|NPO|IV|IM|PO|PRN|BID|TID|QID|qHS|pt|pts|hx|dx|tx|rx|sx|fx|h/o|s/p|c/o|w/|w/o|f/u|y/o|RLQ|LLQ|RUQ|LUQ|ED|ER|ICU|OR|PCP|PT|OT|DNR|CBC|CMP|WBC|Hgb|Plt|INR|PT/INR|A1c|HbA1c|LDL|HDL|TSH|CRP|ESR|EKG|ECG|CXR|CT|MRI|US|HIV|HCV|HPV|TB|MRSA|AHA|ADA|CDC|FDA|NIH|WHO|USPSTF|EGFR|BRCA|HER2|LVEF|NSTEMI|STEMI|AKI|ESRD|ALS|ADHD|PTSD|OCD|IBS|IBD|PCOS|JVD|CVA tenderness|DTRs|ADLs|DME|PACU|GCS|LOC|ETOH|CPAP|HPI|LBP|RHM|RHF|DCIS|ORIF|THC|STDs|DJD|PUD|CLL|PTA|FHx|PMHx|PSHx|ROS|NYHA|MELD|JNC|MVC|EMS|RVR|PICC|HLD|LAD|SOB|DOE|RLE|LLE|RUE|LUE|BUN|AST|ALT|TTE|TEE|MCA|ICA|IVF|NKDA|NSR|PMH|PSH|IgA|IgG|PCOS|PND|CIDP|TMJ|ACL|MCL|PFTs|mgmt",
    "trial_drug": "apixaban|rivaroxaban|dabigatran|amiodarone|ceftriaxone|vancomycin|heparin|enoxaparin|carvedilol|spironolactone|semaglutide|liraglutide|empagliflozin|pembrolizumab|adalimumab|tamoxifen|letrozole|lithium|clonazepam|lorazepam|quetiapine|fluoxetine|bupropion|duloxetine|azithromycin|ciprofloxacin|nitrofurantoin|fluconazole|acyclovir|morphine|fentanyl|hydromorphone|ondansetron|famotidine|montelukast|fluticasone|tamsulosin|finasteride|allopurinol|colchicine|alendronate|rosuvastatin|digoxin|diltiazem|verapamil|nitroglycerin|ramipril|valsartan|glipizide",
    "finding": "edema|erythema|effusion|stenosis|crepitus|wheezing|rales|rhonchi|jaundice|murmur|lymphadenopathy|hepatomegaly|splenomegaly|tachycardia|bradycardia|hypotension|hyponatremia|hypokalemia|leukocytosis|thrombocytopenia|neutropenia|fracture|laceration|hematoma|hernia|appendicitis|cholecystitis|pancreatitis|diverticulitis|colitis|melanoma|lymphoma|myeloma|carcinoma|metastasis|ischemia|infarction|embolism|thrombosis|aneurysm|syncope|seizure|neuropathy|radiculopathy|tendinopathy|osteoarthritis|fibromyalgia|obesity|dehydration|sepsis|endometriosis|preeclampsia|glaucoma|cataract|tinnitus|vertigo",
    "hello": "hi|hello|hey|good morning|good afternoon|okay|so|alright|well|thanks|thank you|bye|take care|welcome back|nice to meet you|yes|no|sure|great|sorry",
}  # fmt: skip
"""Harmless slots; `invented_drug`, `invented_disease` and `invented_eponym` are made by the generator."""

NOTE = """
{heading}:|{full} is a {age}-year-old male with a past medical history significant for {disease} and {disease} who presents with {symptom}.
{title} {last} is a {age} year old woman here for follow up of {disease}.|{full} {did} on {date} for {symptom}.|The patient, {full}, {did} at {hospital}.
Patient: {full}|Patient Name: {name}|Name: {name}  MRN: {id}|NAME: {name} DOB: {date} SEX: F|Patient: {full}   DOB: {date}   Age: {age}   Sex: M|Name: {name}  Age: {age}  Sex: F  Date: {date}|DATE: {date}  PROVIDER: {full}, NP|{full}, DO  {hospital}  {date}|Seen by {full}, PA-C, {hospital}|Pt: {name} ({id})|PATIENT {name} ACCT {id}
DOB: {date}|Date of Birth: {date}|Date of service: {date}|Admission Date: {date}    Discharge Date: {date}|MRN: {id}|Medical record number {id}|Account #: {id}
Attending: {title} {doctor}|Attending Physician: {full}, MD|Referring Provider: {full}, DO|PCP: {doctor}|Dictated by: {full}, M.D.|Electronically signed by {full} on {date}
cc: {title} {doctor}|CC: {full}, MD, {hospital}|Signed: {full} RN|Reviewed with {doctor}.|Surgeon: {full}|Assistant: {first} {last}, PA-C|Provider: {last}, {first}
Address: {street}|Home address: {street}|He lives at {street}.|Lives in {city} with {rel} {first}.|She resides in {place}.|Born in {country}, moved to {city} in {date}.
Phone: {phone}|Tel. {phone} Fax {phone}|Contact: {phone}|Emergency contact: {full} ({rel}), {phone}|Email: {email}|E-mail {email} web {url}|Next of kin: {full}, {rel}
Insurance: {company}, policy {id}|Member ID {id}|SSN: {id}|Device serial number {id}|License {id}|Specimen {id} collected {date}|Accession: {id}|Room {num} Bed {num}
Employed at {company} as a {role}.|Works for {company}.|Occupation: {role} at {site}.|Retired {role} from {company}.|Attends {site}.|He plays golf at {place}.
He was transferred from {hospital} to {hospital} on {date}.|Prior records from {hospital} were reviewed.|Admitted to {hospital} in {month}.|Seen in clinic at {hospital}, {city}.
{title} {last} {said} {symptom}.|{last} has {disease}.|{first} {said} that the {symptom} is {adj}.|{first} takes {num} {unit} of {drug} {freq}.|{first} denies {symptom}.
The patient's {rel}, {first}, {said} {symptom}.|Her {rel} {first} was at the bedside.|Accompanied by {rel} {full}.|Discussed with {rel} ({first}) by phone.|History obtained from {first}, the {rel}.
I spoke with {full} about the results.|Discussed with {title} {doctor} of cardiology.|Consult: {title} {doctor}, neurology.|Per {doctor}, continue {drug}.|Case discussed with {doctor} and {doctor}.
Follow up with {title} {doctor} in {num} weeks.|Follow up on {date} with {doctor}.|Return to {hospital} on {date}.|Appointment {date} at {num}:30 with {full}.|Referral to {doctor}, {role}.
Labs from {date} show {adj} {test}.|{test} on {date} was {adj}.|Last {test}: {date}.|Diagnosed with {disease} on {date}.|Surgery scheduled for {date}.|Vaccinated {date}, next due {date}.
RE: {full}, DOB {date}, MRN {id}|Re: {name}|Dear {title} {doctor},|Dear {first},|To: {full}|From: {full}|Sincerely,\n{full}, MD\n{hospital}\n{street}\n{phone}|Thank you for referring {full}, a pleasant {age}-year-old.
Thank you for asking me to see {name}.|It was a pleasure seeing {first} today.|Kind regards,\n{full}|Respectfully, {title} {full}|{full} {date}|{name} / {id} / {date}|{last}, {first}  {date}  {id}
This is {full} dictating on {title} {last}.|Operative report on {full}.|Discharge summary for {name}, {id}.|Interpreter {first} was present.|Consent signed by {first} {last}, {rel}.
Transcribed by {first} {last} at {hospital} {date}.|Sample from {name} was mislabeled.|Called {name} at {phone}, left message.|{first} called regarding {drug} refill.|Message from {first} at {phone}.
Also present: {first}, {first} and {first}.|{first} and {first} are {adj}.|Children: {first} ({age}), {first} ({age}).|Kids {first}, {first}.|Two sons, {first} and {first}, live in {city}.
Travel to {country} in {month}.|Recent trip to {place}.|Exposure: visited {city} and {city}.|Veteran, stationed in {country}.|Went camping near {place} in {month}.|Pharmacy: {company}, {street}.|Uses the pharmacy on {road}.
{hospital} {hospital}|{hospital}\n{street}\n{city} {zip}|Transported by ambulance to {hospital}.|Lives alone in {city}, {rel} {first} nearby.|Emigrated from {country}.|Driver license {id} issued {country}.
""".strip()  # fmt: skip

TALK = """
{hello} , {first} .|{hello} {first} , how are you ?|{hello} , {title} {last} , how are you doing ?|{hello} , i'm {title} {doctor} .|{hello} , my name is {full} .|my name's {first} .|i am {full} , the {role} .
{hello} {first} it's good to see you|so , {first} , what brings you in ?|{first} , have a seat .|all right , {first} , let me take a look at your {body} .|any questions , {first} ?|you're doing great , {first} .
{first} is a {age}-year-old female here for {symptom} .|so {first} is here for her {body} pain .|{first} {last} is a {age} year old male who presents today .|we have {first} here with {symptom} .|okay , {first} .
my {rel} {first} {said} {symptom} .|my {rel} , {first} , {said} i should come in .|{first} , my {rel} , drove me .|i live with my {rel} {first} .|{first} and i went to {place} .|i was with {first} at the {thing} .
i saw {title} {doctor} last {month} .|{title} {last} gave me {drug} .|{title} {last} put me on {num} {unit} .|doctor {doctor} did my surgery .|i'm seeing {last} for my {body} .|{last} is my {role} .|was it {title} {last} or {title} {last} ?
i was at {hospital} .|they took me to {hospital} .|i had it done over at {hospital} in {city} .|i went to the emergency room at {hospital} .|my {rel} works at {hospital} .|i just got back from {place} .
i live in {city} .|i'm from {city} .|we moved here from {place} .|i grew up in {city} , {country} .|we drove to {place} .|i was traveling to {place} .|we flew in from {city} {day} .|i was hiking around {place} .|up in {place} , you know .
i work at {company} .|i work for {company} .|i'm a {role} at {site} .|i teach at {site} .|i go to {site} .|my {rel} goes to {site} .|i used to drive for {company} .|my insurance is with {company} .
my birthday is {date} .|i was born on {date} .|it started {date} .|it happened on {date} .|since {month} .|back in {month} i had a fall .|it was around {date} .|my last visit was {date} .|sometime in {month} or {month} .
date of birth {date} .|can you confirm your date of birth ? {date} .|and your name ? {full} .|what's your {rel} called ? {first} .|who is with you ? {first} .|who's your doctor ? {last} .|where do you live ? {city} .|which hospital ? {hospital} .
my phone number is {phone} .|you can reach me at {phone} .|call me at {phone} .|my email is {email} .|it's {phone} .|my cell is {phone} .|the record number is {id} .|my id number is {id} .|that's {id} .|i put it on {url} .
i live at {street} .|the address is {street} .|it's {street} .|send it to {street} .|we're over on {street} .|the pharmacy on {street} .|the pharmacy on {road} ?|the one on {road} .|it's over by {road} .|on {road} , you know .|it's spelled {last} .|last name is {last} .|first name {first} .|that's {last} .|{last} , {first} .
{first} {said} {symptom} .|{first} called me {day} .|{first} loves the {thing} .|{first} and {first} are coming over .|how is {first} doing ?|is {first} okay ?|tell {first} i said {hello} .|say {hello} to {first} for me .|thanks {first} .|bye {first} .|{first} ?
i'll ask {first} to schedule that .|{first} will get your blood pressure .|{first} , our {role} , will be right in .|the {role} {first} checked your vitals .|{title} {last} here .|speaking with {full} ?|is this {full} ?|yes , this is {first} .
hey google assistant , show me {first}'s {test} .|let's see {first}'s {test} .|{first}'s {rel} has {disease} .|{first}'s {body} is {adj} .|that was {first}'s idea .|{last}'s office called .|i want to order {drug} for {first} .|let me tell the computer about {first} .
you remember {first} , right ?|it was {first} who {said} it .|so {first} you've had {disease} for a while .|and {first} is your {rel} ?|i'm {first} by the way .|call me {first} .|everybody calls me {first} .|hi there {first} nice seeing you again .
""".strip()  # fmt: skip

GENERAL = """
{full} {said} the {thing} was {adj}.|{full} lives in {city}.|{name} and {name} bought a {thing} in {place}.|I met {first} in {city} {day}.|My name is {full} but everyone calls me {first}.|{full} is the {role} of {company}.
Please contact {full} at {phone} or {email}.|Send the {thing} to {full}, {street}.|Ship to:\n{full}\n{street}\n{country}|{full}\n\n{street}\n{city}\n {country}\n{zip}|{full}\n{company}\n{street}\n{phone} office\n{phone} fax|Our office moved to {street}.
Just posted a {thing} from {place} {url}|Follow me {handle}|My username is {handle}.|Visit {url} for details.|{handle} {hello} from {city}!|RT {handle}: I love {place}|my site is {url}|Write to {email}.|email me: {email}
How do I change the address linked to my account to {street}?|My account number is {id}.|Can you charge card {id}?|My passport {id} expires {date}.|Wire it to account {id} at {company}.|Order {id} shipped {date}.|license plate {id}|I lost card {id}.
{company} announced {date} that {full} would retire.|{full}, {age}, {said} in {place}.|{last} {said} on {date}.|{title} {last} flew to {country} on {date}.|The {company} office in {city} is closed on {date}.|{company} was founded in {city}.
{full} was born {date} in {city}, {country}.|The {thing} belongs to {first}.|{first}'s {thing} is {adj}.|When {first} left {place}, {first} was {adj}.|Between {city} and {city} the road is {adj}.|{full}'s {rel}, {full}, works at {company}.
Meet me at {street} on {date}.|The meeting with {full} is on {date} at {num}.|You were invited by {full}.|{first}, can you call {first}?|{hello} {first},|Best,\n{first}|Cheers, {first}|Yours, {full}|{hello}, this is {first} from {company}.
A {thing} by {full}.|{full} wrote the {thing} in {city}.|as {full} once {said}|{full} vs. {full}|{last} v. {last}|{last} et al.|In {country} the {thing} is {adj}.|She moved from {country} to {country}.|The {role} of {country} {said} it.
The {place} team beat {place}.|{title} {full} of {country}|{title} and {title} {last} live at {street}.|The bus stops at {street}.|Flights from {city} to {city} on {date}.|The {company} app is {adj}.|I bought it at {company}.|Who is {full}?|Where is {place}?
What does {first} do at {company}?|Is {city} far from {city}?|We need {first} to sign by {date}.|The suspect, {full}, fled to {place}.|Winner: {full}|Author: {full}|Written by {name}|Name: {full}\nAddress: {street}\nPhone: {phone}|{city} is {adj}.|{first} is {adj}.
What is the dose of {drug} for {full}, a {age}-year-old seen at {hospital} on {date}?|How should I treat {disease} in {name} (MRN {id}) from {city}?|Is {drug} safe for my patient {first} {last}, DOB {date}?|For {name}, {age}yo F, phone {phone}: {disease} guidelines?
Best treatment for {disease} in {name}, {age} year old man from {city}, {did} {date} at {hospital}?|{title} {last} at {hospital} asked about {drug} on {date}.|Should {full} of {street} stop {drug}?|Interactions of {drug} and {drug} for {name}, email {email}?
""".strip()  # fmt: skip

CLEAN = """
The patient {did} for {symptom}.|She denies {symptom}, {symptom} and {symptom}.|He takes {drug} {num} {unit} {freq}.|Continue {brand} {num} {unit} {freq}.|{heading}|{heading}:|{test}: {adj}.|History of {disease}, {disease} and {disease}.|{eponym} was negative.|Positive {eponym}.
Start {brand} for {disease}.|{brand} and {invented_drug} were stopped.|i take {invented_drug} and {brand} .|{invented_drug} {num} {unit} {freq}|Allergic to {invented_drug}.|Diagnosed with {invented_disease}.|family history of {invented_disease} and {eponym}|{invented_disease} of the {side} {body}
Vital signs: blood pressure {num}/{num}, pulse {num}, temperature {num}.|On exam the {body} is {adj}.|{side} {body} {adj}, no {invented_disease}.|Ordered {test} and {test}.|We will get a {test} {day}.|Foley catheter, {eponym} and {test} reviewed.|{Heading}: {disease}
my {body} hurts .|i've had {symptom} for {num} days .|it's {adj} , no {symptom} .|okay , let's order a {test} .|do you have {disease} ?|any {symptom} ?|no , none .|my {rel} had {eponym} .|i had {invented_disease} as a kid .|we'll start you on {brand} {num} {unit} {freq} .
Doctor: Any {symptom}?|Patient: No, just {symptom}.|Guest_family: He has {symptom}.|[doctor] okay , and your {body} ?|[patient] yeah , it's {adj} .|Doctor: Good, take {brand} {freq}.|Patient: I stopped the {invented_drug}.|[doctor] hey , show me the {test} .
I will see you {day}.|My {rel} drives the {thing}.|The {role} {said} the {thing} is {adj}.|The {role} will call you {day}.|his {rel} and her {rel} are {adj}|We may need a {test}, and you will be {adj}.|I hope the {thing} is {adj}.|Mark the {body} with a marker.
The bill was {num} dollars.|I can will my {thing} to my {rel}.|It may rain {day}.|She rose early and had grace.|He will march {day}.|Take it with grapefruit or milk.|I saw a red robin and a brown dog.|The wood was young and green.|A penny for your thoughts.
Labs: sodium {num}, potassium {num}, creatinine {num}, glucose {num}.|WBC {num}, Hgb {num}, Plt {num}.|Dose {num}.{num} {unit} for {num} weeks.|Score {num}/{num}.|Grade {num} {invented_disease}.|Page {num} of {num}.|Step {num}: {adj}.|{num}% of patients had {disease}.
{drug}, {drug}, {brand}.|{Brand_list}|{disease}; {invented_disease}; {eponym}|1. {disease}. Continue {drug}.|2. {invented_disease}: {test} ordered.|- {brand} {num} {unit}|* {symptom}|{Symptom_list}|Impression: {invented_disease}.|Assessment: {disease}, {adj}.
I'm {adj}, I don't have {symptom}.|I've had {symptom} for {num} days, I can't sleep.|You're {adj}, aren't you?|Yeah, I'd say it's {adj}.|Good, good. Oh, okay.|Yes, sir.|No, ma'am.|Sure, I'll do that.|Hm. Ah, I see.|Oh, I didn't know that.|Yeah, I couldn't do it, it wasn't {adj}.|I felt {adj} at home {day}.|Hello sir, good {day}.|they don't help, I haven't tried {brand}|Do you take {brand} or {brand}?|Wonderful, let's get you a {test}.
thank you doctor .|yes doctor .|hello doctor , how are you ?|hi , how are you ?|good morning , what brings you in ?|um , i guess so .|uh-huh .|mm-hmm .|yeah , exactly .|gotcha .|sounds good .|absolutely .|well , let's see .|hey google assistant .|okay , stop recording .|so , you know , i was like , wow .
A {grade} systolic murmur.|BP {num}/{num}, HR {num}, RR {num}, O2 {num}%|O2 sat {num}% on room air|Age: {age}  Sex: F|Sex: M|{heading}: ______|[ ] {symptom}  [x] {symptom}|{symptom}: Y / N|Remarks: {adj}|Comments: none|C: {adj}, O: {adj}|Strength {grade} {side} {body}.|Pain is {score}, was {score}.|Rated {score} at rest|Reflexes {grade} and {grade}.|it was a {score} {day}|i'm gon na take {brand} .|do n't you wan na sit ?|it does n't hurt , i was n't {adj}|we 're gon na get a {test} , kinda {adj}|let 's see , i ca n't do it|{brand} and {brand} , {num} {unit}
PMH: {abbr}, {abbr}, {abbr}.|{abbr}: {abbr}, no {finding}.|{age}yo M w/ {abbr} and {abbr} p/w {finding}.|pt w/ hx of {abbr}, {abbr}|Hx {abbr} s/p {abbr}, on {trial_drug} {num} {unit} {freq}.|No {finding}, {finding} or {finding}.|Exam: no {finding}.|{trial_drug} for {finding}|{Finding_list}|{Trial_drug_list}|what is the latest on {trial_drug} vs {trial_drug} in {abbr}?|Latest {abbr} guidelines for {finding} management?|Best dose of {trial_drug} in {finding} with {abbr}?|{abbr} {num}, {abbr} {num}/{num}, {abbr} {num}%|managing {finding} post {abbr}|Rec {trial_drug} {num} {unit}, {abbr} in {num} weeks|A&O x{num}, {abbr}|Denies {finding}. {abbr} {adj}.|meds: {trial_drug}, {trial_drug}|since {year}|in {year}|diagnosed in {year} with {finding}|{abbr} since {year}, {trial_drug} started {year}|{symptom} since {year}, {adj} in {year}?|the {year} {abbr} guidelines|back in {year} , {symptom}|{disease} ({year}), {disease} {year}|{age}-year-old {ethnic} male with {disease}|{ethnic} woman, {age}|He is a {ethnic} man.|we'll get an {spelled} and a {spelled} .|the {spelled} was {adj}.|my {spelled} {said} {adj}|{adj} since the summer|a {age}-year-old white man presenting with {symptom}|{eponym} in {eponym}
Is {drug} safe with {invented_drug} in {disease}?|What are the guidelines for {invented_disease} in a {age}-year-old?|Compare {brand} and {invented_drug}.|Treatment of {eponym} after {test}.|We reviewed the {test} in the clinic {day}.|I want you to ice the {side} {body} {freq}.
{invented_eponym} was negative.|Positive {invented_eponym} on the {side}.|we did the {invented_eponym} {day} .|Taught the {invented_eponym}, to do at home {freq}.|{invented_eponym}: {adj}
The pain is {quality} and {quality}.|{quality} {body} pain|Quality: {quality}|it's a {quality} pain .|{quality} , like it's {quality}|Pain: {score}|Severity: {score} today|rates the pain {score}|about a {score} .|{score} at worst, {score} now|Severity {score}, {quality}, in the {side} {body}
Well, it's {adj}.|Well, I've had {symptom}.|Well, let's get a {test}.|well , i think so .|Let's start {drug}.|Let me look at your {body}.|Will order {test}.|Will start {drug} {num} {unit} {freq}.|Will refer for {test}.|I'm {adj}.|Six or seven {unit}.|Four times, {freq}.
{heading}: {quality}, {adj}|{Heading}\n{symptom}|{Heading}: none|{Heading}:\n- {finding}|{Heading}: {disease}, {Finding_list}|Aggravating: {thing}|Relieving: {drug}|Sincerely,|Electronically signed|Instructed to take {drug} {freq}.|Advised to rest the {body}.|Prescribed {drug}.|Review of Systems
{invented_drug}-{invented_drug} {num}-{num} {unit} inhaler, two puffs {freq}|{trial_drug} {num} {unit} two tablets {freq}|vitamin D {num} units {freq}|vitamin B12 {num} {unit}|{invented_drug} {num} {unit} three times {freq}|{scale} score {num}|{scale}: {num}|every {num} hours for {num} days|three {unit} {freq}|Can be repeated {freq}.|a little {adj}|A little {quality}.|Got {adj} {day}.|Paraspinal {finding}|{body} supple, {adj}|MRN:|a {role} , {age}-year-old man|{invented_drug} {num}-{num} {unit} {freq}|completed the {scale} {day}
stay home {day}|he went home .|{adj} at home .|check it at home {freq} .|home readings {num}/{num}|no new {symptom}|new onset {finding}|new medication: {drug}|Y  N  {symptom}|( ) {symptom} ( ) {finding}|S: {symptom}|O: {finding}|A: {disease}|P: {drug}|weight loss or weight gain: N|low {test}
T {num}.{num} P {num} R {num} BP {num}/{num}|P {num}, R {num}|BP {num}/{num} P {num} T {num}|{age}M with {symptom}|{age}F here for {disease}, {quality}|{age}F p/w {finding}|Home: {num}/{num}|Home exercises {freq}|{Heading}\n1. {disease}: {drug}|{Heading} {Heading}\n- {drug}|# {Heading}\n{symptom}|{Heading}\n{Heading}: {adj}|I ran out of {drug} .|informed of {test}|works as a {role}|{role}, {adj}|{num} mg every evening
""".strip()  # fmt: skip


_TERMS = ("eponym", "brand", "abbr")
"""Harmless slots whose words are written with capitals."""


def templates(block: str) -> list[str]:
    """The templates of one of the blocks above, with their escaped line ends made real."""
    return [t.replace("\\n", "\n") for line in block.splitlines() for t in line.split("|")]


def plain_words() -> set[str]:
    """All lower-case words of the contexts: common words, whatever the texts of a lexicon say."""
    written = [w for key, w in WORDS.items() if key not in _TERMS]
    text = " ".join([NOTE, TALK, GENERAL, CLEAN, *written, WORDS["heading"].lower()]).replace("\\n", " ")
    return set(re.findall(r"(?<![A-Za-z{'-])[a-z]{2,}(?![A-Za-z}'-])", text))


def terms() -> set[str]:
    """The words of drugs, abbreviations and eponyms, lower-case."""
    return {w for key in _TERMS for w in re.findall(r"[a-z]{2,}", WORDS[key].lower().replace("'s", ""))}
