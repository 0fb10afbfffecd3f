"""What doctors and patients say: the rules of the grammar of conversations. Data alone; `conversation.py` puts it in order.

Slots that a rule may use: the facts of the visit (cc, lay, dur, feel, worse, better, severity, ...) and marked names and numbers.
"""

from heal_pipeline.sources.clinic.grammar import entries

RULES: dict[str, tuple[str, ...]] = {
    "hello": entries("""
        [hi|hello|good morning|good afternoon|hey], {title} {last}, [I'm|this is] {doctor}. [what brings you in today?|what can I do for you?|how can I help today?]
        [come on in|have a seat], {first}. {doctor} [here|is my name]. [so what's going on?|tell me what's going on.|what's been going on?]
        [good morning|good afternoon]. [let me just confirm|can you confirm] your name and date of birth [for me|before we start]?
        {first}, [welcome back|good to see you again]. [what's going on today?|what are we talking about today?]
        [okay|alright], so I have {full} here, [record number|medical record number|MRN] {mrn}. [hi there, what brings you in?|hello, how can I help?]
        [hi|hello], {title} {last}. [sorry for the wait|thanks for waiting|thanks for coming in]. [what's bothering you?|what seems to be the trouble?]
        [hello|hi there], I'm {doctor}, I [work with|fill in for|share the clinic with] {other_doctor}. [how can I help?|what's going on today?]"""),
    "hello_how": entries("""
        [hi|hello] {first}, [good|nice] to see you. [how have you been?|how are we doing today?|how's everything?]
        [good morning|good afternoon], {title} {last}. [how are you today?|how was the drive?|how's the family?]
        {first}, [come on in|have a seat]. [how are you holding up?|how are things?]"""),
    "confirm": entries("""
        {full}, {spoken_birth}.
        [sure|yeah], it's {full}, born {spoken_birth}.
        {full}, and my birthday's {spoken_birth}."""),
    "small_talk": entries("""
        [not bad|pretty good], [traffic from|the drive in from] {city} was [awful|fine|slow], but [we made it|I'm here].
        [I'm okay|doing alright], {relation_phrase} [made me come|drove me|told me to come].
        [hi, doctor|hi], [thanks for seeing me|thanks for fitting me in] on short notice.
        [could be better|been better], [to be honest|honestly].
        [hanging in there|same old]. we [moved up|came] from {earlier_city} [last fall|in the spring], so [everything's new|I'm still finding my way around]."""),
    "what_for": entries("""
        [so what brings you in?|okay, and what's going on?|good. so what can I do for you?]
        [tell me what's been going on.|what's the main thing today?|so what's bothering you?]"""),
    "complaint": entries("""
        [well|so], I've [had|been having] {lay} for [about|maybe|] {dur} [now|].
        [it's|it is] {lay}. [it started|this started] [about|] {dur} ago.
        I came in [because of|for] {lay}. it's been [going on|] [about|around] {dur}.
        {lay}, doc. [going on|it's been] {dur} [now|].
        [so about|about] {dur} ago I [noticed|started having|got] {lay} [and it hasn't let up|and it won't go away|and I figured I should get it checked].
        [I don't usually come in, but|I tried to wait it out, but] I've had {lay} for {dur}.
        [yeah|yes], [it's|um, it's] {lay}. {relation_phrase} [got worried|says I should get it looked at]. it's been {dur}."""),
    "follow_up": entries("""
        [just here|I'm here|I'm in] for {lay}. I've had it, [what|gosh], {dur} now.
        [you wanted to see me|you asked me to come back] about {lay}. it's been {dur} since [I was told|they found it].
        [it's|just] the regular check for {lay}. {dur} [already|now]."""),
    "recap": entries("""
        [okay|alright|got it], so {cc}, {dur}.
        [so|okay, so] we're [talking about|looking at] {cc} for {dur}.
        [mm-hmm|right], {cc} [going on|for] {dur}. [sorry to hear that.|okay.|]
        {dur} of {cc}, [okay|I see]."""),
    "recap_known": entries("""
        [okay|alright|right], {cc}, {dur} [now|since the diagnosis].
        [good|okay], so this is the {cc}, [and it's been|you've had it] {dur}."""),
    "status_ask": entries("""
        and how [has it been|are the numbers|is it going] [at home|since the last time|]?
        [what have you been seeing at home?|how have things been looking?|any numbers for me?]"""),
    "status": entries("""
        [mostly|well,|I'd say] {status}.
        [I wrote it down|I looked it up], {status}.
        {status}, [give or take|more or less|last I checked]."""),
    "feel_ask": entries("""
        [what does it feel like?|how would you describe it?|can you describe it for me?|what's it like?]
        [help me understand it|put it in your own words for me], what's it like?"""),
    "feel": entries("""
        [it's|it's kind of|it feels|it's sort of] {feel}.
        {feel}, [I'd say|I guess|mostly|if that makes sense].
        [mm|well], {feel}. [that's the best word for it.|not the worst ever, but I notice it.|]"""),
    "severity_ask": entries("""
        [on a scale of one to ten|one to ten|if ten is the worst], how bad [is it|does it get]?
        how would you rate it, [zero|one] to ten?"""),
    "severity": entries("""
        [I'd say|maybe|probably] a {severity} [out of ten|].
        {severity} [out of ten|] [on a bad day|at its worst|right now].
        [at the worst|when it's bad] a {severity} out of ten."""),
    "worse_ask": entries("""
        [what makes it worse|does anything make it worse|anything that sets it off], [or better|anything help]?
        have you noticed [anything that makes it better or worse|what brings it on and what helps]?"""),
    "worse": entries("""
        it [gets worse|acts up] with {worse}. [the only thing that helps is|what helps is] {better}.
        [it's worse with|mostly] {worse}. [the only thing that helps is|I get some relief from] {better}.
        [well|yeah], {worse}, that [sets it off|really gets it going]. and [with {better} it eases off|it's better with {better}].
        [I'd say|probably] {worse}. and [it's better with|what calms it down is] {better} [a bit|]."""),
    "more_ask": entries("""
        [anything else|any other symptoms|anything that goes along with it]?
        [what else have you noticed|have you noticed anything else]?
        [okay|mm-hmm]. and [besides that|apart from that], [anything new|anything else]?"""),
    "have_ask": entries("""
        [any|do you have any|have you had any] {symptom}?
        [what about|how about] {symptom}?
        and {symptom}?"""),
    "yes": entries("""
        [yeah|yes|mm-hmm|oh yeah], {said}.
        {said}.
        [a little|some, yeah|I do], {said}.
        [now that you mention it|actually|well, yes], {said}."""),
    "none_ask": entries("""
        [any|have you had any|are you having any|no] {symptoms}?
        [what about|how about] {symptoms}?
        [and|so] no {symptoms}?"""),
    "none": entries("""
        [no|nope|no, none of that|no, nothing like that].
        [no, thank goodness|thankfully no|no, not at all].
        [uh-uh|mm-mm|no], [haven't had any of those|not that I've noticed].
        no {first_symptom}, no. [none of those.|nothing.|]"""),
    "conditions_ask": entries("""
        [any other medical problems|any health problems I should know about|what other conditions do you have]?
        [and your medical history|what about past medical history|remind me of your other diagnoses]?
        [let me look at the chart|I'm looking at your chart]. you have a history of {conditions}, [right|is that correct]?"""),
    "conditions": entries("""
        [yes|yeah|right], {conditions}.
        I have {conditions}, [that's it|that's all].
        {conditions}. [nothing else|that's about it]."""),
    "no_conditions": entries("""
        [no, I'm pretty healthy otherwise|nothing else|no, nothing].
        [I've been lucky, nothing else|not really, no].
        [no other problems|none that I know of]."""),
    "medications_ask": entries("""
        [and what medicines are you taking|what medications are you on|what do you take|are you taking anything] [at the moment|right now|these days|]?
        [let's go over your medications|can we go over your medicines]. what are you taking?
        are you on any medicines?"""),
    "medications": entries("""
        [I take|I'm on|I'm taking] {medications}.
        {medications}, [that's it|that's all of them|every day].
        [let me see|let me think|I have the list here], {medications}."""),
    "no_medications": entries("""
        [no|nothing], [I don't take anything|no medicines|not on anything].
        [just|only] a multivitamin [now and then|when I remember]."""),
    "allergies_ask": entries("""
        [any allergies|are you allergic to anything|any drug allergies|what about allergies]?
        [and are you allergic|any allergies] to [any medicine|any medications]?"""),
    "allergies": entries("""
        [yes|yeah], [I have a|it's a] {drug} allergy. [it gives me|I get] {reaction}.
        I have a {drug} allergy, {reaction}.
        {drug} allergy, [yeah|the last time]. I got {reaction}."""),
    "no_allergies": entries("""
        [no|none|nope], [no allergies|no known allergies|no allergies that I know of].
        no allergies."""),
    "family_ask": entries("""
        [anything that runs in the family|does anyone in your family have medical problems|any family history]?"""),
    "family": entries("""
        my {kin} had {illness}.
        [just|well], my {kin}, {illness}.
        {illness}, my {kin} [had that|had it]."""),
    "social_ask": entries("""
        [do you smoke or drink|any smoking or alcohol|what about smoking and alcohol]?
        [and work|what do you do for work]? [any smoking or alcohol|do you smoke or drink]?"""),
    "smoking never smoked": ("I've never smoked", "never smoked", "no, never smoked"),
    "smoking quit smoking ten years ago": ("I quit smoking ten years ago", "quit smoking, ten years ago now"),
    "smoking quit smoking last year": ("I quit smoking last year", "quit smoking last year, [hardest thing I ever did|finally]"),
    "smoking smokes half a pack a day": ("I smoke half a pack a day", "half a pack a day, [I know|yeah I know]"),
    "smoking smokes a pack a day": ("I smoke a pack a day", "about a pack a day"),
    "drinking does not drink alcohol": ("I don't drink alcohol", "no alcohol"),
    "drinking drinks a glass of wine on weekends": ("a glass of wine on weekends", "wine, a glass on weekends"),
    "drinking drinks two beers a night": ("two beers a night", "I have two beers a night"),
    "drinking drinks alcohol rarely": ("alcohol, rarely", "I drink alcohol rarely"),
    "drinking has a beer after work": ("a beer after work", "I have a beer after work"),
    "work": entries("""
        I'm a {job}
        I work as a {job}
        {job}, [so I'm on my feet|so you know the hours], [you know|]"""),
    "surgery_ask": ("[any surgeries|ever had surgery|any operations]?",),
    "surgery": ("[just|only] a {surgery} [years ago|a while back|when I was young].", "{surgery}, [in my twenties|a long time ago]."),
    "exam_start": entries("""
        [okay|alright], [let me take a look|let's examine you|hop up on the table]. your blood pressure [today is|is] {pressure}, [pulse|heart rate] {pulse}, temperature {temperature}.
        [let me examine you|I'm going to take a look at you]. [vitals look like|so the nurse got] {pressure} for the blood pressure, pulse {pulse}, [and a|] temperature {temperature}.
        [so your vitals|vitals today], blood pressure {pressure}, temperature {temperature}, pulse {pulse}, oxygen {saturation} percent."""),
    "finding": entries("""
        [on the|looking at the] {system}, I [see|find|note] {finding}.
        {system}, [there's|I'm noting|that shows] {finding}.
        for the {system}, {finding}.
        [okay|mm-hmm], {system}, {finding}.
        [on exam of the|checking the] {system}, [I'm finding|there's] {finding}."""),
    "ouch": ("[okay|sure|mm-hmm].", "is [everything|that] okay?", "[yeah, I feel that|that's the spot|tell me what you see]."),
    "assessment": entries("""
        [so|okay, so] I think [this is|what you have is|we're dealing with] {diagnosis}. {explained}
        [this looks like|everything points to|this fits with] {diagnosis}. {explained}
        [my impression is|I'm pretty sure it's] {diagnosis}. [so what that is, it's|that means] {what}.
        [the good news is we know what it is|so here's what I think]. it's {diagnosis}, [that's|which is] {what}."""),
    "explained": ("[that's|it's|basically it's] {what}.", "[that's|it's] {what}. {why}.", "{why}."),
    "assessment_known": entries("""
        [so|okay, so] your {diagnosis} [is the main thing today|is what we need to keep an eye on]. [remember|like we said], {why}.
        [as for|when it comes to] your {diagnosis}, [here's where we are|let's keep at it]. {why}.
        [alright|okay], {diagnosis}. [just so it's clear|a quick reminder], it's {what}."""),
    "react": entries("""
        [okay|oh okay|alright]. [that makes sense.|I was afraid of that.|good to know.|]
        [I see|huh]. [my neighbor had that.|I wondered about that.|]
        [that's a relief|okay, thanks for explaining].
        [is that serious?|should I be worried?|so is that bad?] => [it's very treatable|no, we can treat that|not if we stay on top of it].
        [so what do we do?|what can we do about it?|and how do we treat that?] => [we have good options|let's go through it|I have a plan]."""),
    "start": entries("""
        [I'm going to|I'd like to|let's] start {drug}, {dose}, {frequency}.
        [we'll|I want to] start you on {drug} {dose}, [you take it|that's] {frequency}.
        [first thing|so], start {drug}, {dose} {frequency}. [I'll send it to your pharmacy.|I'll send that in.|]"""),
    "continue": entries("""
        [let's|I want you to|we'll] continue {drug}, {dose}, {frequency}.
        continue the {drug} {dose}, [you're doing fine on it|no changes there].
        [no change|no changes], [so|just] continue {drug} {dose} {frequency}."""),
    "increase": entries("""
        [I'd like to|let's|we should] increase the {drug} from {earlier} to {dose}, {frequency}.
        [we're not quite where we want to be, so|since the numbers are up,] we'll increase {drug} from {earlier} to {dose}, still {frequency}."""),
    "test": entries("""
        [I'd like to|I want to|let's|we'll] [get|order|check] {tests}.
        [we'll also|I'm also going to] order {tests}, [just to be sure|to be on the safe side|to see where we stand].
        [for tests we'll do|we still need] {tests}, [the front desk can set that up|you can do that on your way out]."""),
    "advice": entries("""
        [at home|in the meantime|and], I want you {to_a}, and {b}.
        [please|make sure you] {a}. [also|and], {b}.
        [two things for home|a couple of things you can do yourself], {a}, and {b}.
        what [helps|also helps], {a}. and {b}, [okay|if you can]?"""),
    "refer": entries("""
        [I'm going to|I'll] put in a referral to {refer}.
        [I think a|let's do a] referral to {refer} [makes sense|is a good idea].
        [you'll|they'll] get a call about the referral to {refer}."""),
    "alarm": entries("""
        [if you have|call us if you get|if you notice] {alarm}, [go to the emergency room|call right away|don't wait, call us].
        [now, watch out for|the thing to watch for is] {alarm}. if that happens, [call us right away|don't wait, come in]."""),
    "questions": entries("""
        [can I keep working?|what about work?|can I still go to work?] => [yes, as long as you feel up to it.|take today off, then see how you feel.|sure, just listen to your body.]
        [how long until it gets better?|when will I feel better?|how long does this take?] => [everybody's different, give it some time.|you should notice a change before I see you again.]
        [is there anything I shouldn't do?|anything to avoid?|what can I do myself?] => [good question.|I'm glad you ask.|let me tell you.]
        [do I need to do anything else?|okay, anything else?|so that's everything?] => [just a few things.|almost.|a couple more things.]"""),
    "follow": entries("""
        [let's|we'll] follow up in {returns}.
        [I want you to|please] follow up in {returns}, [sooner if it gets worse.|sooner if you need to.|okay?]
        [and then follow up|follow up with me] in {returns}, and we'll see how [you're doing|it's going]."""),
    "contact": entries("""
        is {phone} [still your number|the best number for you|still good]? => [yes|yeah|yep], that's [the one|my cell|right].
        [the nurse will call you at|we'll call you at] {phone} [with the results|when they're back]. => [okay|sounds good|great].
        [what's the best way to reach you|how should we send the results]? => [email is fine|you can email me], {email}.
        [the pharmacy on|still the pharmacy on] {street}? => [yeah|yes], [the one near my house|that one|right by us].
        [we'll call|I'll have them call] your {relation}, {kin}, [too, if that's okay|if we can't reach you]? => [yes, that's fine|sure, {kin} knows everything]."""),
    "history_elsewhere": entries("""
        [were you seen anywhere for this|has anyone looked at this|did you go anywhere before]? => I [was seen at|went to] {hospital} [on|back on] {spoken_date}, [they didn't find much|they told me to see you|they sent me home].
        [have you had this before]? => [once|years ago], when we lived in {earlier_city}. {earlier_doctor} [looked at it then|was my doctor there]."""),
    "bye": entries("""
        [alright|okay], [take care|feel better|good seeing you], {title} {last}. => [thank you, doctor|thanks, {doctor}|thanks so much].
        [see you then|we'll see you then], {first}. => [thanks|thank you|okay, bye now].
        [any other questions]? => [no, that's all|no, I think that covers it]. thank you{comma_doctor}.
        [good|great]. [tell {kin} I said hi|say hi to {kin}|drive safe]. => [will do|I will], thanks."""),
}  # fmt: skip
