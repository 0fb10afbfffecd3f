"""Sentence frames of medical pages, by what a paragraph is about. Data alone; `medical.py` fills them from the knowledge tables."""

from heal_pipeline.sources.clinic.grammar import entries

CONDITION: dict[str, tuple[str, ...]] = {
    "what": entries("""
        {Name} is {what}.
        {Name} is the name for {what}.
        [Doctors|Clinicians|Health workers] [use|choose] the term {name} [for|to mean] {what}.
        By {name}, [doctors|clinicians] mean {what}.
        When people hear that they have {name}, they often ask what it is. [In short, it|In plain words, it|It] is {what}.
        What is {name}? It is {what}.
        [Few people know what {name} really is|The term {name} sounds harder than it is]: {what}."""),
    "why": entries("""
        {Why}.
        {Why}[, and that is how it begins|]. [This explains|That accounts for|Knowing this helps to understand] the [symptoms|complaints|signs].
        How does it come about? {Why}.
        The [mechanism|cause|reason] is [well understood|known]. {Why}.
        [To see why treatment works, it helps to know the cause.|The cause is simple to tell.] {Why}."""),
    "risk": entries("""
        [It is more common with|The risk is higher with|What raises the risk:] {risks}.
        Among the things that [raise the risk|make it more likely] are {risks}.
        [Anyone can get it, but some are more at risk.|Not everyone is equally at risk.] {Risks} [play a part|make it more likely|are known risk factors].
        {Risks} [all raise|each raise] the [risk|odds] of {name}.
        People ask who gets {name}. [Known risk factors are|The list of risk factors includes] {risks}."""),
    "signs": entries("""
        [Typical|Common|The usual] [symptoms|signs] are {signs}.
        [Most people notice|Many people first notice|It often begins with] {signs}.
        [Someone|A person] with {name} may [have|report|complain of] {signs}.
        {Signs} [are the symptoms that bring people to a doctor|should make one think of it].
        The [symptoms|picture] may be mild, but {signs} are [frequent|common|what patients describe].
        Patients describe {signs}; [not all of these need to be there|one of them may be missing]."""),
    "test": entries("""
        [To be sure, a doctor may order|The diagnosis may call for|Doctors often use] {tests}.
        [The story and the examination come first|A careful history comes first]; {tests} [may follow|can confirm it].
        {Tests} [can help|may be needed] to [confirm the diagnosis|rule out other causes|see how far it has gone].
        How is it found? [The examination gives the first hint, and|Often by] {tests}.
        [When the diagnosis is not clear|If there is doubt], {tests} [can settle the question|will be done]."""),
    "drugs": entries("""
        {Drug} is [often|commonly] [used|given|prescribed]: it {effect}.
        [Treatment|Therapy] [often includes|may include] {drug}, {group}, which {effect}.
        [One of the medicines is|Among the medicines is|A doctor may prescribe] {drug}. It {effect}[, and the main side effects are {side}|].
        Medicines such as {drugs} [are used|help|have a place]. {Drug} {effect}.
        [If medicine is needed|When a medicine is chosen], {drugs} [are options|come into question]; {caution}"""),
    "care": entries("""
        [At home it helps|What people can do themselves is|Good advice is] {to_cares}.
        {Care1}. [It also helps|Another good step is] {to_care2}.
        Simple measures [matter|make a difference|go a long way]: {cares}.
        [Self-care begins with one rule:|The first advice is:] {care1}. [The second:|Then] {care2}.
        [Nurses|Doctors|Health workers] [tell their patients|advise people] {to_their_cares}."""),
    "alarm": entries("""
        [Get help|See a doctor|Go to an emergency room] at once [in case of|if there is|with] {alarms}.
        [Warning signs|Danger signs|Red flags] are {alarms}. [They need a doctor the same day|These should not wait|With these, time counts].
        {Alarms} [mean that|are signs that] [help is needed|a doctor should look at it] [quickly|without delay].
        [Most cases can be handled in an office visit|Most of the time there is no hurry]. But {alarms} [are an emergency|call for quick action]."""),
    "fact": entries("""
        {fact1}
        {fact1} {fact2}
        [It is worth knowing that|Doctors point out that|Studies show that] {fact_low}
        [A common question has a clear answer.|One point surprises many.|Something else is worth knowing.] {fact1}"""),
}

CONDITION_TITLES = entries("""
    {Name}
    Understanding {name}
    {Name}: what to know
    What you should know about {name}
    Living with {name}
    {Name} in plain words
    A short guide to {name}
    Facts about {name}""")

HEADINGS: dict[str, tuple[str, ...]] = {
    "what": ("Overview", "What it is", "In brief", "Introduction"),
    "why": ("Causes", "What happens in the body", "How it comes about"),
    "risk": ("Who is at risk", "Risk factors", "Who gets it"),
    "signs": ("Symptoms", "Signs and symptoms", "What people notice"),
    "test": ("Diagnosis", "Tests", "How it is found"),
    "drugs": ("Treatment", "Medicines", "What doctors prescribe"),
    "care": ("Self-care", "What you can do", "At home"),
    "alarm": ("When to get help", "Warning signs", "When it cannot wait"),
    "fact": ("Good to know", "Outlook", "More facts"),
}

DRUG: dict[str, tuple[str, ...]] = {
    "what": entries("""
        {Drug} is {group} [used for|prescribed for|given for|taken for] {use}.
        Doctors [prescribe|use] {drug} for {use}. It [belongs to a class|is a kind of medicine] called by its action: it is {group}.
        People take {drug}, {group}, for {use}.
        For {use}, doctors [may use|often use|can prescribe] {drug}. [It is|This is] {group}.
        If you [were prescribed|have been given|take] {drug}, it is probably for {use}."""),
    "effect": entries("""
        {Drug} {effect}.
        It {effect}. [That is how it works.|This takes some time to be felt.|The effect depends on the dose.|]
        [How it works is known|The way it works is simple]: {drug} {effect}.
        In the body it {effect}."""),
    "dose": entries("""
        It [comes|is sold] in strengths [of|such as] {doses} and is [usually|mostly] taken {frequency}.
        [The usual way to take it is|It is taken] {frequency}. [Strengths include|There are strengths of] {doses}.
        [Adults often begin with|A common first dose is] {dose1}, taken {frequency}; [the doctor may change it|the dose can be changed later]."""),
    "side": entries("""
        [Possible side effects are|Side effects include|It may cause] {sides}.
        [Like all medicines it has|It can have] side effects, [among them|for example] {sides}. [Most are mild.|Many fade with time.|]
        Some people [notice|get|report] {sides} [in the first weeks|when they begin|]. [Tell your doctor if this lasts.|]
        [The most common complaint is|People mostly complain of] {side1}[, less often of {side2}|]."""),
    "caution": entries("""
        {caution1}
        {caution1} {caution2}
        [One warning matters|A point to remember|Keep this in mind]: {caution_low}
        [Pharmacists|Nurses] [remind people of one thing|have one piece of advice]. {caution1}"""),
    "safe": entries("""
        [Keep it|Store it|Keep the package] [away from heat|in a dry place|at room temperature] and out of [the|] reach of children.
        If a dose is [missed|forgotten], take it [when you remember|as soon as you think of it], but [never take two at once|do not double the next one].
        [Give your doctor a list of|Tell your doctor about] all [other|] medicines [that you take|], [also|including] those without a prescription.
        Do not share it with others, even if they [have the same complaint|seem to have the same illness]."""),
}

DRUG_TITLES = entries("""
    {Drug}
    {Drug}: uses, doses, side effects
    About {drug}
    How to take {drug}
    What {drug} does
    {Drug} explained
    Medicine guide: {drug}""")

SYMPTOM: dict[str, tuple[str, ...]] = {
    "open": entries("""
        {Sign} [has many causes|can mean many things|is one of the common reasons to see a doctor].
        [Nearly everyone|Almost everybody] has [known|had] {sign} at some time. [Mostly it passes|It often goes away by itself].
        [What is behind|What can cause] {sign}? [The answer depends on what else is there.|The other symptoms give the clue.]
        When a patient [comes in with|reports] {sign}, a doctor [thinks of|goes through] several causes."""),
    "cause": entries("""
        [One cause is|It may be|A possible cause is] {name}, {what}. [It then comes with|Here one also finds|Look for] {others}.
        In {name}, {sign} [goes together with|is joined by|comes with] {others}.
        {Name} [should be considered|is another cause|belongs on the list], [above all|mainly] [when there is|with] {others}. {Why}.
        [If there is|With] {others} as well, {name} is [likely|a good guess]: {what}."""),
    "close": entries("""
        [A doctor asks|The questions are] how long it has lasted, what makes it worse, and what [goes along with it|else has changed].
        [Keep a note of|Write down] when it comes and what you [did|ate|took] before; [that helps more than many tests|it will help your doctor].
        [See a doctor|Have it looked at] if it lasts more than [a week|two weeks|a few days] or [gets worse|comes back|keeps you from sleeping].
        [Treatment aims at the cause|What helps depends on the cause], so [the first step is to find it|guessing is of little use]."""),
}
SYMPTOM_TITLES = (
    "When you have {sign}",
    "Causes of {sign}",
    "{Sign}: what it may mean",
    "A doctor looks at {sign}",
    "{Sign} and what is behind it",
)

STORY: dict[str, tuple[str, ...]] = {
    "open": entries("""
        A {age}-year-old {job} [came to the clinic|saw a doctor|went to an urgent care center] [with|because of] {sign}.
        It began on a [Monday|Sunday|workday] [morning|evening]: the {job}, [a man|a woman] of {age}, had {sign}.
        A {job} had [put up with|lived with|ignored] {sign} for [a week|three weeks|a month] before [asking for help|seeing a doctor]."""),
    "visit": entries("""
        [On examination|When the doctor looked closer], there was {finding}. [Together with|With] {others} this [suggested|pointed to] {name}, {what}.
        The doctor asked about {others} and found {finding}. "This looks like {name}," [she|he] said. "It is {what}."
        {Tests} [confirmed|showed] what the [examination|history] had suggested: {name}. {Why}."""),
    "treat": entries("""
        [She|He] was [given|prescribed] {drug}, which {effect}, and [was told|was advised] {to_their_care1}.
        [The plan was simple:|Treatment was straightforward:] {drug}, {dose1} {frequency}, and the advice {to_their_cares}.
        [The doctor explained|The nurse explained] that {drug} {effect}. [At home the task was|The rest was homework:] {to_their_cares}."""),
    "end": entries("""
        [Two weeks|A month|Three weeks] later the [complaint was gone|complaint was much better|patient was back at work]. {fact1}
        [What can others learn from it?|The lesson of the story:] {fact1} And {alarms} would have been a reason to [come sooner|go to the hospital].
        {fact1} [That is why the follow-up visit matters.|The follow-up visit showed it clearly.]"""),
}
STORY_TITLES = (
    "A case of {name}",
    "Learning from a case: {name}",
    "What the {job} had",
    "From the clinic: {sign}",
    "Case of the month",
)
