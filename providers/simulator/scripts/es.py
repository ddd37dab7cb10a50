"""Spanish lines, in the formal address that both Spain and Latin America accept."""

from __future__ import annotations

from providers.simulator.personas import Reply, Scene
from providers.simulator.scripts.form import Script

SCRIPT = Script(
    default_name="el titular",
    default_organization="nuestra empresa",
    default_goal="dar seguimiento a su solicitud",
    openings=(
        "Hola {name}, le habla el asistente virtual de {organization}. ¿Tiene un minuto?",
        "Buenos días, ¿hablo con {name}? Soy el asistente automático de {organization}.",
        "Buenas, {name}. Le llamo de parte de {organization}. ¿Le viene bien ahora?",
    ),
    hellos=(
        "Sí, soy yo. ¿De qué se trata?",
        "Sí, dígame. ¿Quién me dijo que era?",
        "Soy yo. Solo tengo dos minutos.",
        "¿Sí? Estoy trabajando, sea breve por favor.",
        "¿Bueno? Sí, a sus órdenes.",
    ),
    pitches=(
        "Gracias. El motivo de mi llamada: {goal}. Se arregla en un minuto.",
        "Seré breve. Se trata de lo siguiente: {goal}. ¿Qué le parece?",
        "Es muy sencillo: {goal}. ¿Le cuento cómo funciona?",
    ),
    exchanges=(
        ("¿Y cuánto cuesta?", "De momento no tiene coste ni compromiso alguno."),
        ("¿De dónde sacaron mi número?", "Del formulario que dejó en {organization}. No lo usamos para nada más."),
        ("¿Estoy hablando con una máquina?", "Soy un asistente virtual. Un compañero revisa cada conversación."),
        ("Ya trabajamos con otra empresa para eso.", "Les pasa a muchos clientes. Comparar puede venir bien."),
        ("¿Cuánto tiempo me llevaría?", "Unos quince minutos, cuando usted pueda."),
        ("¿Me puede mandar la información por escrito?", "Claro, hoy mismo recibirá un resumen."),
        ("Perdone, se corta. ¿Me lo repite?", "Por supuesto. En resumen: {goal}."),
        ("¿Hay que firmar algo?", "No, nada que firmar, y puede dejarlo cuando quiera."),
        ("La otra vez nadie me dio respuesta.", "Lo siento mucho. Lo anoto para que no se repita."),
        ("Un segundo... perdón, me estaba hablando mi hija.", "No se preocupe, tómese su tiempo."),
    ),
    endings={
        Scene.BOOKS: (
            (
                "Bueno, me parece bien. ¿Podría ser {when}?",
                "Déjeme ver... {when} está libre. ¿Se lo reservo?",
                "Sí, resérvelo por favor.",
                "Hecho, queda reservado para {when}. ¡Gracias, {name}!",
            ),
            (
                "Vale, me interesa. ¿Qué horarios tienen?",
                "Puedo ofrecerle {when}.",
                "{When} me viene bien.",
                "Perfecto, le apunto para {when}.",
                "Muchas gracias. Adiós.",
            ),
            (
                "Está bien, hagámoslo. Yo preferiría {when}.",
                "Entonces {when}. Le llegará una confirmación.",
                "Perfecto, nos vemos entonces.",
                "Gracias, {name}. ¡Hasta luego!",
            ),
        ),
        Scene.AGREES: (
            (
                "Sí, me gustaría.",
                "Estupendo. Lo preparo y le llegará una confirmación.",
                "Me parece bien, gracias.",
                "Gracias a usted, {name}. Buen día.",
            ),
            (
                "¿Sabe qué? Cuente conmigo.",
                "Qué bien. Un compañero le enviará hoy los detalles.",
                "Bueno, estaré pendiente.",
                "Gracias por su tiempo, {name}.",
            ),
            (
                "La verdad es que suena útil. Me apunto.",
                "Me alegro. ¿Se lo confirmo por mensaje?",
                "Sí, por favor.",
                "Hecho. ¡Que tenga buen día!",
                "Igualmente, adiós.",
            ),
        ),
        Scene.DECLINES: (
            (
                "Gracias, pero no me interesa.",
                "Lo entiendo. ¿Puedo preguntar por qué?",
                "Ahora mismo no es para nosotros.",
                "Gracias por su sinceridad. Buen día.",
            ),
            (
                "No, la verdad es que no lo necesito.",
                "¿Le ayudaría ver primero un ejemplo?",
                "No, gracias. Prefiero que no.",
                "Entendido. Gracias por su tiempo, {name}.",
                "Adiós.",
            ),
            (
                "Mire, no tenemos presupuesto, así que va a ser que no.",
                "Gracias por decírmelo. No insisto.",
                "Nada, adiós.",
            ),
        ),
        Scene.CALLBACK: (
            (
                "Ahora voy conduciendo. ¿Me puede llamar {when}?",
                "Claro. Le llamo {when}.",
                "Sí, así mejor.",
                "Anotado. Conduzca con cuidado, {name}.",
            ),
            (
                "Me pilla en una reunión. Llámeme {when}, por favor.",
                "De acuerdo, {when}. ¿A este mismo número?",
                "Sí, al mismo.",
                "Hasta entonces, {name}.",
            ),
        ),
        Scene.UNDECIDED: (
            (
                "No estoy seguro. Tendría que pensarlo.",
                "¿Qué le ayudaría a decidirse?",
                "Lo tengo que hablar con mi mujer.",
                "Por supuesto. Tómese su tiempo.",
                "Bueno. Adiós.",
            ),
            (
                "Pues quizás. Todavía no lo sé.",
                "¿Hay algo que le pueda aclarar?",
                "No, la verdad. Déjeme pensarlo.",
                "Muy bien. Que tenga buen día, {name}.",
            ),
        ),
        Scene.CONTRADICTS: (
            (
                "Vale, sí, apúnteme.",
                "Estupendo. Solo necesito confirmar sus datos.",
                "Espere... no, olvídelo. He cambiado de opinión.",
                "Sin problema. No sigo adelante.",
                "Sí, déjelo. Adiós.",
            ),
            (
                "Bueno, hagámoslo.",
                "Muy bien, preparo la confirmación.",
                "Mire, mejor no. Al final no me interesa.",
                "Entendido, lo cancelo.",
            ),
        ),
        Scene.OPTS_OUT: (
            (
                "Bórreme de su lista, por favor.",
                "Siento las molestias. Lo hago ahora mismo.",
                "Bien. Y no me llamen más.",
                "No volverá a saber de nosotros. Adiós.",
            ),
            (
                "Ya se lo he dicho otras veces: dejen de llamarme.",
                "Le pido disculpas. Estoy eliminando su número.",
                "Eso espero. Quiten mi número para siempre.",
                "Ya está. Adiós.",
            ),
        ),
        Scene.HOSTILE: (
            (
                "¿Me está tomando el pelo? ¡Qué pesados son!",
                "Siento haberle molestado.",
                "Esto es acoso. Los voy a denunciar.",
                "Le pido disculpas. Termino la llamada.",
            ),
            (
                "Qué manera de hacerme perder el tiempo. ¡Váyase a paseo!",
                "Lo siento, no quería molestarle.",
                "Cállese. Páseme con su supervisor.",
                "Tomo nota. Adiós.",
            ),
        ),
        Scene.WRONG_PERSON: (
            (
                "Se ha equivocado de número. Aquí no vive nadie que se llame {name}.",
                "Disculpe. ¿Sabe cómo localizarle?",
                "Ni idea. Tengo este número desde hace años.",
                "Gracias, lo corrijo. Adiós.",
            ),
            (
                "Creo que se equivoca de persona.",
                "Perdone. Corregiré nuestros datos.",
                "No pasa nada. Adiós.",
            ),
        ),
    },
    fillers=("Eh... ", "Bueno... ", "Pues... ", "A ver... "),
    machine_greetings=(
        "Hola, este es mi buzón de voz. Deje su mensaje después de la señal.",
        "El teléfono al que llama no está disponible. Grabe su mensaje después del tono.",
    ),
    machine_messages=(
        "Hola {name}, le llamamos de {organization}. Lo intentaremos más tarde. Gracias.",
        "Buenas, {name}. Somos {organization}. Era por esto: {goal}. Le volveremos a contactar.",
    ),
    silence_prompts=("¿Hola? ¿Sigue ahí?", "No le oigo. ¿Me oye usted?"),
    silence_goodbyes=("Parece que la línea falla. Lo intentaré en otro momento. Adiós.",),
    days=("mañana", "pasado mañana"),
    when="{day} a las {hour}",
    clock_12h=False,
    replies={
        Reply.INTERESTED: ("Sí, cuénteme más", "Hola, me interesa", "Vale, me apunto"),
        Reply.QUESTION: ("¿Quién es?", "¿Cuánto cuesta?", "Hola, ¿de qué se trata exactamente?"),
        Reply.STOP: ("STOP", "BAJA", "No me escriban más por favor"),
    },
)
