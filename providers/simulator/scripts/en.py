"""English lines."""

from __future__ import annotations

from providers.simulator.personas import Reply, Scene
from providers.simulator.scripts.form import Script

SCRIPT = Script(
    default_name="the account holder",
    default_organization="our company",
    default_goal="a quick follow-up on your request",
    openings=(
        "Hi {name}, this is the virtual assistant of {organization}. Do you have a minute?",
        "Good day, am I speaking with {name}? I'm the automated assistant of {organization}.",
        "Hello {name}, I'm calling on behalf of {organization}. Is this an okay time?",
    ),
    hellos=(
        "Yes, speaking. What is this about?",
        "That's me. Who is this again?",
        "Speaking. I only have two minutes.",
        "Yes? I'm at work, so please be quick.",
        "Hello? Yes, it's me.",
    ),
    pitches=(
        "Thank you. The reason for my call: {goal}. It only takes a minute to arrange.",
        "I'll be brief. This is about the following: {goal}. What do you think?",
        "It's quite simple: {goal}. May I tell you how it works?",
    ),
    exchanges=(
        ("How much does it cost?", "There is no cost and no commitment at this stage."),
        ("Where did you get my number?", "From the form you left with {organization}. We use it for nothing else."),
        ("Am I talking to a person or a machine?", "I'm a virtual assistant. A colleague reviews every conversation."),
        ("We already work with someone for that.", "Many of our customers did too. It can be useful to compare."),
        ("How long would it take?", "About fifteen minutes, at a time that suits you."),
        ("Can you send me something in writing first?", "Of course, you'll have a summary by the end of the day."),
        ("Sorry, the line is breaking up. Say that again?", "Of course. In short: {goal}."),
        ("Do I have to sign anything?", "No, nothing to sign, and you can stop whenever you like."),
        ("Last time, nobody ever followed up on this.", "I'm sorry about that. I'll note it so it isn't repeated."),
        ("Hold on a second... sorry, my daughter was talking to me.", "No problem, take your time."),
    ),
    endings={
        Scene.BOOKS: (
            (
                "All right, that sounds good. Could we do {when}?",
                "Let me check... {when} is free. Shall I book it?",
                "Yes, please book it.",
                "Done, you're booked for {when}. Thank you, {name}!",
            ),
            (
                "Okay, I'm interested. What times do you have?",
                "I could offer you {when}.",
                "{When} works for me.",
                "Perfect, I've put you down for {when}.",
                "Great, thanks. Bye.",
            ),
            (
                "Fine, let's do it. {When} would be best for me.",
                "{When} it is. You'll get a confirmation shortly.",
                "Perfect, see you then.",
                "Thank you, {name}. Goodbye!",
            ),
        ),
        Scene.AGREES: (
            (
                "Yes, I'd like that.",
                "Great. I'll set it up and you'll get a confirmation.",
                "Sounds good, thank you.",
                "Thank you, {name}. Have a nice day.",
            ),
            (
                "You know what, count me in.",
                "Wonderful. A colleague will send you the details today.",
                "Okay, I'll look out for it.",
                "Thanks for your time, {name}.",
            ),
            (
                "That does sound useful. I'm in.",
                "Glad to hear it. Shall I confirm by message?",
                "Yes, please do.",
                "Done. Have a good day!",
                "You too, bye.",
            ),
        ),
        Scene.DECLINES: (
            (
                "Thanks, but I'm not interested.",
                "I understand. May I ask why?",
                "It's just not for us right now.",
                "Thank you for being honest. Have a good day.",
            ),
            (
                "No, I don't need it, honestly.",
                "Would it help to see an example first?",
                "No, thank you. I'd rather not.",
                "Understood. Thanks for your time, {name}.",
                "Bye.",
            ),
            (
                "Look, we have no budget for this, so it's a no.",
                "Thanks for telling me. I won't insist.",
                "Okay, bye.",
            ),
        ),
        Scene.CALLBACK: (
            (
                "I'm driving right now. Can you call me back {when}?",
                "Of course. I'll call you {when}.",
                "Yes, that's better for me.",
                "Noted. Drive safely, {name}.",
            ),
            (
                "It's a bad moment, I'm in a meeting. Call me {when}, please.",
                "Sure, {when}. Is this the right number?",
                "Yes, same number.",
                "Until then, {name}.",
            ),
        ),
        Scene.UNDECIDED: (
            (
                "I'm not sure. I'd have to think about it.",
                "What would help you decide?",
                "I need to talk to my wife first.",
                "Of course. Take your time.",
                "Okay. Bye.",
            ),
            (
                "Hmm, maybe. I don't know yet.",
                "Is there anything I can clear up?",
                "Not really. Let me think it over.",
                "That's fine. Have a good day, {name}.",
            ),
        ),
        Scene.CONTRADICTS: (
            (
                "Okay, yes, sign me up.",
                "Wonderful. I just need to confirm your details.",
                "Wait... no, forget it. I've changed my mind.",
                "No problem. I won't go ahead.",
                "Yeah, leave it. Bye.",
            ),
            (
                "Sure, let's do it.",
                "Great, I'll prepare the confirmation.",
                "Actually, no. I'm not interested after all.",
                "Understood, I'll cancel it.",
            ),
        ),
        Scene.OPTS_OUT: (
            (
                "Take me off your list, please.",
                "I'm sorry for the trouble. I'll do that right now.",
                "Good. And don't call me again.",
                "You won't hear from us again. Goodbye.",
            ),
            (
                "I've asked you people before: stop calling me.",
                "I apologise. I'm removing your number.",
                "Please do. Remove my number for good.",
                "It's done. Goodbye.",
            ),
        ),
        Scene.HOSTILE: (
            (
                "Are you kidding me? You people never give up!",
                "I'm sorry to have bothered you.",
                "This is harassment. I'm going to report you.",
                "I apologise. I'll end the call now.",
            ),
            (
                "What a waste of my time. Get lost!",
                "I'm sorry, I didn't mean to disturb you.",
                "Shut up. Let me speak to your manager.",
                "I'll pass that on. Goodbye.",
            ),
        ),
        Scene.WRONG_PERSON: (
            (
                "You've got the wrong number. Nobody called {name} lives here.",
                "I'm sorry. Do you know how to reach them?",
                "No idea. I've had this number for years.",
                "Thank you, I'll correct it. Goodbye.",
            ),
            (
                "I think you have the wrong person.",
                "I apologise. I'll correct our records.",
                "No problem. Bye.",
            ),
        ),
    },
    fillers=("Uh... ", "Well... ", "Hmm... ", "So... "),
    machine_greetings=(
        "Hi, you've reached my voicemail. Please leave a message after the tone.",
        "The person you are calling is not available. Please record your message after the beep.",
    ),
    machine_messages=(
        "Hello {name}, this is {organization}. We'll try you again later. Thank you.",
        "Hi {name}, {organization} here. It's about this: {goal}. We'll be in touch.",
    ),
    silence_prompts=("Hello? Are you there?", "I can't hear you. Can you hear me?"),
    silence_goodbyes=("It seems the line is bad. I'll try again another time. Goodbye.",),
    days=("tomorrow", "the day after tomorrow"),
    when="{day} at {hour}",
    clock_12h=True,
    replies={
        Reply.INTERESTED: ("Yes, tell me more", "Hi! Sounds good, I'm interested", "Okay, count me in"),
        Reply.QUESTION: ("Who is this?", "How much is it?", "Hi, what is this about exactly?"),
        Reply.STOP: ("STOP", "Stop messaging me please", "unsubscribe"),
    },
)
