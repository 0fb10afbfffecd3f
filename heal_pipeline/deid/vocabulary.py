"""Everyday and clinical words that identify nobody, for homes whose lake holds no public text yet. Data only.

Written for this project. The lists of English names win over this one: where a word is on both, as in NAMES_TOO, it takes
a surer cue to be an identifier, but it can be one.
"""

CLINICAL = """
abdomen abdominal abnormal abnormality abrasion abscess absent accession ache aches aching acid acidosis acne activity acuity
acute adenopathy adherence admission admit admitted adrenal adult advanced adverse afebrile aggravated airway albumin
alcohol alert allergen allergic allergies allergy alveolar ambulance ambulate ambulating ambulation ambulatory amputation
anal analgesia analgesic anaphylaxis anatomy anemia anemic anesthesia anesthesiology aneurysm angina angiogram angioplasty
ankle ankles anorexia antacid anterior antibiotic antibiotics antibodies antibody anticoagulant anticoagulated
anticoagulation antidepressant antiemetic antifungal antigen antihistamine antihypertensive antiviral anus anxiety anxious
aorta aortic aphasia apnea appendectomy appendix appetite arm arms arrhythmia arterial arteries artery arthralgia arthritic
arthritis arthroplasty arthroscopy articular ascites aspirate aspiration asthma asthmatic asymmetric asymptomatic ataxia
atrial atrium atrophy auricular auscultation autoimmune autoimmunity axilla axillary bacteria bacterial bandage bandages
baseline batteries bedside belly benign beta bilateral bile biliary bilirubin biopsies biopsy bipolar birth bite bladder
bleed bleeding blister blisters bloated bloating blockage blood bloody blurry booster bowel bowels bra brace brain breast
breastfeeding breasts breath breathe breathing breathless broken bronchial bronchitis bruise bruised bruises bruising
bruit bump bumps bunion burn burning burns bursitis buttock buttocks bypass caffeine calcaneus calcification calcium calf
calories calves cancer cancerous cannula capillary capsule capsules carbohydrate carbohydrates carcinoma cardiac
cardiologist cardiology cardiomyopathy cardiovascular care caregiver carotid carpal cartilage cast cataract cataracts
catheter catheterization cavity cecum cell cells cellulitis cerebral cervical cervix cesarean chemo chemotherapy chest
chew chewing chills cholesterol chronic chronically cigarette cigarettes circulation cirrhosis claudication clavicle
clearance clinic clinical clinically clinician clot clots clotting clubbing coagulation codeine cognition cognitive cold
colds colectomy colic colitis colon colonoscopy coma comfort comorbidities comorbidity complaint complaints complication
complications compression concussion condition condom condoms congenital congested congestion congestive conjunctiva
conjunctivitis conscious consent constipated constipation consult consultation contact contraception contraceptive
contraceptives contracture contraindicated contraindication contraindications contrast contusion convulsions cornea corneal
coronary cortisone cosmetic cough coughed coughing coughs counseling cramp cramping cramps cranial cravings creatinine
crepitus critical crutches culture cultures curvature cyanosis cyst cystic cystitis cysts cytology dairy dander deaf
debridement decompression decreased deep deficiency deficit deficits deformity degenerative dehydrated dehydration delirium
delivered delivery dementia dental denies dentures depressed depression dermatitis dermatologist dermatology deviated
diabetes diabetic diabetics diagnose diagnosed diagnoses diagnosis diagnostic dialysis diaper diaphoresis diaphoretic
diaphragm diarrhea diastolic diet dietary dietitian differential digestion digit dilated dilation diphtheria disability
disabled disc discharge discharged discoloration discomfort discs disease diseases dislocation disorder disorders distal
distended distension distress diuretic diuretics diverticulitis diverticulosis dizziness dizzy doctor doctors dorsal
dosage dose doses dosing drain drainage drained drains dressing dressings drinking drinks drip drooling drops drowsiness
drowsy drug drugs duct duodenum duration dysfunction dyslipidemia dyspepsia dysphagia dysplasia dyspnea dysuria ear
earache eardrum ears eating echo echocardiogram ectopic eczema edema edematous effusion egg eggs ejection elbow elbows
elective electrocardiogram electrolyte electrolytes elevated elevation embolism embolus emergency emesis emotional
emphysema encephalopathy endocrine endocrinologist endocrinology endometrial endometriosis endoscopy endotracheal enema
enlarged enlargement enzyme enzymes epidural epigastric epilepsy episode episodes epistaxis erectile erosion eruption
erythema erythematous esophageal esophagus estrogen etiology exacerbate exacerbated exacerbation exam examination examined
exercise exercises exercising exertion exertional extension extensor extraction extremities extremity exudate eye eyelid
eyes face facial faint fainted fainting falls familial fascia fascial fasting fat fatigue fatigued fatty febrile feces feet
female femoral femur fertility fetal fetus fever fevered feverish fevers fiber fibrillation fibroid fibroids fibrosis
fibrotic fibula finding findings finger fingers fistula flank flare flares flatulence flatus flexion flexor flu fluid
fluids flush flushing foley follicle followup foot forearm forehead forgetful fraction fracture fractured fractures frail
frequency frequent frostbite fullness fundus fungal fusion gait gallbladder gallop gallops gallstones ganglion gas gastric
gastritis gastroenteritis gastroenterologist gastroenterology gastrointestinal gauze genetic genital genitals gestation
gestational gland glands glasses glaucoma glioblastoma glucose gluten gout graft groin growth guaiac guarding guideline
guidelines gum gums gynecologic gynecologist gynecology hair hallucinations hand hands headache headaches heal healed
healing health healthy hearing heart heartbeat heartburn heel heels hematocrit hematology hematoma hematuria hemoglobin
hemoptysis hemorrhage hemorrhagic hemorrhoid hemorrhoids hemostasis heparin hepatic hepatitis hernia herniated herniation
herpes hiatal hip hips hives hoarse hoarseness hormonal hormone hormones hospice hospital hospitalization
hospitalizations hospitalized hospitals humerus hurt hurting hurts hydration hygiene hyperglycemia hyperlipidemia
hypertension hypertensive hyperthyroidism hypertrophy hypoglycemia hypotension hypothyroidism hypoxia hypoxic hysterectomy
ibuprofen iliac illness illnesses imaging imbalance immobilization immune immunity immunization immunizations immunocompromised
immunoglobulin immunosuppressed immunotherapy impaired impairment impinged impingement implant implantation implants
impression incision incisional incisions incontinence incontinent incubation indigestion induced infant infants infarct
infarction infect infected infection infections infectious infertility infiltrate inflamed inflammation inflammatory
influenza infusion infusions ingested ingestion inguinal inhaled inhaler inhalers inhibitor inhibitors injected injection
injections injured injuries injury inpatient insertion insomnia insufficiency insulin insurance intact intake intensive
intercourse intermittent intermittently internal intestinal intestine intolerance intolerant intoxicated intraocular
intrauterine intravenous intravenously intubated intubation invasive iodine iron irregular irregularity irrigation
irritable irritated irritation ischemia ischemic itch itches itchiness itching itchy jaundice jaw joint joints jugular
ketones kidney kidneys knee kneecap knees knuckle lab labor laboratory labs laceration lacerations lactose laminectomy
laparoscopic laparoscopy laryngeal larynx laser lateral latex laxative laxatives leg legs lens lesion lesions lethargic
lethargy leukemia leukocytes libido lid ligament ligaments ligation limb limbs limp limping lip lipase lipid lipids lips
lithium liver living lobe lobectomy lobes localized lotion lower lumbar lump lumpectomy lumps lung lungs lupus lymph
lymphadenopathy lymphatic lymphoma maiden malaise male malignancy malignant mammogram mammograms mandible manic
marijuana mass masses mastectomy maxillary meal meals medial median mediastinal medical medically medication medications
medicine medicines melanoma melena memory menarche meningitis menopausal menopause menses menstrual menstruation mental
metabolic metastases metastasis metastatic microscopic midline migraine migraines migrainous mild mildly milk miscarriage
miscarriages mitral mobility mobilize moderate moist moisturizer mole moles monitor monitored monitoring mood moods
morbid morning motility mouth mucosa mucosal mucous mucus multivitamin multivitamins murmur murmurs muscle muscles muscular
musculoskeletal myalgia myalgias myeloma myocardial nail nails narcotic narcotics nares nasal nausea nauseated nauseous
nebulizer neck necrosis necrotic neonatal neoplasm nephrologist nephrology nephropathy nerve nerves nervous neuro
neurologic neurological neurologist neurology neuropathic neuropathy neurosurgeon neurosurgery neurovascular newborn
nicotine nipple nipples nocturia node nodes nodular nodule nodules noncontributory nondistended nonsmoker nontender normal
normocephalic nose nosebleed nosebleeds nostril nostrils numb numbness nurse nursery nurses nursing nutrition nutritional
obese obesity obstetric obstetrical obstetrician obstetrics obstructed obstruction obstructive occlusion occupational ocular
ointment oncologist oncology onset ophthalmologist ophthalmology opiate opiates opioid opioids optic oral orally orbit orbital
organ organs orthopaedic orthopedic orthopedics orthopedist orthotics oscopy osteoarthritis osteopenia osteoporosis ostomy
otitis otoscope outpatient ovarian ovaries ovary overdose overdue overweight ovulation oxygen pacemaker packs pain pained
painful painkiller painkillers painless pains palate pale pallor palm palpable palpate palpation palpitation palpitations
pancreas pancreatic pancreatitis panic pap paralysis paralyzed paranasal parathyroid paresthesia paresthesias parotid partum
patch patches patella patellar pathogen pathologic pathologist pathology patient patients pectoral pediatric pediatrician
pediatrics pelvic pelvis penicillin penile penis peptic percussion perforated perforation perfusion pericardial perineal
period periods periorbital peripheral peristalsis peritoneal peritonitis pertussis phalanx pharmaceutical pharmacist
pharmacologic pharmacy pharyngitis pharynx phlegm phobia photophobia physical physically physician physicians physiologic
physiotherapy pill pillow pillows pills pimple pimples pinched pinkish placebo placenta plantar plaque plaques plasma
platelet platelets pleural pleurisy pneumonia pneumothorax podiatrist podiatry poisoning pollen polyp polypectomy polyps
popliteal portal positional posterior postmenopausal postnasal postoperative postoperatively postpartum posture potassium
potency precautions prednisone preeclampsia pregnancies pregnancy pregnant premature prenatal preoperative prescribe
prescribed prescribes prescribing prescription prescriptions pressure prevention preventive primary probiotic problem
problems procedure procedures proctitis productive progesterone prognosis prolapse prolonged prone prophylactic prophylaxis
prostate prostatic prosthesis prosthetic protein proteins protein proteinuria provider providers proximal pruritus
psoriasis psychiatric psychiatrist psychiatry psychological psychologist psychology psychosis psychosocial psychotherapy
puberty puffy pulmonary pulmonologist pulmonology pulse pulses puncture pupil pupils purulent pus pustules quadrant
quadriceps radial radiate radiated radiates radiating radiation radiculopathy radiograph radiographic radiographs
radiologist radiology radius rales rash rashes reaction reactions reactive rebound recheck recovery rectal rectum
recurrence recurrent redness referral referrals referred reflex reflexes reflux refractory regimen regurgitation rehab
rehabilitation relapse relapses reliever remission renal repair replacement resection resident residual respiration
respirations respiratory respirator retention retina retinal retinopathy retraction rheumatic rheumatoid rheumatologist
rheumatology rhinitis rhinorrhea rhonchi rhythm rib ribs rigid rigidity rotator rubs runny rupture ruptured sacral saline
saliva salivary salt salty sarcoma scab scabs scalp scaly scan scans scapula scar scarring scars schizophrenia sciatic
sciatica sclera scoliosis scratch screening screenings scrotal scrotum seasonal secretion secretions sedated sedation
seizure seizures semen senile sensation sensations sensitive sensitivity sensory sepsis septal septic septum serum
severe severely severity sexual sexually shellfish shin shins shingles shock shortness shot shots shoulder shoulders shunt
sibling siblings sickle sickness sigmoid sinus sinuses sinusitis skeletal skin skull sleep sleeping sleepy sling smear smoke
smoked smoker smokes smoking snack snacks sneeze sneezes sneezing snore snores snoring sober sodium soft softener sore
soreness sores spasm spasms specialist specialists specimen specimens speculum sperm spinal spine spleen splenic splint
splints spondylosis sponge sprain sprained spray sprays sputum squamous stab stabbing stable stage staging staples stenosis
stent stents sterile sterilization sternal sternum steroid steroids stethoscope stiff stiffness stimulation sting stinging
stitch stitches stomach stomachache stool stools strain strength strep streptococcal stress stressed stroke strokes
subacute subclavian subcutaneous subjective sublingual substance substernal sudden suffer suffered suffering suffers sugar
sugars suicidal suicide supine supplement supplements suppository surgeon surgeons surgeries surgery surgical surgically
suture sutured sutures swallow swallowed swallowing swallows swab sweat sweating sweats sweaty swelling swollen symmetric
symmetrical symptom symptomatic symptoms syncope syndrome syndromes synovial syphilis syringe syrup systemic systolic
tablet tablets tachycardia tachypnea tampon taper tapering tapers tarsal taste teaspoon teaspoons tear tears teary
telemetry temperature temperatures temporal tender tenderness tendinitis tendon tendonitis tendons tennis testes
testicle testicles testicular testosterone tetanus therapies therapist therapy thigh thighs thirst thirsty thoracic
thoracotomy throat throats throbbing thrombosis thrombus thrush thumb thyroid thyroidectomy tibia tibial tingling tingly
tinnitus tired tiredness tissue tissues titer tobacco toe toenail toenails toes tolerance tolerate tolerated tolerates
tomography tongue tonsil tonsillectomy tonsillitis tonsils tooth toothache topical topically torn torsion torso toxic
toxicity toxin trachea tracheal tracheostomy traction transfer transferred transfused transfusion transfusions transient
transplant transplantation transplants transverse trauma traumatic treadmill treat treatable treated treating treatment
treatments tremor tremors triceps tricuspid trigger triglycerides trimester troponin trunk tubal tube tuberculosis tumor
tumors turbinates twisted twitching tympanic typhoid ulcer ulceration ulcers ulna ulnar ultrasound ultrasounds umbilical
unconscious unconsciousness underweight uneventful unilateral unremarkable unsteady upset urea ureter urethra urethral
urgency urgent urinalysis urinary urinate urinated urinating urination urine urologist urology urticaria uterine uterus
uvula vaccinated vaccination vaccinations vaccine vaccines vagina vaginal vaginitis valve valves valvular varicella varicose
vascular vasectomy vein veins venous ventilation ventilator ventral ventricle ventricular vertebra vertebrae vertebral
vertigo vesicles vessel vessels viral virus viruses visceral vision visual vital vitals vitamin vitamins vocal voiding
vomit vomited vomiting vulva walker wart warts watery weak weakened weakness wean weaned weaning weigh weighed weighs
weight wheelchair wheeze wheezes wheezing withdrawal womb wound wounds wrist wrists xray yeast
answered discontinue standpoint indiscretion supple tension pressures drawer grip cuff league vulgaris dorsalis pedis malleolus
thyromegaly orthopnea diplopia nodosum meniscus talus epididymis arthralgias bracing ductal breakthrough reassured centimeter
deciliter millimeter lidocaine clindamycin etoposide cisplatin dexamethasone peroxide inflammatories antiinflammatories
historian illicit heroin cocaine nondrinker drinker daytime chickenpox measles mumps polio lightheadedness nontoxic tonic clonic
nonsignificant cholecystectomy colectomy cerebrovascular cleansing checkup seatbelt widow widowed marital monogamous profession
scapular calcaneal radicular conduction comprehend deformities childbirth sclerosis goiter mellitus condylomas dysfunctions
suspicious calcifications contaminated needlestick constitutional agreements bilaterally distally proximally integumentary
eardrum eardrums forearms costovertebral abduction adduction conjunctival antihistamines vestibular hormones ecchymosis bruits hematochezia tarry collateral straighten screws initiate flashes awakens idiopathic bariatric statins
effectiveness indications resistant depressive prediabetes basilar crackles frontal progressive
"""

EVERYDAY = """
afternoon afterwards airplane almost alone already apartment appointment appointments apple arrive arrived asleep aunt
awake awful baby backyard bacon bad bag bake baked baking balance banana bananas bank baseball basement basketball bath
bathroom bathtub beach bean beans bed bedroom bedtime beef beer bend bending bicycle bike biking birthday blanket boat
boots bottle bottles bowl boy boyfriend boys bread breakfast broccoli brother brothers bucket bus busy butter cabin cake
camping candy car card cards carpet carry carrying carrots cars cat cats ceiling cell chair chairs cheese chicken child
childhood children chips chocolate chores church clean cleaned cleaning climb climbed climbing clothes coat coffee college
concert cook cooked cooking cookies corn couch couple cousin cousins coworker coworkers cream crying cup cups dad dance
danced dancing daughter daughters daycare desk diner dinner dinners dirt dish dishes divorce divorced dog dogs door doors
driveway driver driving drove dust elderly elevator everybody everyone everything exciting factory families family farm
fast father fell fence fiance fifteen fifty fish fishing floor flour flower flowers flying football forty freezer fresh
friday friend friends fruit fruits funny furniture game games garage garden gardening girl girlfriend girls glad glass
gloves golf golfing grandchildren granddaughter grandfather grandkids grandma grandmother grandpa grandparents grandson
grandsons grass greasy groceries grocery grown guess guitar gym hamburger happen happened happy hat heavy helicopter hiking
hobby hockey holiday holidays home homework honey hot hotel house houses housework hug hundred hungry husband ice indoors
jacket jeans job jobs jog jogging joke juice jump jumped jumping kid kids kind kindergarten kitchen ladder lady lake laugh
laughed laundry lawn lawyer lazy leave left lettuce lift lifted lifting light lights lonely loud lousy lunch lunchtime mad
mailbox married meat medium mentioned messy microwave midnight minute minutes miserable missed mom moms monday money month
months mother mothers motorcycle mountain mountains mouse movie movies moved mowing mud museum mushrooms music nap naps
nephew nervously nice nieces night nights noodles noon nowadays nut nuts oatmeal oil okay older onions orange oranges oven
overnight painting pants park parked parties partner party pasta patio peanut peanuts pepper peppers pet pets piano picnic
pizza plane playground played playing pleasant plumber pool porch pork potato potatoes pretty puppy quit quitting rabbit
rain rainy raking relative relatives relaxed relaxing restaurant retired retirement ride riding roof roommate rug run
running rush sad salad salads sandwich sandwiches saturday sauce sausage scared school seafood shirt shoe shoes shop
shopping shovel shoveling shower showers sidewalk singing single sink sister sisters sit sits sitting sixty ski skiing
skirt snow snowboarding soccer socks soda sofa softball someone son sons soup spicy spinach sport sports spouse squat
squats stairs stand standing stepped stepping sticky store stove strawberries stretch stretches stretching stuff sugary
summer sunday sunglasses sunscreen supper surprised swim swimming table tea teacher teenager television terrible theater
thing things thirty throwing thursday tiny toast today toilet tomato tomatoes tomorrow tonight towel toy toys track trailer
train training trash travel traveled traveling treat tree trees trip tripped tripping truck trucks tuesday turkey twelve
twenty twice twins uncle underwear upstairs downstairs vacation vacations vegan vegetable vegetables vegetarian vehicle
veteran video wake wakes waking walk walked walking walks wallet warehouse warm wash washed washing water wear wearing wears
weather wedding wednesday week weekday weekend weekends weekly weeks wet wheat whiskey wife wind window windows windy wine
winter woke wonderful work worked worker working workout workouts works worried worry yard yesterday yoga yogurt younger
"""

TALK = """
alrighty anybody crazy dunno gonna gotta hmmm kinda lotta outta righty sorta thankfully wanna pee poop tummy uhm curious hurt
ah aha alright amazing anyways awesome awhile bye congratulations cool dear definitely exactly excellent excuse fantastic
goodbye gosh gotcha great guys haha hello hey hi hm hmm huh lemme ma'am maybe mhm mm mmm nah nope oh ok okay ooh oops ouch
perfect please pleasure probably really right sir sorry sure thanks totally ugh uh um welcome wow yeah yep yes yup
american african asian caucasian hispanic latino latina white male female man woman men women person people lady gentleman
micrograms wondered ringing figured honest lucky electrician barefoot aggravating counseled remarks comments fainting
marathon cloths mornings psych beers transcript perfume enjoys residing presenting landed landing bearing tub
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety hundred thousand half quarter dozen
accept achieve add address adjust advise advised affect affected agree agreed allow allowed answer appear appeared appears apply
arrange asked assess assessed assist attempt attempted attend avoid avoided became become becomes becoming began begin beginning
begins begun believe believed believes bothered bothering bothers brought build calm cause caused causes causing change changed
changes checked checks choose combine come comes complete completed concern concerned concerning concerns confirm confirmed
consider considered considering continue continued continues control controlled correct cover cut deal decide decided decline
declined decrease demonstrate demonstrates describe described describes determine develop developed discuss discussed drank
drink ease eat encourage encouraged end ended endorses ensure evaluate evaluated expect experience experienced experiences
experiencing explain explained express feel feeling feels felt filled find finish finished fix focus follow followed following
forget forgot found gain gained gave gets getting give given giving go goes going gone had handle happen happens hate have
having heard help helped helping helps hit hold hope hoping identify improve improved improves improving include included
including increase increased increases increasing indicate indicated involve involved keep keeps kept knew know known knows
lead learn let like liked likes limit limited listen listened listens live lived lives look looked looking looks lose losing
loss lost love loved loving made maintain make makes making manage managed matter mean means measure measured meet mention
move need needed needs notice noticed notices noted notes obtain obtained occur occurred occurs offer open order ordered
orders perform performed pick place placed plan plans point prefer prefers present presented presenting presents prevent
progress progressed provide provided pull push put puts raise ran rather reached read ready receive received recommend
recommended reduce reduced refill refills regard relieve relieved relieves remain remained remains remember remove removed
repeat repeated report reported reportedly reports require required requires resolve resolved respond rest rested return
reveal reveals review reviewed reviews risk risks said save saw say saying says schedule scheduled seek seem seemed seems seen
send sent set share show showed showing shown shows sick slept slow slowly spend spent start started starting starts state
stated states stay stayed stop stopped stops suggest suggested support take taken takes taking talk talked talking tell tells
tend test tested think thinking thinks thought told took touch tried tries try trying turn turned understand understands use
used uses using verbalized visit visited visits wait waited want wanted wants watch went woken wonder worsen worsened
worsening worsens write wrote yelled
actually additionally apparently approximately basically briefly certainly clearly closely completely consistently constantly
currently easily entirely especially essentially eventually exactly extremely fairly finally fortunately frequently fully
generally gently gradually greatly hardly heavily highly honestly hopefully immediately initially kindly largely lately
likely literally mainly mostly nearly normally obviously occasionally often only otherwise particularly partially perfectly
possibly potentially previously properly quickly quite rarely readily recently regularly relatively routinely seriously
significantly similarly simply slightly somewhat soon specifically strongly suddenly surely truly typically ultimately
unfortunately usually widely
able afraid available aware bigger blind bright careful central clear common comfortable complex constant dark different
difficult double due dull early easy empty entire extra familiar few final fine former frequent full further general good
happy hard heavy high huge important large last late least less local long loose loud low main major many minor missing more
most much multiple narrow new next noticeable obvious occasional old other overall own past possible present previous prior
quick quiet rare recent regular related same second separate several short similar simple single small smooth special
specific straight strange strong thick thin tight tightness top total true typical unable uncomfortable unusual usual various
wide willing wrong young
accident age amount area aspects attention back background bit body case cases center chance comment condition conditions
consciousness cost counter course date day days decision department detail details difference direction discussion edge
effect effects effort end ethnicity event evidence example fact factor factors feeling form function goal goals group groups
guess head history hour hours idea inch inches information interest issue issues item kind knowledge length level levels life
line list lot measures member middle mind morning motion name nature note number numbers office option options others part
parts pattern place plan plenty point position practice problem process program purpose question questions range rate reason
reasons record records region relation relationship relief result role room rule schedule sense series service services side
sides sign signs site size skills society sort sound sounds source space spot spots stage start status step steps story study
style subject surface surroundings system systems task team term terms thinking time times tip topic tone town type types unit
view visit voice way ways word words world year years
sulfa oximetry conjunctivae paralegal landscaper cranberry sandpaper gargle ferrous polyethylene spirometry fermentable shellfish
recreational outbreak pandemic damage conduction twisting delivering diary duty assistance clumsy vague
"""
"""What is said between the sentences of a talk, and how people are described."""

NAMES_TOO = """
ball bank banks barn bay bean beard berry bills bird black blues bond bone bones book books boot branch bridge bright broad
brook brown brush bull burn burns bush bust camp case cash cave chance chase chest cherry church clay close coal coffee cold cook
corn cotton cough court cove cow crisp cross crow day dear deep dice dive dove drew drive dry duck early east english fair
fan farm field fields fine flood flower flowers fly foot ford forest free french frost fry full garden gay gear gold good grass
green grey ground gum guy hair hall hand handy hard hardy harm hay head heal heart heel herb hide high hill hills hint hole
holiday home hood hook horn house hunt ice jolly judge keen key kick kidney kind knee knight knot lamb land lane large lately
lay lean leg light like lime limp lip little lively long loud love low major mark marks marsh may meek mild miles milk mill mole
moody moon moss mouse mouth nail neat needle new night noble north nose nutt oak odd old orange page pain pale palm parcel park
parsley part peace peach pearl pepper pie piece pike pitt plant plum pool poor post pound powder power price prime proud pull
quick rail rails rain ran rash ray read red reed rest rice rich riding ring ripple river rivers roach road rob rock rode roll
root rose rough round rowing rub rush rusty salt sand savage say seal sell settle shade sharp shine ship shore short shoulder
shown silk silver skin skip sleep slight small snow sole sore south speed spot spring stain stair stand star still stock stone
stones storm strain street strong such summer sun supple sweet swift tall tang tape tell thin tick ticks tingle toe toll tongue
town trim true try twist vein vest wait walk wall walls warm wash waters way well wells west wheat white wick wild will wind
winter wise wood woods wool worth young
"""
"""Words of every day that are names of people or places as well: harmless where nothing around them speaks of a name."""

CONTRACTIONS = """
i'm i've i'll i'd you're you've you'll you'd he's he'll he'd she's she'll she'd it's it'll it'd we're we've we'll we'd they're
they've they'll they'd that's that'll there's here's what's who's where's how's let's n't gon wan na ta lem gim don't doesn't didn't can't couldn't
won't wouldn't shouldn't isn't aren't wasn't weren't haven't hasn't hadn't ain't mustn't needn't y'all
"""
"""Very common words that hold an apostrophe, and the halves into which tokenised transcripts cut them ("gon na")."""


def words() -> frozenset[str]:
    """All words of the lists but the contractions."""
    return frozenset(f"{CLINICAL} {EVERYDAY} {TALK} {NAMES_TOO}".split())
