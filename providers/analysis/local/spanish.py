"""Spanish, of Spain and of America."""

from __future__ import annotations

from providers.analysis.local.lexicon import Cue, Lexicon, word_set, words

SPANISH = Lexicon(
    language="es",
    function_words=word_set(
        "el los las que y en es por para su pero usted este esta muy hay soy estoy tengo le gracias nos"
    ),
    cues={
        Cue.OPT_OUT: words(
            r"""
            (?:borre|borren|borra|quite|quiten|quita|elimine|eliminen|saque|saquen)(?:me|nme)
            (?:borre|borren|borra|quite|quiten|quita|elimine|eliminen|saque|saquen) (?:mi numero|mis datos)
            (?:borr|quit|sac|elimin)(?:e|en|a)me | (?:deje|dejen|deja|paren?) de (?:llamar|molestar|escribir)\w*
            no (?:me |nos )?(?:vuelvan?|vuelvas) a (?:llamar|molestar|escribir)\w*
            no (?:me|nos) (?:llam|escrib|contact|molest)\w+ (?:mas|nunca)
            (?:que )?no me (?:llamen|molesten|contacten) | no quiero (?:mas|recibir) (?:mas )?llamadas
            (?:deje|dejen|deja)(?:me|nme)? en paz | dejenme en paz | dejeme en paz | darme de baja
            denme de baja | nunca mas a este numero
            """
        ),
        Cue.WRONG_PERSON: words(
            r"""
            equivocad[oa] | se (?:ha )?equivoc\w+ | numero equivocado
            aqui no (?:hay|vive|trabaja|esta)(?: ning\w+)? | no (?:vive|trabaja) aqui | ya no (?:trabaja|vive)
            no (?:le|lo|la) conozco | no conozco a | (?:busca|quiere) (?:a )?mi vecin[oa]
            no soy (?:el|la) senora?
            """
        ),
        Cue.GATEKEEPER: words(
            r"""
            (?:esta|anda) (?:reunid[oa]|fuera|de viaje|de vacaciones|todo el dia)
            no (?:esta|se encuentra)(?: en casa)?(?! (?:mal|segur)) | dejar(?:le)? (?:un )?recado
            (?:yo )?se lo (?:digo|dire|comento) | de parte de quien
            soy su (?:hij[oa]|mujer|marido|espos[oa]|secretari[oa]|madre|padre|hermano)
            (?:el|ella) (?:es )?(?:el|la) que decide | no atiende llamadas | le paso el recado
            """
        ),
        Cue.CALLBACK: words(
            r"""
            (?:llam|prueb|intent|marqu)\w+(?: \w+)? (?:manana|luego|despues|mas tarde|otro dia|en otro momento|pasado)
            (?:llam|prueb|intent|marqu)\w+(?: \w+)? (?:el \w+|esta (?:tarde|noche)|a las?|dentro de)
            (?:llam|prueb|intent|marqu)\w+(?: \w+)? en \w+ (?:minutos?|horas?)
            (?:llam|prueb|intent|marqu)\w+(?: \w+)? (?:en media hora|la (?:semana|proxima))
            (?:llam(?:e|a)me|me (?:puede|podria|puedes) llamar|volver a llamar|vuelva a llamar)
            no puedo (?:hablar|atender\w*) | ahora (?:mismo )?no(?: puedo)?(?= |$) | mal momento
            voy conduciendo | voy manejando
            estoy (?:trabajando|en una reunion|ocupad[oa]|conduciendo|manejando)
            """
        ),
        Cue.HEDGE: words(
            r"""
            quiza | quizas | tal vez | a lo mejor | puede ser | igual si | capaz que | no se | no sabria
            no estoy segur[oa] | depende
            (?:dejeme|deje que|tengo que|habria que|voy a|prefiero) (?:\w+ )?pens\w+ | pensarlo | pensarmelo
            lo pienso | tendria que | ya (?:le|les|te) (?:digo|dire|aviso|llamo) | ya veremos | ya vere
            (?<!nos )veremos | lo miro | lo consulto | (?:hablarlo|consultarlo|comentarlo) con | ni yo
            haga lo que quiera | me da igual | solo si | en teoria
            (?:muy|demasiado|bastante) (?:caro|cara|lejos|tarde|pronto) | necesito tiempo
            no me lo puedo permitir | sii y no | a menos que
            """
        ),
        Cue.SARCASM: words(
            r"""
            menudo chollo | yo soy el papa | soy el papa | ya ya | justo lo que me faltaba | lo que me faltaba
            que ilusion | ja | jaja\w* | idea tan brillante | claro con lo | lo enmarco | donde hay que firmar
            que suerte (?:la mia|tengo) | hala | no me digas | con lo mucho que | solo una hora que | vaya ganga
            si hombre | anda ya
            """
        ),
        Cue.HOSTILE: words(
            r"""
            sinverguenzas? | estafa(?:dores)? | tomando el pelo | acoso | denunci\w+ | vayase | vayanse
            callese | perder el tiempo | (?:su|el) supervisor | verguenza | hart[oa]s? | abogado | quej\w+
            ladron\w* | idiotas? | no me haga reir
            """
        ),
        Cue.REFUSAL: words(
            r"""
            no (?:me|nos) interesa | vayanse? | a la porra | (?:voy a|los voy a) denunciar\w*
            no me (?:mande|envie|llame) | no gracias | no thanks | ni hablar
            de ninguna manera | en absoluto
            ni loc[oa] | que va(?= |$) | no (?:lo|la|los|las)? ?(?:quiero|queremos|necesito|necesitamos)
            no (?:es|son) para (?:mi|nosotros) | (?:creo|pienso|mejor|prefiero|dig[oa]|siendo) que no | mejor no
            va a ser que no | (?<!me )paso(?=$| gracias| de) | olvid(?:elo|alo|emoslo|ese) | anul(?:elo|alo|emoslo)
            cancel(?:elo|alo) | dej(?:elo|alo|emoslo)(?! (?:apuntado|asi)) | he cambiado de (?:opinion|idea)
            no me (?:cuadra|conviene|viene bien|va bien) | ya (?:hemos|he) (?:comprado|encargado|contratado)
            ya (?:tenemos|tengo) (?:uno|otr[oa]|una) | estamos servidos | contentos? con lo que
            (?:ahora mismo )?no puedo(?! (?:hablar|atender)) | entonces no | asi que no | no hace falta
            imposible | es que no
            """
        ),
        Cue.COMMITMENT: words(
            r"""
            (?:apunt|reserv|inscrib|matricul|anot|agend|pong)(?:e|a)(?:me|lo|la|melo|mela|nos)
            (?:apunt|inscrib)(?:e|a)nos | (?:renuev|prepar|confirm|hag|tramit)(?:e|a)(?:lo|la|melo|moslo)
            suscrib(?:a|e)me | resuelto | hagamoslo
            me (?:va|viene|iria|vendria|parece|cuadra) (?:bien|perfecto|genial|estupendo) | (?:alli|ahi) estare
            estare en casa | cuenten? conmigo | me interesaria | (?:quiero|vamos a) seguir adelante
            confirme(?:me)?lo | cuenta conmigo | de acuerdo | trato hecho | quedamos
            adelante | por que no | dale | me apunto | me gustaria | me encantaria | acepto | nos vemos
            pregunte | (?:la|lo) pago | me interesa | claro que si | por supuesto que si | como no
            (?:me|nos) (?:ha|has|han) convencido | me convencio | me animo | me sumo | me uno | me lanzo | me vale
            me sirve | cuenten? con (?:nosotr[oa]s|ello|eso) | (?:l[aeo]s?|aqui) (?:espero|esperamos)(?! sentad)
            que sea (?:el|a las?) \w+
            que (?:venga|vengan|pase|pasen)(?: (?:el|a las?) \w+| cuando| pues|$)
            pueden? (?:venir|pasar)(?: (?:el|a las?|cuando) \w+|$) | vengan? (?:el|a las?|cuando) \w+
            con (?:mucho )?gusto | encantad[oa] | faltaria mas | no faltaba mas
            no (?:le|te|les|os) voy a decir que no | (?:ningun|no tengo|no hay|sin) inconveniente
            es un sii?(?= |$)(?! pero) | (?:le|te|les) digo que sii? | estoy dentro(?= |$)(?! de)
            (?:alli|ahi) (?:nos veremos|estaremos|estare) | en (?:la|mi) agenda | (?:eso )?esta hecho | nos veremos
            (?:le|les|te) (?:abro|abrire|abrimos|abriremos) | (?:toque|llame al?|pulse) (?:el )?timbre
            (?:la (?:puerta|verja) (?:estara|queda|esta) abierta) | (?:pido|pedire|cojo|cogere) el dia libre
            (?:lo|la|los|las) (?:dejo|dejare|tengo|tendre|tendremos) (?:todo )?(?:listo|lista|listos|listas|preparad\w+)
            (?:dejo|dejare|tendre|tendremos) (?:todo|la \w+|el \w+|los \w+|las \w+) (?:list\w+|preparad\w+|abiert\w+)
            """
        ),
        Cue.CONDITION: words(
            r"""
            si(?! (?:claro|por|si|gracias|senora?|bueno|perfecto|vale)\b)(?= \w+)
            cuando(?! (?:quier|gust|pued|usted)\w*) | siempre que | con tal de que | a condicion
            """
        ),
        Cue.MATERIAL: words(
            r"""
            (?:mand(?:e|a|ar)|envi(?:e|a|ar)|pas(?:e|a|ar))(?:me|nos)(?! nada)
            me (?:puede|podria) (?:mandar|enviar) | por escrito | escriba un correo
            """
        ),
        Cue.THANKS: words(
            r"""
            gracias | muy amable | amable | se lo agradezco | agradezco
            """
        ),
        Cue.MISHEARD: words(
            r"""
            no (?:le|te) (?:oigo|entiendo|he oido) | se (?:oye|esta cortando|corta) | quien es | como dice
            """
        ),
    },
    negation=words(
        r"""
        no | ni | nunca | jamas | tampoco | sin | nada | nadie
        """
    ),
    harmless=words(
        r"""
        (?:no hay|sin|ningun) problema | no pasa nada | por que no | como no | no me importa
        sin (?:falta|duda) | para nada | no (?:le|te|les|os) voy a decir que no
        (?:ningun|no tengo|no hay|sin) inconveniente | no faltaba mas
        """
    ),
    reversal=words(r"esper[ea] | esperate | o mejor | mejor dicho | pensandolo (?:bien|mejor) | mas bien"),
    yes=words(
        r"""
        sii | si(?=$| claro| por favor| gracias| senora?| bueno| perfecto| vale) | si si | claro | vale | ok | okay
        okey | bueno | venga | por supuesto | desde luego
        perfecto | aja | estupendo | con mucho gusto | listo | exacto | correcto | sale | fenomenal | genial
        por favor | lo se
        """
    ),
    emphatic=words(r"por supuesto | desde luego | sii por favor | con mucho gusto"),
    no=words(
        r"""
        no | no no | nada | nones | que no
        """
    ),
    fine=words(
        r"""
        bien | puedo | libre | perfecto | genial | estupendo | ok | okay | vale | ideal | mejor | fenomenal
        """
    ),
    moment=words(
        r"""
        lunes | martes | miercoles | jueves | viernes | sabado | domingo | manana | hoy
        esta (?:tarde|noche) | por la (?:manana|tarde|noche) | a las? \w+ | las (?:\w+) | la una | dia \w+
        semana que viene | proxima semana | \d+
        """
    ),
    proposal=words(
        r"""
        le (?:va|viene|iria|vendria|parece|gustaria|interesa|apunto|reservo|inscribo|mando|mandamos|preparo|guardo)
        le (?:envio|pongo|llevamos)
        (?:se|te) l[oa]s? (?:reservo|apunto|preparo|llevamos|confirmo)
        (?:la|lo|le) (?:inscribo|matriculo|suscribo) | quiere | querria | podra
        podria(?:mos)? (?!hablar)\w+ | puedo ofrecer\w* | pasamos | se uniria | vendria(?:mos)? | acepta\w*
        agendamos | nos vemos | le ensenamos | tendria diez
        """
    ),
    offer=words(
        r"""
        (?:le )?puedo ofrecer\w*
        """
    ),
    small_talk=words(
        r"""
        hablo con | hablar con | me (?:oye|escucha) | sigue ahi | un (?:minuto|momento|segundo)
        buen momento | grabar | es usted | le cuento | seguro | segura | saber | cuando | por que
        que (?:dia|prefiere|hora) | cual | como | puedo preguntar\w* | es correcto este numero
        """
    ),
    aside=words(
        r"""
        (?:le|te) (?:vuelvo a llamar|llamo (?:luego|mas tarde|manana|otro dia|el|a las?|en otro))
        (?:llamarle|llamarla|llamarlo) (?:luego|mas tarde|manana|otro dia|el|a las?|en otro)
        (?:mando|mandarle|envio|enviarle|paso) (?:la |mas |el |un |una )?(?:informacion|correo|folleto|detalles|resumen)
        """
    ),
)
