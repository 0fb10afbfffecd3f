"""What clinicians write: the rules of the grammar of notes. Data alone; `sections.py` puts it in order.

Three voices: "full" sentences, "terse" telegrams with abbreviations, "dictated" sentences that were spoken into a machine.
"""

from heal_pipeline.sources.clinic.grammar import entries

RULES: dict[str, tuple[str, ...]] = {
    "who full": entries("""
        {polite} is a {age}-year-old {man} [with a history of {history} |]who [presents|comes in|is seen today] [with|for evaluation of] {cc} for {dur}.
        {Name} is a {age}-year-old {man} [here|presenting today] [with|for] {cc}, which [began|started] {dur} ago.
        This {age}-year-old {man} [presents|comes to clinic] with {cc} [of|for] {dur}.
        I had the pleasure of seeing {polite}, a {age}-year-old {job}, [for|because of] {cc} for {dur}."""),
    "who terse": entries("""
        {age}{m} [c/o|w/|p/w] {cc} x {dur}.
        {age} y/o {sex}, {cc} x {dur}.
        [Pt|{Polite}] {age}{m}, here for {cc}, {dur}."""),
    "who dictated": entries("""
        This is a {age}-year-old {man} that I am seeing today for {cc} that has been present for {dur}.
        The patient is a {age}-year-old {man}, [works as a {job}, |]who comes in with {cc} for [the last|about] {dur}."""),
    "who anonymous full": entries("""
        [The patient|Patient] [presents|is here|comes in] [with|for] {cc} for {dur}.
        Presents [with|for evaluation of] {cc}, [onset|which began] {dur} ago.
        {Cc} for {dur}.
        The patient reports {cc} [of|for] {dur} [duration|]."""),
    "who anonymous terse": ("[Pt c/o|C/o|Here w/] {cc} x {dur}.", "{Cc} x {dur}.", "{Cc}, onset {dur} ago."),
    "who anonymous dictated": ("The patient comes in today for {cc}, this has been going on for {dur}.", "Patient is seen today for {cc} that has been present for {dur}."),
    "known full": entries("""
        {polite} is a {age}-year-old {man} who [returns|is seen] for {cc}, [diagnosed {dur} ago|known for {dur}].
        {Name}, a {age}-year-old {man}, is here for {cc}, present for {dur}."""),
    "known terse": ("{age}{m}, {cc}, dx {dur} ago.", "{age} y/o {sex} here for {cc} ({dur})."),
    "known dictated": ("This is a {age}-year-old {man} here for {cc}, has had this for {dur}.",),
    "known anonymous full": ("[The patient|Patient] [is here|returns|is seen] for {cc}, present for {dur}.", "{Cc}, present for {dur}."),
    "known anonymous terse": ("{Cc}, {dur}.", "Here for {cc}, dx {dur} ago."),
    "known anonymous dictated": ("The patient returns for {cc}, has had this for {dur}.",),
    "status": ("[Reports|Brings|Notes] {status}.", "{Status} [per patient|by report].", "Since the last visit, {status}."),
    "feel full": entries("""
        [It is|The sensation is|The complaint is] described as {feel}[ and rated {severity} out of 10|, {severity}/10 at its worst].
        [The patient describes it as|Described as] {feel}, [with a severity of|severity] {severity}/10."""),
    "feel terse": ("{Feel}, {severity}/10.", "Quality: {feel}. Severity: {severity}/10."),
    "feel dictated": ("Describes this as {feel}, rated at {severity} out of 10.",),
    "feel only": ("[Described as|The quality is|Characterized as] {feel}.", "Quality: {feel}."),
    "worse full": entries("""
        [It is|Symptoms are] [worse with|aggravated by|made worse by] {worse} and [better with|relieved by|eased by] {better}.
        [Aggravating factors include|Aggravated by] {worse}. [Relief comes with|Relieved by|Improved by] {better}."""),
    "worse terse": ("Worse w/ {worse}; better w/ {better}.", "[Agg|Aggravating]: {worse}. [Rel|Relieving]: {better}.", "+ w/ {worse}, relief w/ {better}."),
    "worse dictated": ("It is worse with {worse}, and it is better with {better}.", "Brought on by {worse} and relieved by {better}."),
    "present full": ("[The patient also reports|Associated symptoms include|Also reports|Accompanied by] {present}.", "[Other symptoms|Also present|In addition]: {present}."),
    "present terse": ("[+|Pos for|Reports|Assoc] {present}.", "Also {present}."),
    "present dictated": ("Positive for {present}.", "The patient does report {present}."),
    "absent full": ("[Denies|The patient denies|Specifically denies] {absent}.", "There is no {absent}.", "No {absent}."),
    "absent terse": ("[Denies|No|Negative for] {absent}.", "[Denies|No] {absent}."),
    "absent dictated": ("The patient denies {absent}.", "No {absent} reported."),
    "otherwise well": ("[Otherwise healthy|No chronic conditions|Past medical history is unremarkable|None].",),
    "no medications": ("[None|No regular medications|Takes no medications|No current medications].",),
    "no allergies": ("[No known drug allergies|NKDA|No known allergies|None known].",),
    "allergy": ("{Drug} allergy[ ({reaction})|, {reaction}| with {reaction}|: {reaction}].",),
    "assessment new": entries("""
        {Diagnosis}.
        {Diagnosis}[, new|, likely|, clinically].
        {Cc} for {dur}, [consistent with|in keeping with|due to] {diagnosis}.
        [Impression is|Findings are most consistent with|History and exam point to|Clinical picture consistent with] {diagnosis}.
        {Cc}, [most likely|likely due to|secondary to|consistent with] {diagnosis}."""),
    "assessment stable": ("{Diagnosis}, [stable|at goal|well controlled|doing well on current therapy].", "{Diagnosis}: [stable|controlled]."),
    "assessment raised": ("{Diagnosis}, [not at goal|above goal|suboptimally controlled|needs better control].", "{Diagnosis}: [uncontrolled|above target]."),
    "start": ("[Start|Will start|Plan to start|Prescribed: start] {drug} {dose} {frequency}.",),
    "continue": ("[Continue|Will continue|Continue current] {drug} {dose} {frequency}.",),
    "increase": ("Increase {drug} from {earlier} to {dose} {frequency}.",),
    "test": ("[Order|Obtain|Check|Will order|Ordered] {tests}.", "[Labs and studies|Workup|Tests]: {tests}."),
    "advice": ("[Advised|Counseled|Instructed|Told] {advice}.",),
    "advice line": ("[Advised|Instructions|Home care|Counseled]: {advice}.", "{Advice}."),
    "refer": ("[Referral to|Placed referral to|Will place a referral to] {refer}.",),
    "alarm": ("[Return precautions|Call or return for|Seek care at once for|Return sooner for|Precautions given for]: {alarm}.",),
    "follow": ("[Follow up|Will follow up|Patient to follow up|Scheduled to follow up] in {returns}.",),
}  # fmt: skip

SOAP_HEADINGS = (
    ("SUBJECTIVE:", "OBJECTIVE:", "ASSESSMENT:", "PLAN:"),
    ("Subjective", "Objective", "Assessment", "Plan"),
    ("S:", "O:", "A:", "P:"),
    ("SUBJECTIVE", "OBJECTIVE", "ASSESSMENT", "PLAN"),
    ("**Subjective**", "**Objective**", "**Assessment**", "**Plan**"),
    ("S -", "O -", "A -", "P -"),
    ("# Subjective", "# Objective", "# Assessment", "# Plan"),
)

EHR_HEADINGS = {
    "cc": ("CHIEF COMPLAINT", "Chief Complaint", "CC", "Reason for Visit"),
    "hpi": ("HISTORY OF PRESENT ILLNESS", "History of Present Illness", "HPI", "Interval History"),
    "pmh": ("PAST MEDICAL HISTORY", "Past Medical History", "PMH", "Medical History"),
    "meds": ("MEDICATIONS", "Current Medications", "Meds", "Home Medications"),
    "allergies": ("ALLERGIES", "Allergies", "Allergies", "Allergies and Intolerances"),
    "social": ("SOCIAL HISTORY", "Social History", "Social", "Social History"),
    "family": ("FAMILY HISTORY", "Family History", "FH", "Family History"),
    "ros": ("REVIEW OF SYSTEMS", "Review of Systems", "ROS", "Review of Systems"),
    "vitals": ("VITAL SIGNS", "Vitals", "VS", "Vital Signs"),
    "exam": ("PHYSICAL EXAM", "Physical Examination", "PE", "Examination"),
    "assessment": ("ASSESSMENT", "Assessment", "A", "Impression"),
    "plan": ("PLAN", "Plan", "P", "Recommendations"),
}
"""Section → its heading in four houses' styles."""

HEADERS = (
    "Patient: {name}\nMRN: {mrn}\tDOB: {dob}\nDate of visit: {date}\nProvider: {signature}",
    "{practice}\n{name_reversed} | DOB {dob} | MRN {mrn}\nVisit date {date}, seen by {signature}",
    "PATIENT NAME: {name}\nDATE OF BIRTH: {dob}\nMEDICAL RECORD NUMBER: {mrn}\nDATE OF SERVICE: {date}\nPHYSICIAN: {doctor}",
    "{date}\n{name_reversed} (MRN {mrn})\n{doctor}, {practice}, {clinic_city}",
    "Name: {name}\tSex: {m}\tAge: {age}\nRecord no. {mrn}\tPhone: {phone}\nAddress: {address}\nEncounter date: {date}",
    "Re: {name}, born {dob}, member ID {member}\nSeen {date} at {practice}",
    "{name}, {age}{m}, {date}",
    "Office visit {date}. Patient {name}, MRN {mrn}.",
)
SIGNATURES = (
    "Electronically signed by {signature} on {date}",
    "{signature}",
    "Dictated by {signature}, {date}",
    "Signed: {signature}, {practice}, phone {clinic_phone}",
    "cc: {earlier_doctor}\n{signature}",
    "",
    "",
)
BACKGROUND_LINES = (
    "Records from {hospital} reviewed.",
    "Lives with {his} {relation} {kin}.",
    "Was seen at {hospital} on {earlier_date}.",
    "{His} {relation}, {kin}, was present for the visit.",
    "Moved from {earlier_city} and previously followed by {earlier_doctor}.",
    "Preferred contact {phone}, or {email}.",
    "Emergency contact: {kin_full} ({relation}), {phone}.",
)
"""What only the chart knows: identifiers that no conversation needs to mention."""
