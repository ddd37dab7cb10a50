"""Italian."""

from __future__ import annotations

from providers.analysis.local.lexicon import Cue, Lexicon, word_set, words

ITALIAN = Lexicon(
    language="it",
    function_words=word_set("il gli di che e per non ma della sono ho lei nel anche questo ci alle dei ha mio grazie"),
    cues={
        Cue.OPT_OUT: words(
            r"""
            (?:cancelli|cancellate|tolga|togliete|elimini|rimuova)(?:mi)?(?: dalla| da questa) (?:vostra )?lista
            (?:cancelli|cancelliate|cancellate|tolga|togliete|elimini|rimuova) (?:il mio (?:numero|nome)|i miei dati)
            (?:cancella|togli|cancellate|togliete)(?:temi|mi)
            (?:smett\w+|finit\w+|piantat\w+) di (?:chiamar|scriver|disturbar|telefonar)\w+
            non (?:mi |ci )?(?:chiam|telefon|scriv|contatt|disturb)\w+ (?:mai )?piu
            di non (?:chiamar|contattar|disturbar)mi(?: piu)? | non voglio piu (?:ricevere |essere )\w+
            lasci(?:atemi|ami|mi) in pace | mi lasci in pace | disiscriv\w+ | che non mi contatt\w+
            """
        ),
        Cue.WRONG_PERSON: words(
            r"""
            (?:ha|abbia|avete) sbagliato | sbaglia numero | numero sbagliato | qui non c e (?:nessun\w*)
            mai sentit[oa] | non (?:lavora|abita|vive|sta) piu qui | non (?:lavora|abita|vive) qui
            non lo conosco | non la conosco | non conosco nessun | cerc\w+ (?:la mia vicina|il mio vicino)
            non sono (?:il signor|la signora)
            """
        ),
        Cue.GATEKEEPER: words(
            r"""
            (?<!sono )(?<!siamo )(?:e|al momento e) (?:in riunione|in giro|fuori|in ferie|via)
            non c e(?= (?:adesso|al momento|oggi)|$) | lasciare (?:un )?messaggio | riferisco
            (?:glielo|gli) (?:dico|diro|riferiro)(?: io)?
            sono (?:la|il|sua|suo) (?:figli[oa]|moglie|marito|segretari[oa]|madre|padre|collega)
            decide (?:lui|lei) | non prende chiamate | chi (?:devo|posso) annunciare
            """
        ),
        Cue.CALLBACK: words(
            r"""
            (?:(?:ri)?chiam|riprov|prov|risent)\w+(?: \w+)? (?:domani|dopo|piu tardi|un altr[ao]|stasera|alle|all una)
            (?:(?:ri)?chiam|riprov|prov|risent)\w+(?: \w+)? (?:tra|fra) (?:\w+ )?(?:minut|or|mezz|giorn|qualche|poco)\w*
            (?:(?:ri)?chiam|riprov|prov|risent)\w+(?: \w+)? (?:dopodomani|la prossima|nel pomeriggio|\w+di|sabato)
            mi (?:ri)?chiami | (?:ri)?chiamarmi | mi puo (?:ri)?chiamare | puo richiamare | richiamatemi
            richiami(?=$| (?:piu|tra)) | non posso parlare | (?:ora|adesso) no(?: |$) | brutto momento
            sto guidando | sono (?:al lavoro|in riunione|alla guida|impegnat[oa]|occupat[oa])
            """
        ),
        Cue.HEDGE: words(
            r"""
            forse | puo darsi | magari | chissa | non (?:lo )?so | non saprei | non sono sicur[oa] | dipende
            boh | mah | (?:ci|mi ci|fatemici|devo) (?:\w+ )?pens\w+ | pensarci | ci penso | rifletter\w*
            dovrei | vediamo(?! un po\b) | vedremo | (?:le|vi|ti) faccio sapere | vi richiamo io
            do un occhiata | parlarne con | sentire mi[oa] | nemmeno io | faccia come vuole | per me e uguale
            solo se | in teoria | troppo (?:caro|cara|lontano|tardi|presto) | (?:mi serve|ho bisogno di) tempo
            non me lo posso permettere | sii e no | a meno che
            """
        ),
        Cue.SARCASM: words(
            r"""
            io sono il papa | come no(?=$| (?:fantastico|certo)) | proprio quello che mi mancava | mi mancava
            che affarone | idea geniale | lo incornicio | dove devo firmare | che fortuna | ah ah | ahah\w*
            si certo con | certo con tutto | solo un ora che | che gioia | figuriamoci | ma dai davvero
            bella questa | sii certo con
            """
        ),
        Cue.HOSTILE: words(
            r"""
            vergogna | vergognatevi | truffa\w* | in giro | molesti\w+ | denunci\w+ | al diavolo | stia zitt[oa]
            perdita di tempo | avvocato | (?:suo|il) responsabile | stuf[oa] | reclamo | ladri | idiot\w+
            non mi faccia ridere
            """
        ),
        Cue.REFUSAL: words(
            r"""
            non (?:mi|ci) interessa | al diavolo | vi denuncio | stia zitt[oa] | non mi (?:mandi|invii|chiami)
            no grazie | no thanks | neanche per sogno
            nemmeno per sogno
            assolutamente no | per niente | macche
            non (?:lo|la|li|le|ne)? ?(?:voglio|vogliamo|ho bisogno|abbiamo bisogno)
            non (?:fa|e) per (?:me|noi) | non mi serve | non serve
            (?:penso|credo|direi|proprio|dico|meglio) (?:proprio )?di no | meglio no
            passo(?! (?:da|a|io|in)\b) | lasci(?:amo)? (?:perdere|stare) | lascia (?:perdere|stare)
            annulli(?: tutto)? | cancelli (?:tutto|l appuntamento) | ho cambiato idea
            non (?:mi|ci) (?:va bene|conviene) | non ce la faccio | abbiamo gia (?:comprato|ordinato|preso)
            ho gia (?:comprato|ordinato|preso) | (?:ne )?abbiamo gia un[oa] | siamo a posto | contenti di quello
            non posso(?! parlare| (?:certo )?dire di no) | allora no | quindi no | sempre no | e un no
            impossibile | anzi no
            """
        ),
        Cue.COMMITMENT: words(
            r"""
            (?:me (?:lo|la)|lo|la|mi|ci) (?:prenoti|segni|iscriva|rinnovi|organizzi|confermi|metta|prenda|prepari|fissi)
            (?:prenot|segn|iscriv|fiss)(?:ami|iamo|atemi|iamolo)
            (?:mi|ci) (?:va|andrebbe|sta) (?:bene|benissimo|perfetto) | ci saro | conferm(?:i|ate)(?= |$)
            procediamo | (?:direi|dico) di sii | mi interesserebbe | prenotate(?: pure)? | ci siamo | sono a casa
            saro a casa | d accordo | affare fatto | ci sto | facciamolo | facciamo cosi | volentieri
            perche no | conti (?:su di me|pure) | conta su di me | (?:mi )?farebbe comodo | mi piacerebbe
            accetto | chieda pure | faccia pure | pago | (?:la|lo) pago | ci vediamo | mi interessa
            certo che si | ma certo che si
            (?:lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domani|alle \w+) (?:mi )?va (?:bene|benissimo)
            passate pure | venga pure
            (?:mi|ci) (?:ha|hai|avete) convint[oaie] | aggiudicato | (?<!e )andata(?=$| pure)
            vada per | facciamo (?:lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domani|alle \w+|per \w+)
            (?:contate|conti|conta) su di (?:me|noi) | con (?:molto )?piacere
            (?:vi|la|lo|l) aspett(?:o|iamo)(?! al varco)
            ci saremo | (?:vengo|partecipo|veniamo|verro) volentieri | ci vengo
            (?:verro|vengo) (?:lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domani|alle)
            (?:come|perche) (?:faccio a |si fa a |dovrei )?dire di no | non posso (?:certo )?dire di no
            (?:nulla|niente) in contrario | nessuna obiezione | (?:e|per me e) un sii | (?:le|ti|vi) dico di sii
            (?:segnat[oa]|mess[oa]|metto|segno|scrivo|gia) (?:tutto )?(?:in|nell?) agenda
            (?:(?:lo|la|li) )?(?:mandi|mandate|mandatel[oa])(?: pure| il \w+ pure)
            (?:le|vi|ti) (?:apro|apriamo|apriro) | suoni (?:pure )?(?:il campanello|al citofono) | citofoni pure
            (?:la porta|il cancello) (?:sara|e|resta) apert[oa] | (?:prendo|prendero|chiedo) (?:un )?(?:permesso|ferie)
            (?:preparo|faccio trovare) (?:tutto|i \w+|le \w+|la \w+|il \w+)(?: pront\w+)?
            (?:venite|venga|passi|passate) (?:pure|quando (?:vuole|volete)|martedi|alle)
            """
        ),
        Cue.CONDITION: words(
            r"""
            se(?= \w+)
            quando(?! (?:vuole|volete|preferi\w+|puo|potete)) | purche | a patto | a condizione | sempre che
            """
        ),
        Cue.MATERIAL: words(
            r"""
            mi (?:mandi|invii|spedisca)(?! niente) | mandarmi | inviarmi | mi puo (?:mandare|inviare)
            per iscritto | scriva una (?:e )?mail
            """
        ),
        Cue.THANKS: words(
            r"""
            grazie | gentil\w+ | la ringrazio | ringrazio
            """
        ),
        Cue.MISHEARD: words(
            r"""
            non (?:la|ti) sento | non (?:ho sentito|capisco) | si sente | chi parla | come scusi | la linea
            chi e
            """
        ),
    },
    negation=words(
        r"""
        no | non | mai | nemmeno | neanche | senza | niente | nulla | nessuno
        """
    ),
    harmless=words(
        r"""
        nessun problema | senza (?:problemi?|impegno|dubbio) | non c e problema | perche no | come no
        non vedo l ora | non mi dispiace | (?:non posso (?:certo )?|come faccio a |perche )dire di no
        (?:nulla|niente) in contrario | nessuna obiezione
        """
    ),
    reversal=words(r"aspett[ai] | o meglio | anzi | ripensandoci | un attimo | piuttosto"),
    yes=words(
        r"""
        sii | si(?=$| certo| grazie| dai| va bene| per favore| perfetto) | si si | certo | certamente | va bene
        ok | okay | va be | dai | esatto | perfetto | come no
        senz altro | benissimo | volentieri | ottimo | assolutamente sii | mh mh | ma certo | giusto
        fantastico | per favore | prego
        """
    ),
    emphatic=words(r"assolutamente sii | certamente | volentieri | con piacere | sii per favore"),
    no=words(
        r"""
        no | no no | macche | ma no
        """
    ),
    fine=words(
        r"""
        bene | posso | liber[oa] | benissimo | perfetto | ottimo | ok | okay | comodo | meglio | fantastico
        """
    ),
    moment=words(
        r"""
        lunedi | martedi | mercoledi | giovedi | venerdi | sabato | domenica | domani | oggi | stasera
        domattina | mattina | pomeriggio | sera | all una | alle \w+
        le (?:due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici) | settimana prossima | \d+
        """
    ),
    proposal=words(
        r"""
        le (?:va|andrebbe|interessa|piacerebbe|mandiamo|mando|prenoto|tengo|organizzo|preparo|fisso)
        (?:glielo|gliela) (?:prenoto|fisso|portiamo|confermo|mando)
        (?:la|lo) (?:iscrivo|segno|prenoto|metto) | vuole | vorrebbe | ne vuole | riesce | riuscirebbe
        potremmo | potrebbe | posso (?:offrir|prenotar|segnar)\w+ | passiamo | entrerebbe | avrebbe dieci
        accetta\w* | prenotiamo | ci vediamo | le mostriamo
        """
    ),
    offer=words(
        r"""
        posso (?:offrir|propor)\w+
        """
    ),
    small_talk=words(
        r"""
        parlo con | parlare con | mi sente | e ancora li | un (?:minuto|momento|attimo) | buon momento | registrare
        lei e | le racconto | sicur[oa] | sapere | quando | perche | cosa preferisce | quale | come funziona
        posso chieder\w+ | posso sapere
        """
    ),
    aside=words(
        r"""
        (?:la|ti) richiamo | richiamar(?:la|ti) | (?:la|ti) chiamo (?:domani|dopo|piu tardi|un altr\w+)
        (?:mando|mandarle|invio|inviarle) (?:le |delle |piu |una |un )?(?:informazioni|e ?mail|mail|opuscolo)
        """
    ),
)
