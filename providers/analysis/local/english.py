"""English."""

from __future__ import annotations

from providers.analysis.local.lexicon import Cue, Lexicon, word_set, words

ENGLISH = Lexicon(
    language="en",
    function_words=word_set(
        "the is you i to for my and of it that have would do this are your we with not what im dont"
    ),
    cues={
        Cue.OPT_OUT: words(
            r"""
            off (?:your|the|this|that) (?:\w+ )?list
            (?:stop|quit) (?:calling|ringing|phoning|messaging|writing|texting|contacting|bothering|these calls)
            (?:dont|do not|never|not to) (?:ever )?(?:call|ring|phone|contact)(?: (?:me|us|here))* (?:again|any ?more)
            (?:dont|do not|never|not to) (?:ever )?(?:write|message|text)(?: (?:to me|to us|me|us))* (?:again|any ?more)
            (?:dont|do not|never) (?:ever )?(?:call|ring|phone|contact) this number
            never (?:ever )?(?:call|ring|phone|contact)
            (?:remove|delete|erase) (?:me|us|my (?:number|name|data|details)) | unsubscribe(?: me)?
            leave (?:me|us) alone | (?:dont|do not) want (?:any ?more (?:of these |of your )?|these |your )calls
            opt(?: me)? out
            """
        ),
        Cue.WRONG_PERSON: words(
            r"""
            wrong (?:number|person|house)
            (?:theres|there is) no (?!(?:need|way|point|chance|time|hurry|problem)\b)\w+ (?:here|at this)
            (?:never heard of|dont know any|nobody called|no one called|nobody by that name)
            (?:doesnt|does not|no longer) (?:work|live)s?(?: \w+)? here
            (?:think you want|looking for|you want) my (?:neighbou?r|brother|sister|flatmate)
            (?:im|i am) not (?:him|her|mr|mrs|ms|miss)
            """
        ),
        Cue.GATEKEEPER: words(
            r"""
            (?:hes|shes|he is|she is) (?:not (?:in|here|available)|out|away|off|in a meeting|on (?:holiday|leave))
            take a message | (?:ill|i will|i can) (?:tell|let) (?:him|her|them)(?: know)?
            (?:he|she)s the one who
            (?:im|i am|this is) (?:his|her) (?:wife|husband|son|daughter|assistant|secretary|mother|father)
            what is (?:it|this) (?:regarding|concerning) | (?:he|she) (?:doesnt|does not) take calls
            """
        ),
        Cue.CALLBACK: words(
            r"""
            (?:call|ring|phone|try)(?: me| us)?(?: back)? (?:again|later|back|tomorrow|tonight|(?:an|some )other time)
            (?:call|ring|phone|try)(?: me| us)?(?: back)? (?:on \w+day|in the \w+|next \w+|at \w+|\w+day|in half an)
            (?:call|ring|phone|try)(?: me| us)?(?: back)? in \w+ (?:minutes?|hours?|days?)
            (?:call|ring|phone) me | (?:cant|can not|cannot) (?:talk|speak)
            (?:not a good|bad|another|better) (?:time|moment) | (?:im|i am) (?:driving|at work|busy)
            not (?:right )?now
            """
        ),
        Cue.HEDGE: words(
            r"""
            maybe | perhaps | possibly | might | could be | dunno
            not (?:so |really |entirely |completely )?sure | (?:dont|do not) know(?: yet)?
            think (?:about (?:it|that)|it over|on it) | think about | (?:it|that) (?:all )?depends | depends
            well see | let you know | get back to you | sleep on it | have a look | have to check
            need to check | (?:have|need|want) to (?:talk|speak|ask|check|discuss)
            (?:talk|speak) to my (?:wife|husband|partner|boss|son|daughter|accountant) | i cant say(?! no\b(?! or))
            neither am i | do what you (?:want|like) | whatever | only if | unless | yes and no | in theory
            too (?:expensive|dear|much|far|late|early) | cant afford
            need (?:some |more |a bit of )?time
            """
        ),
        Cue.SARCASM: words(
            r"""
            yeah right | as if | just what i (?:need|needed|wanted)
            what a (?:bargain|joke|surprise|treat|deal) | (?:queen|king) of | the pope | lucky me | how generous
            frame it | big surprise | my hero | be still my heart
            (?:oh )?(?:sure|great|yes|yeah|brilliant) because | brilliant idea | (?:oh|wow) how (?:nice|kind)
            so much last time | where do i sign | only an hour | ha | haha | hah | thrilled | oh joy
            fat chance | in your dreams
            """
        ),
        Cue.HOSTILE: words(
            r"""
            disgrace | disgraceful | scam | scammers? | harass\w* | report you | lawyer | sue you | get lost
            shut up | idiots? | waste of (?:my )?time | (?:your|the) (?:manager|supervisor) | kidding me
            must be joking | dont make me laugh | sick of | fed up | hell | how dare | complain\w* | rip ?off
            bloody
            """
        ),
        Cue.REFUSAL: words(
            r"""
            not interested | get lost | go to hell | report you | no interest | (?:dont|do not) (?:send|book|sign)
            bought (?:one|somewhere|something|another) | no thank(?:s| you) | no (?:chance|way) | absolutely not
            certainly not | of course not | (?:dont|do not|didnt) (?:want|need|fancy) | dont think so
            (?:not|isnt) for (?:me|us) | (?:ill|i will|think ill) pass | rather not | i would not
            forget (?:it|that|about it) | (?:cancel|scrap) (?:it|that) | changed my mind | leave it(?! with)
            wont work | doesnt work for | (?:its|thats) a no | (?:answer|its) (?:is )?still no | all set
            happy with what | (?:already|have) bought | (?:already|have) ordered
            already have (?:one|something) | (?:im afraid i|sorry i|i really) cant | not going to
            wont be (?:able|coming|doing) | no budget | not today | actually no | no sorry | sorry no | so no
            then no | actually dont | drop it | count me out
            """
        ),
        Cue.COMMITMENT: words(
            r"""
            (?:book|put|sign|pencil|count|fit|slot|squeeze) (?:me|us|him|her|them|it|that|my \w+) (?:in|up|down)
            (?:book|reserve|renew|confirm|order) (?:me|us|him|her|them|it|that|my \w+) | set (?:it|that) up
            put (?:me|us) on the list | go (?:right )?ahead | lets do (?:it|that) | lets go (?:for|with)
            go for it | (?:ill|we will) take it | ill be (?:there|home|in) | see you (?:then|there|on)
            (?:i can|ill) (?:make|come|pay)(?: it| that)?
            (?:works|suits|fits|good|fine|perfect|okay|great) (?:for )?me | that works | works well
            im in(?! (?:a|an|the|my|bed|traffic|hospital|town|between)\b) | count me in
            (?:its |thats |its a |thats a )?(?:agreed|a? ?deal) | by all means | (?:dont|cant) see why not
            you bet | that(?:d| would) be (?:grand|great|good|lovely|perfect|fine|nice) | why not | be my guest
            (?:id|i would|wed) (?:love|like) (?:that|to|it) | (?:id|i would) be (?:happy|glad|delighted) to
            that would (?:actually )?(?:help|be (?:great|lovely|perfect|ideal|good|helpful|useful))
            sounds (?:good|great|perfect|fine|lovely|like a plan) | (?:ask|fire) away | please book | i accept
            (?:id be |im |were |we are |i am )?happy to(?: do (?:it|that|so))?(?=$| oblige| come| help| take part)
            (?:im|i am|were|we are) (?:happy|fine|good|okay|ok|cool) with (?:that|it|this)
            (?:im|i am|were|we are) (?:up for (?:it|that|this)|game|on board|sold|all for (?:it|that))(?! (?:for|out)\b)
            (?:youve|you have|you) (?:talked (?:me|us) into|(?:convinced|sold|persuaded) (?:me|us)|won me)
            (?:id|we d|wed|i would) be (?:mad|a fool|silly|stupid|crazy) not to
            (?:cant|couldnt|wouldnt|wont|how (?:can|could) i) say no | cant (?:argue|quarrel) with that
            (?:no|dont have any) objections? | (?:its|thats|that is|it is) a yes | a yes from (?:me|us)
            (?:\w+day|tomorrow|today|\w+ o ?clock|a deal) it is
            (?:lets|we can|you can) (?:make it|say) (?:\w+day|tomorrow|today|next week|\w+ o ?clock|noon|at \w+)
            put (?:my|our) names? (?:down|on) | (?:add|put) (?:me|us) (?:to|on|in) | sign (?:me|us) up
            (?:come|pop|drop) (?:on )?(?:round|over|by|along|in)(?= (?:any|when|on|at|then|after|before)|$)
            (?:send|bring) (?:him|her|them|someone|somebody|your \w+) (?:round|over|along|by|on|at)
            (?:ill|well|we will|i will) (?:be )?(?:expect(?:ing)?|wait(?:ing)? for) (?:you|him|her|them)
            count on (?:me|us) | (?:ill|well|i will|we will) give (?:it|that) a (?:go|try|shot|whirl)
            thatll do(?= nicely| me| fine| us|$) | that will do(?= nicely| me| fine| us|$) | good enough for (?:me|us)
            (?:in|into|on) (?:my|our|the) (?:diary|calendar|agenda)
            lets get (?:it|that|this) (?:sorted|done|booked|over)
            (?:id|we d|wed|i would) (?:really )?appreciate (?:that|it)(?= very| a lot| so|$)
            that would be a (?:\w+ )?(?:help|relief|blessing)
            (?:ill|well|i will|we will) (?:have|get) (?:it|everything|the \w+|my \w+|our \w+) (?:\w+ )?ready
            (?:ill|well|i will|we will) (?:let (?:you|him|her|them) in|leave the \w+ (?:open|unlocked|out))
            (?:the|my|our) (?:door|gate) will be (?:open|unlocked) | (?:just )?ring the (?:door ?)?bell
            (?:ill|i will) (?:take|book) the (?:day|morning|afternoon) off
            (?:ill|well|i will) make sure (?:im|were|i am)
            """
        ),
        Cue.CONDITION: words(
            r"""
            if | when(?! you) | once | provided | as long as | so long as | on condition | assuming
            """
        ),
        Cue.MATERIAL: words(
            r"""
            (?:e?mail|send|text|post) (?:me|us|it|that)(?! (?:any|no)) | in writing | put it in an? e?mail
            brochure
            """
        ),
        Cue.THANKS: words(
            r"""
            thanks? | thank you | cheers | lovely | kind of you | appreciate
            """
        ),
        Cue.MISHEARD: words(
            r"""
            cant hear | didnt catch | breaking up | who (?:is|did) | say (?:that )?again | line is
            """
        ),
    },
    negation=words(
        r"""
        not | no | never | dont | doesnt | didnt | cant | cannot | wont | wouldnt | isnt | without | hardly
        nothing | neither | nor
        """
    ),
    harmless=words(
        r"""
        no (?:problem|worries|trouble|strings|rush|hurry|yeah) | (?:dont|wouldnt) mind | not (?:bad|at all)
        why not | nothing (?:on|planned) | cant wait | (?:cant|couldnt|wouldnt|wont) say no(?! or) | cant argue
        (?:no|dont have any) objections? | (?:mad|a fool|silly|stupid|crazy) not to | no bother | no trouble
        """
    ),
    reversal=words(r"wait | hold (?:on|off) | hang on | or rather | on second thoughts | actually | scratch that"),
    yes=words(
        r"""
        yes | yeah | yep | yup | yea | sure | okay | ok | alright | all right | definitely | absolutely
        of course | certainly | please do | mm hm | mhm | uh huh | fine | perfect | right you are
        very well | gladly | with pleasure | i will | go on then | no yeah | i would | i do | we would | it does
        that is | please
        """
    ),
    emphatic=words(r"yes please | definitely | absolutely | of course | certainly | gladly"),
    no=words(
        r"""
        no | nope | nah | no no
        """
    ),
    fine=words(
        r"""
        fine | good | perfect | great | ideal | okay | ok | works? | suits? | lovely | best | right you are
        agreed | free | (?:i|we) can (?:do|manage)
        """
    ),
    moment=words(
        r"""
        (?:mon|tues|wednes|thurs|fri|satur|sun)days? | tomorrow | today | tonight | morning | afternoon
        evening | noon | next week | one | twos? | threes? | fours? | fives? | sixe?s? | sevens? | eights?
        nines? | tens? | elevens? | twelves? | \d+ | \d+(?:th|st|nd|rd) | first | second | third | \w+teenth
        \w+tieth | (?:four|fif|six|seven|eigh|nin|ten)th
        """
    ),
    proposal=words(
        r"""
        shall (?:i|we|somebody|someone) | should (?:i|we) | would you (?:like|join|be|consider|want)
        do you want | (?:can|could|may) (?:i|we) (?!speak|talk|tell|ask|reach|help|explain)\w+
        (?:can|could|will|would) (?:you|somebody|someone) (?!hear|speak|repeat|tell)\w+
        does \w+ (?:suit|work) | would \w+ (?:at \w+ )?suit | i (?:can|could) offer | set (?:it|up) | book
        sign you up | put you down | interest
        """
    ),
    offer=words(
        r"""
        i (?:can|could) offer(?: you)?
        """
    ),
    small_talk=words(
        r"""
        speaking (?:with|to) | hear me | are you there | a (?:minute|moment|second) | good (?:time|moment)
        is (?:this|that) \w+ | speak (?:with|to) | tell you | hear (?:about|more) | know more | record
        are you sure | have you got time
        what (?:would|time|else|do) | when | why | which | how
        """
    ),
    aside=words(
        r"""
        (?:call|ring|phone|try) (?:you|him|her|them) (?:back|later|again|tomorrow|on|at|in|next|another)
        when (?:can|could|may|should|shall) (?:i|we) (?:call|ring|phone|try|reach)
        (?:send|email|text) you (?:some |the |more |an? |it )?(?:info\w*|details|e ?mail|brochure|in writing|link)
        """
    ),
)
