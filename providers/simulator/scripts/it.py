"""Italian lines, in the formal address."""

from __future__ import annotations

from providers.simulator.personas import Reply, Scene
from providers.simulator.scripts.form import Script

SCRIPT = Script(
    default_name="il titolare",
    default_organization="la nostra azienda",
    default_goal="un breve aggiornamento sulla sua richiesta",
    openings=(
        "Salve {name}, sono l'assistente virtuale di {organization}. Ha un minuto?",
        "Buongiorno, parlo con {name}? Sono l'assistente automatico di {organization}.",
        "Buongiorno {name}, chiamo per conto di {organization}. La disturbo?",
    ),
    hellos=(
        "Sì, sono io. Di cosa si tratta?",
        "Sì, mi dica. Chi ha detto che parla?",
        "Sono io. Ho solo due minuti.",
        "Pronto? Sono al lavoro, sia breve per favore.",
        "Pronto, sì, sono io.",
    ),
    pitches=(
        "Grazie. Il motivo della chiamata: {goal}. Basta un minuto per organizzare tutto.",
        "Sarò breve. Si tratta di questo: {goal}. Che ne pensa?",
        "È molto semplice: {goal}. Posso spiegarle come funziona?",
    ),
    exchanges=(
        ("Quanto costa?", "Per ora non c'è nessun costo e nessun impegno."),
        ("Dove avete preso il mio numero?", "Dal modulo che ha lasciato a {organization}. Non lo usiamo per altro."),
        ("Ma sto parlando con una macchina?", "Sono un assistente virtuale. Un collega rivede ogni conversazione."),
        ("Abbiamo già un altro fornitore per questo.", "Capita a molti clienti. Confrontare può essere utile."),
        ("Quanto tempo ci vorrebbe?", "Circa quindici minuti, quando preferisce lei."),
        ("Può mandarmi qualcosa per iscritto?", "Certo, oggi stesso riceverà un riassunto."),
        ("Scusi, la linea va e viene. Può ripetere?", "Certamente. In breve: {goal}."),
        ("Devo firmare qualcosa?", "No, niente da firmare, e può smettere quando vuole."),
        ("L'altra volta non mi ha più risposto nessuno.", "Mi dispiace molto. Lo segno perché non si ripeta."),
        ("Un attimo... scusi, mi parlava mia figlia.", "Si figuri, faccia con calma."),
    ),
    endings={
        Scene.BOOKS: (
            (
                "Beh, mi sembra una buona idea. Si può fare {when}?",
                "Vediamo... {when} è libero. Lo prenoto?",
                "Sì, lo prenoti pure.",
                "Fatto, è prenotato per {when}. Grazie, {name}!",
            ),
            (
                "Va bene, mi interessa. Che orari avete?",
                "Posso proporle {when}.",
                "{When} per me va benissimo.",
                "Perfetto, la segno per {when}.",
                "Grazie mille. Arrivederci.",
            ),
            (
                "D'accordo, facciamolo. Io preferirei {when}.",
                "Allora {when}. Riceverà una conferma.",
                "Perfetto, a presto.",
                "Grazie, {name}. Arrivederci!",
            ),
        ),
        Scene.AGREES: (
            (
                "Sì, mi piacerebbe.",
                "Ottimo. Preparo tutto e riceverà una conferma.",
                "Mi sembra una buona idea, grazie.",
                "Grazie a lei, {name}. Buona giornata.",
            ),
            (
                "Sa che le dico? Ci sto.",
                "Benissimo. Un collega le manderà oggi i dettagli.",
                "Okay, aspetto i dettagli.",
                "Grazie del suo tempo, {name}.",
            ),
            (
                "In effetti mi sembra utile. Accetto volentieri.",
                "Ne sono lieto. Confermo con un messaggio?",
                "Sì, grazie.",
                "Fatto. Buona giornata!",
                "Anche a lei, arrivederci.",
            ),
        ),
        Scene.DECLINES: (
            (
                "Grazie, ma non mi interessa.",
                "Capisco. Posso chiederle perché?",
                "Adesso non fa per noi.",
                "Grazie della sincerità. Buona giornata.",
            ),
            (
                "No, guardi, non ne ho bisogno.",
                "Le sarebbe utile vedere prima un esempio?",
                "No, grazie. Preferisco di no.",
                "Capito. Grazie del suo tempo, {name}.",
                "Arrivederci.",
            ),
            (
                "Senta, non abbiamo budget per questo, quindi è un no.",
                "Grazie di avermelo detto. Non insisto.",
                "Niente, arrivederci.",
            ),
        ),
        Scene.CALLBACK: (
            (
                "Adesso sto guidando. Mi può richiamare {when}?",
                "Certo. La richiamo {when}.",
                "Sì, così è meglio.",
                "Segnato. Guidi con prudenza, {name}.",
            ),
            (
                "Sono in riunione. Mi richiami {when}, per favore.",
                "Va bene, {when}. A questo numero?",
                "Sì, sempre questo.",
                "A presto, {name}.",
            ),
        ),
        Scene.UNDECIDED: (
            (
                "Non sono sicuro. Dovrei pensarci.",
                "Cosa la aiuterebbe a decidere?",
                "Ne devo parlare con mia moglie.",
                "Certo. Faccia con calma.",
                "Okay. Arrivederci.",
            ),
            (
                "Mah, forse. Non lo so ancora.",
                "C'è qualcosa che posso chiarire?",
                "No, niente. Mi lasci pensare.",
                "Va bene. Buona giornata, {name}.",
            ),
        ),
        Scene.CONTRADICTS: (
            (
                "Va bene, sì, mi iscriva.",
                "Ottimo. Devo solo confermare i suoi dati.",
                "Aspetti... no, lasci perdere. Ho cambiato idea.",
                "Nessun problema. Non procedo.",
                "Sì, lasci stare. Arrivederci.",
            ),
            (
                "Okay, facciamolo.",
                "Bene, preparo la conferma.",
                "Anzi, meglio di no. Alla fine non mi interessa.",
                "Capito, annullo tutto.",
            ),
        ),
        Scene.OPTS_OUT: (
            (
                "Mi tolga dalla lista, per favore.",
                "Mi scusi per il disturbo. Lo faccio subito.",
                "Bene. E non mi chiamate più.",
                "Non la disturberemo più. Arrivederci.",
            ),
            (
                "Ve l'ho già detto altre volte: smettete di chiamarmi.",
                "Le chiedo scusa. Sto eliminando il suo numero.",
                "Lo spero. Cancellate il mio numero una volta per tutte.",
                "Fatto. Arrivederci.",
            ),
        ),
        Scene.HOSTILE: (
            (
                "Mi sta prendendo in giro? Siete insopportabili!",
                "Mi dispiace averla disturbata.",
                "Queste sono molestie. Io vi denuncio.",
                "Le chiedo scusa. Chiudo la chiamata.",
            ),
            (
                "Che perdita di tempo. Vada al diavolo!",
                "Mi dispiace, non volevo disturbare.",
                "Stia zitto. Mi passi il suo responsabile.",
                "Riferirò. Arrivederci.",
            ),
        ),
        Scene.WRONG_PERSON: (
            (
                "Ha sbagliato numero. Qui non c'è nessuno che si chiami {name}.",
                "Mi scusi. Sa come posso trovarlo?",
                "Non ne ho idea. Ho questo numero da anni.",
                "Grazie, correggo. Arrivederci.",
            ),
            (
                "Credo che abbia sbagliato persona.",
                "Chiedo scusa. Correggerò i nostri dati.",
                "Si figuri. Arrivederci.",
            ),
        ),
    },
    fillers=("Ehm... ", "Mah... ", "Allora... ", "Guardi... "),
    machine_greetings=(
        "Ciao, questa è la mia segreteria. Lasciate un messaggio dopo il segnale.",
        "La persona chiamata non è al momento raggiungibile. Registri il suo messaggio dopo il bip.",
    ),
    machine_messages=(
        "Salve {name}, chiamiamo da {organization}. Riproveremo più tardi. Grazie.",
        "Buongiorno {name}, qui {organization}. Si tratta di questo: {goal}. La ricontatteremo.",
    ),
    silence_prompts=("Pronto? È ancora in linea?", "Non la sento. Lei mi sente?"),
    silence_goodbyes=("La linea sembra disturbata. Riproverò in un altro momento. Arrivederci.",),
    days=("domani", "dopodomani"),
    when="{day} alle {hour}",
    clock_12h=False,
    replies={
        Reply.INTERESTED: ("Sì, mi dica di più", "Salve, mi interessa", "Okay, ci sto"),
        Reply.QUESTION: ("Chi è?", "Quanto costa?", "Salve, di cosa si tratta esattamente?"),
        Reply.STOP: ("STOP", "CANCELLAMI", "Non scrivetemi più per favore"),
    },
)
