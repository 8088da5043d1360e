# Español

duration-seconds = { $count ->
    [one] un segundo
   *[other] { $count } segundos
}
duration-minutes = { $count ->
    [one] un minuto
   *[other] { $count } minutos
}
duration-hours = { $count ->
    [one] una hora
   *[other] { $count } horas
}
duration-days = { $count ->
    [one] un día
   *[other] { $count } días
}
date = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
} de { $year }

error-prefix = Error:
problems-title = { $count ->
    [one] Hay un punto que corregir:
   *[other] Hay { $count } puntos que corregir:
}
development-inbox = Servidor de desarrollo: los correos llegan a la bandeja de entrada
email = Correo electrónico
password = Contraseña
new-password = Contraseña nueva
code = Código
show = Mostrar
hide = Ocultar
change = Cambiar
change-address = Cambiar la dirección
or = o
sign-in = Iniciar sesión
verify = Verificar
back-to-sign-in = Volver al inicio de sesión
use-another-account = Usar otra cuenta
terms-of-service = Condiciones del servicio
privacy-policy = Política de privacidad
support = Obtener ayuda

sign-in-title = Iniciar sesión
sign-in-lead = para continuar en { $application }
continue = Continuar
sign-in-new-here = ¿Es su primera vez en { $application }?
sign-in-create = Crear una cuenta

password-title = Introduzca su contraseña
password-heading = Hola de nuevo
password-lead = Introduzca su contraseña para continuar en { $application }.
password-forgotten = ¿Ha olvidado su contraseña?
password-code-instead = Recibir un código por correo

sign-up-title = Cree su cuenta
sign-up-lead = para continuar en { $application }
sign-up-joining = Va a unirse a { $organization } en { $application }.
first-name = Nombre
last-name = Apellidos
sign-up-submit = Crear cuenta
sign-up-known = ¿Ya tiene una cuenta?

code-title = Consulte su correo
verify-email-title = Verifique su correo electrónico
code-lead = Introduzca los seis dígitos que le hemos enviado por correo. Son válidos durante { $duration }.
code-none-yet = ¿Aún no ha llegado el correo?
code-send-again = Enviar un código nuevo
code-password-instead = Usar la contraseña
code-on-its-way = Hay un código nuevo en camino. Sustituye al anterior.

forgotten-title = Restablezca su contraseña
forgotten-lead = Le enviaremos un enlace para elegir una nueva.
forgotten-submit = Enviar enlace
reset-sent-title = Consulte su correo
reset-sent-lead = Si existe una cuenta con esta dirección, hay un enlace en camino para restablecer la contraseña. Es válido durante { $duration }.
reset-title = Elija una contraseña nueva
reset-lead = Sustituye a la anterior en todas partes y cierra la sesión en los demás dispositivos.
reset-submit = Guardar contraseña
reset-done-title = Contraseña cambiada
reset-done-lead = Use la contraseña nueva a partir de ahora. Se han cerrado todas las demás sesiones.
reset-done-go-back = Vuelva a { $application } para iniciar sesión.

factor-title = Inicio de sesión en dos pasos
factor-lead-app = Introduzca los seis dígitos que muestra ahora su aplicación de autenticación.
enrolment-title = Configure el inicio de sesión en dos pasos
enrolment-lead = Su cuenta necesita un segundo paso. Sirve cualquier aplicación de autenticación.
enrolment-scan = Escanee esto con su aplicación de autenticación.
enrolment-open = Abrirla en este dispositivo
enrolment-picture = Imagen para escanear con una aplicación de autenticación
enrolment-key = ¿Sin cámara? Escriba esta clave en la aplicación:
enrolment-code = Introduzca los seis dígitos que muestra la aplicación.

organization-title = Elija una organización
organization-lead = Pertenece a varias. Podrá cambiar más tarde.
organization-signed-in-as = Ha iniciado sesión como { $email }.
invitation-title = Unirse a { $name }
invitation-lead-inviter-organization = { $inviter } le ha invitado a trabajar con { $organization } en { $application }. La invitación es para esta dirección:
invitation-lead-inviter = { $inviter } le ha invitado a { $application }. La invitación es para esta dirección:
invitation-lead-organization = Le han invitado a trabajar con { $organization } en { $application }. La invitación es para esta dirección:
invitation-lead = Le han invitado a { $application }. La invitación es para esta dirección:
invitation-accept = Aceptar la invitación
invitation-unexpected = ¿No la esperaba? Puede cerrar la página; no ocurrirá nada.
returning-title = Sesión iniciada
returning-heading = Ha iniciado sesión
returning-lead = Volviendo a { $application }…
returning-stuck = ¿No ocurre nada?
returning-by-hand = Continuar manualmente
signed-out-title = Sesión cerrada
signed-out-heading = Ha cerrado la sesión
signed-out-lead = Hasta pronto. En un ordenador compartido, cierre también la ventana del navegador.
signed-out-again = Volver a iniciar sesión

problem-credentials = Ese correo y esa contraseña no se corresponden.
problem-code = El código no es correcto o es demasiado antiguo. Compruebe cada dígito del más reciente o pida uno nuevo.
problem-code-used = Ese código ya se ha usado. Pida uno nuevo.
problem-app-code = El código no es correcto. Use el que se muestra ahora.
problem-app-code-used = Ese código ya se ha usado. Espere al siguiente.
problem-app-code-attempts = Ha habido demasiados códigos incorrectos. Espere un rato y vuelva a iniciar sesión.
problem-organization = Esta cuenta no pertenece a la organización solicitada. Use otra cuenta o pida una invitación.
problem-not-a-member = Ya no pertenece a esa organización. Elija otra.
problem-invitation = La invitación ya se ha usado o ha caducado.
problem-invitation-sign-in = La invitación ya se ha usado o ha caducado. Si tiene una cuenta, inicie sesión con ella.
problem-invitation-address = La invitación es para otra dirección.
problem-sign-up-closed = Aquí no se puede crear una cuenta sin invitación.
problem-password-disabled = Aquí no se puede iniciar sesión con contraseña.
problem-method = Aquí no se puede iniciar sesión de esta forma.
problem-busy = Hay demasiada actividad en este momento. Inténtelo de nuevo en un instante.
problem-too-many = Ha habido demasiados intentos. Espere { $duration } e inténtelo de nuevo.
problem-late = Ha pasado demasiado tiempo y este inicio de sesión ha caducado. Empiece de nuevo.
problem-email-missing = Introduzca su correo electrónico.
problem-email = «{ $typed }» no es una dirección de correo. Debe parecerse a nombre@example.com.
problem-email-taken = Ya existe una cuenta con este correo. Inicie sesión con ella.
problem-name-length = Ese nombre es demasiado largo.

password-hint = Al menos { $count } caracteres. Unas cuantas palabras sin relación funcionan bien.
password-hint-with = Al menos { $count } caracteres, con { $kinds }. Unas cuantas palabras sin relación funcionan bien.
kind-lowercase = una minúscula
kind-uppercase = una mayúscula
kind-number = un dígito
kind-symbol = un símbolo
kinds-and = { $first } y { $last }
kinds-comma = { $first }, { $rest }
password-too-short = La contraseña debe tener al menos { $count } caracteres.
password-too-long = La contraseña debe tener como máximo { $count } caracteres.
password-contains-email = La contraseña no debe contener el correo electrónico.
password-lacks = La contraseña debe contener { $kinds }.
password-used-before = Ya ha usado esta contraseña antes. Elija otra.
password-too-weak = La contraseña es demasiado fácil de adivinar.
password-weak-common = Es muy común o se parece a una que lo es.
password-weak-keyboard = Los patrones del teclado son fáciles de adivinar.
password-weak-repeats = Las repeticiones son fáciles de adivinar.
password-weak-sequence = Las secuencias como abc o 6543 son fáciles de adivinar.
password-weak-date = Las fechas y los años son fáciles de adivinar.
password-weak-word = Una sola palabra es fácil de adivinar.
password-weak-name = Los nombres son fáciles de adivinar.

failure-request-id = Si pide ayuda, indique este identificador de solicitud:
failure-detail = En detalle:
failure-title-invalid = No ha funcionado
failure-title-forbidden = No puede continuar desde aquí
failure-title-not-found = Aquí no hay nada
failure-title-over = Ha caducado
failure-title-too-large = Era demasiado
failure-title-timeout = Ha tardado demasiado
failure-title-too-many = Demasiados intentos
failure-title-internal = Algo ha fallado
failure-title-unavailable = Ahora no es posible
failure-invalid = Vuelva al lugar de donde venía e inténtelo de nuevo.
failure-internal = El fallo es nuestro. Inténtelo de nuevo en un momento; si vuelve a ocurrir, avise a quien gestiona este servicio.
failure-sign-in-over = Este inicio de sesión ha terminado, ha durado más de una hora o se empezó en otro navegador. Vuelva a la aplicación y empiece de nuevo.
failure-link-over = Este enlace ya no funciona: se ha usado, tiene más de una hora o se ha enviado otro más reciente. Pida uno nuevo donde inicia sesión.
failure-invitation-over = Esta invitación ya se aceptó, se retiró o ha caducado. Si tiene una cuenta, inicie sesión con ella; si no, pida una invitación nueva a quien le invitó.
failure-invitation-nowhere = La aplicación aún no tiene una dirección a la que llevarle. Avise a quien le invitó.
failure-form = El formulario no procede de esta página en este navegador. Puede que las cookies estén desactivadas o que la página sea anterior al cierre del navegador. Vuelva atrás, recargue la página e inténtelo de nuevo.

mail-code-lifetime = Sirve una sola vez y es válido durante { $duration }.
mail-link-lifetime = El enlace sirve una sola vez y es válido durante { $duration }.
mail-link-stuck = Si el botón no funciona, abra esta dirección en su navegador:
mail-magic-auth-subject = Su código de inicio de sesión
mail-magic-auth-subject-named = Su código de inicio de sesión en { $application }
mail-magic-auth-body = Inicie sesión con este código:
mail-magic-auth-body-named = Inicie sesión en { $application } con este código:
mail-magic-auth-caution = Si no lo ha pedido, ignore este correo: nadie entra sin el código. No se lo dé a nadie, ni siquiera a quien diga ser del servicio de asistencia.
mail-email-verification-subject = Confirme su correo electrónico
mail-email-verification-subject-named = Confirme su correo electrónico para { $application }
mail-email-verification-body = Confirme con este código que esta dirección es suya:
mail-email-verification-body-named = Confirme con este código que esta dirección es suya, para su cuenta en { $application }:
mail-email-verification-caution = Si no lo ha pedido, ignore este correo: quizá alguien escribió su dirección por error, y sin el código no ocurre nada.
mail-email-change-subject = Confirme su nuevo correo electrónico
mail-email-change-subject-named = Confirme su nuevo correo electrónico para { $application }
mail-email-change-body = Convierta esta dirección en la de su cuenta con este código:
mail-email-change-body-named = Convierta esta dirección en la de su cuenta en { $application } con este código:
mail-email-change-caution = Si no lo ha pedido, ignore este correo: sin el código, ninguna cuenta toma su dirección.
mail-password-reset-subject = Establezca una contraseña nueva
mail-password-reset-subject-named = Establezca una contraseña nueva para { $application }
mail-password-reset-body = Establezca aquí una contraseña nueva:
mail-password-reset-body-named = Establezca aquí una contraseña nueva para su cuenta en { $application }:
mail-password-reset-button = Establecer una contraseña nueva
mail-password-reset-after = Una contraseña nueva cierra la sesión en todas partes.
mail-password-reset-caution = Si no lo ha pedido, ignore este correo: su contraseña no cambia. No comparta el enlace con nadie.
mail-invitation-subject = Tiene una invitación
mail-invitation-subject-to = Tiene una invitación a { $name }
mail-invitation-subject-inviter = { $inviter } le invita
mail-invitation-subject-inviter-to = { $inviter } le invita a { $name }
mail-invitation-body = Le invitan a crear una cuenta. Acepte aquí:
mail-invitation-body-to = Le invitan a unirse a { $name }. Acepte aquí:
mail-invitation-body-on = Le invitan a unirse a { $organization } en { $application }. Acepte aquí:
mail-invitation-body-inviter = { $inviter } le invita a crear una cuenta. Acepte aquí:
mail-invitation-body-inviter-to = { $inviter } le invita a unirse a { $name }. Acepte aquí:
mail-invitation-body-inviter-on = { $inviter } le invita a unirse a { $organization } en { $application }. Acepte aquí:
mail-invitation-button = Aceptar la invitación
mail-invitation-lifetime = El enlace es solo para usted y sirve una sola vez, durante { $duration }.
mail-invitation-caution = Si no sabe de quién es, ignore este correo: no ocurre nada si no acepta.

sms-code = Su código es { $code }. Es válido durante { $duration }.
sms-code-named = Su código de { $application } es { $code }. Es válido durante { $duration }.

factor-lead-phone = Introduzca los seis dígitos que hemos enviado a su teléfono, { $telephone }. Son válidos durante { $duration }.
factor-confirm-phone = Confirme su teléfono
factor-none-yet = ¿Aún no ha llegado el mensaje?
factor-other-way = Probar de otra forma
factor-set-up-other-way = Configurar otra forma
factor-choice-lead = Su cuenta necesita un segundo paso. ¿Cómo desea realizarlo?
factor-app = Aplicación de autenticación
factor-app-hint = Funciona sin conexión y no se puede interceptar.
factor-text = Mensaje de texto
factor-text-hint = Enviamos un código a su teléfono.
factor-ways-lead = ¿Cómo desea realizar el segundo paso?
factor-use-app = Usar la aplicación de autenticación
factor-use-text = Recibir un mensaje de texto en { $telephone }
signing-in-as = Iniciando sesión como { $email }.
recovery-use = Usar un código de recuperación
recovery-lead = Introduzca uno de los códigos que guardó al configurar el inicio de sesión en dos pasos. Cada uno sirve una sola vez.
recovery-code = Código de recuperación
recovery-hint = Dieciséis letras y dígitos, como { $example }.
recovery-renew = Crear códigos de recuperación nuevos. Los anteriores dejarán de funcionar.
recovery-codes-title = Guarde sus códigos de recuperación
recovery-codes-lead = Si pierde el teléfono o la aplicación, uno de estos códigos le permitirá entrar. Cada uno sirve una sola vez. Solo se muestran ahora: guárdelos en un lugar seguro antes de continuar.
recovery-codes-download = Descargarlos como archivo
recovery-codes-keep = También puede imprimir esta página o copiarlos.
recovery-codes-saved = Los he guardado
telephone-title = Configure su teléfono
telephone-lead = Le enviamos un código cada vez que inicia sesión.
telephone-number = Número de teléfono
telephone-hint = Con el prefijo de su país, como { $example }.
telephone-submit = Enviar un código
problem-way-gone = Esa forma ya no está disponible. Elija otra.
problem-text-code = El código no es correcto. Compruebe cada dígito del más reciente.
problem-text-code-old = El código es demasiado antiguo. Pida uno nuevo.
problem-text-not-sent = No se ha podido enviar ningún mensaje: este teléfono ha recibido demasiados o no puede recibirlos. Espere unos minutos o pruebe de otra forma.
problem-telephone = No podemos enviar mensajes a ese número de teléfono.

passkey-title = Use su llave de acceso
passkey-lead = Su dispositivo pide su huella, su rostro o el bloqueo de pantalla para continuar en { $application }.
passkey-unavailable = Este navegador no puede usar llaves de acceso aquí, o los scripts están desactivados.
passkey-sign-in = Iniciar sesión con una llave de acceso
passkey-instead = Usar una llave de acceso
passkey-failed = No ha funcionado. Inténtelo de nuevo o continúe de otra forma.
passkey-offer-title = Inicie sesión más rápido la próxima vez
passkey-offer-lead = Con una llave de acceso inicia sesión con su huella, su rostro o el bloqueo de pantalla. Nadie puede robarla ni adivinarla, y no hay que escribir ninguna contraseña.
passkey-offer-create = Crear una llave de acceso
passkey-offer-later = Ahora no
passkeys-title = Sus llaves de acceso
passkeys-lead = Una llave de acceso inicia su sesión con su huella, su rostro o el bloqueo de pantalla.
passkeys-none = Todavía no tiene ninguna llave de acceso.
passkeys-add = Añadir una llave de acceso
passkeys-confirm = Para cambiar algo aquí, demuestre una vez más que es usted.
passkeys-added-on = Añadida el { $date }
passkeys-used-on = Usada por última vez el { $date }
passkeys-synchronized = En todos sus dispositivos
passkeys-change = Cambiar el nombre o eliminar
passkeys-change-named = Cambiar el nombre o eliminar: { $name }
name = Nombre
save = Guardar
remove = Eliminar
remove-named = Eliminar { $name }
passkey-added = Se ha añadido la llave de acceso.
passkey-renamed = Se ha cambiado el nombre de la llave de acceso.
passkey-removed = Se ha eliminado la llave de acceso. Elimínela también de su dispositivo o gestor de contraseñas.
problem-passkey-late = Ha tardado demasiado. Inténtelo de nuevo.
problem-passkey-refused = No se ha aceptado esa llave de acceso. Inténtelo de nuevo o inicie sesión de otra forma.
problem-passkey-removed = Esa llave de acceso se eliminó de su cuenta. Inicie sesión de otra forma.
problem-passkey-copied = No se ha aceptado esa llave de acceso porque parece existir una copia. Inicie sesión de otra forma y elimínela de su cuenta.
problem-passkey-known = Esa llave de acceso ya está en uso.
problem-passkey-many = Ya tiene el máximo de llaves de acceso. Elimine una primero.
problem-passkey-name = Dé a la llave de acceso un nombre de { $count } caracteres como máximo.
failure-signed-out = Nadie ha iniciado sesión en este navegador. Inicie sesión primero en su aplicación y vuelva después.
failure-acting = Quien actúa como un usuario no puede cambiar la forma en que este inicia sesión.

device-title = Conectar un dispositivo
device-lead = Introduzca el código que muestra su dispositivo.
device-code = Código del dispositivo
device-code-caution = Introduzca solo un código que haya pedido usted mismo, en un dispositivo que tenga delante. Nadie que le ayude necesita uno.
device-approve-title = ¿Permitir que este dispositivo inicie sesión?
device-approve-lead = Actuará en su nombre en { $application }. Compare el código con el que muestra:
device-account = Cuenta
device-organization = Organización
device-from = Solicitado desde
device-program = Programa
device-caution = ¿Alguien le envió este código o el enlace a esta página? Entonces diga que no: esa persona entraría en su cuenta.
device-yes = Sí, es mi dispositivo
device-no = No, no permitirlo
device-wrong-account = ¿No es la cuenta correcta?
device-other-account = Iniciar sesión con otra
device-approved-title = Su dispositivo ha iniciado sesión
device-approved-lead = Vuelva a él. Puede cerrar esta página.
device-denied-title = El dispositivo no ha entrado
device-denied-lead = No se ha iniciado ninguna sesión. Si no lo empezó usted, quizá alguien ha intentado entrar en su cuenta: avise a quien gestiona { $application }.
problem-device-code = Ningún dispositivo espera con ese código. Compruébelo o empiece de nuevo en el dispositivo.

acting-label = Actuación como usuario
acting = { $impersonator } actúa como { $user }.
acting-stop = Detener
acting-title = Actuar como { $user }
impersonation-lead = { $impersonator } iniciará sesión en { $application } como este usuario durante { $minutes } minutos. La sesión indica quién actúa y por qué:
impersonation-lead-organization = { $impersonator } iniciará sesión en { $application }, en { $organization }, como este usuario durante { $minutes } minutos. La sesión indica quién actúa y por qué:
failure-impersonation-over = Este enlace ya no funciona: se ha usado o tiene más de diez minutos. Cree uno nuevo.
onward-title = Un momento
onward-lead = Llevándole a { $application }…
another-way-title = Inicie sesión de otra forma
another-way-sso = A { $name } solo se entra con su propio inicio de sesión (inicio de sesión único). Empiece allí o pida acceso a su administrador.
another-way-sso-only = A { $name } solo se entra con su propio inicio de sesión (inicio de sesión único).
another-way-choose = { $name } tiene su propio inicio de sesión (inicio de sesión único). Puede usar estas formas:
another-way-sso-go = Continuar con el inicio de sesión único
sso-title = Inicio de sesión único
sso-lead = Yendo al inicio de sesión de { $name }…
another-way-open = { $name } no permite la forma en que ha entrado. Puede usar esta:
another-way-none = { $name } no permite la forma en que ha entrado. Pida acceso a su administrador.
another-way-code = Recibir un código por correo
another-way-password = Usar una contraseña
problem-organization-method = Esa organización no permite la forma en que ha iniciado sesión. Elija otra o inicie sesión de otra forma.
provider-continue = Continuar con { $provider }
problem-provider-denied = No se ha iniciado sesión allí. Inténtelo de nuevo o inicie sesión de otra forma.
problem-provider = El inicio de sesión allí no ha funcionado. Inténtelo de nuevo o inicie sesión de otra forma.
problem-provider-outside = La organización no admite esta cuenta. Use una cuenta de la organización o pida acceso a su administrador.
problem-recovery-code = No es ninguno de sus códigos de recuperación, o ya se ha usado.

mail-magic-link-subject = Su enlace para iniciar sesión
mail-magic-link-subject-named = Su enlace para iniciar sesión en { $application }
mail-magic-link-body = Inicie sesión con este enlace:
mail-magic-link-body-named = Inicie sesión en { $application } con este enlace:
mail-magic-link-button = Iniciar sesión
mail-magic-link-caution = Si no lo ha solicitado, ignore este correo: nadie entra sin el enlace. No lo comparta con nadie.
mail-email-change-button = Confirmar la dirección
mail-waitlist-subject = Está en la lista de espera
mail-waitlist-subject-named = Está en la lista de espera de { $application }
mail-waitlist-body = Volveremos a escribirle cuando llegue su turno. Hasta entonces no tiene que hacer nada.
mail-waitlist-caution = Si no lo ha solicitado, ignore este correo: es posible que alguien haya escrito su dirección por error.
failure-email-change-over = Este enlace ya no funciona: se usó, es demasiado antiguo o se envió uno más reciente. Pida uno nuevo donde cambia su dirección.
failure-magic-link-over = Este enlace ya no funciona: se usó o es demasiado antiguo. Pida uno nuevo donde inicia sesión.
email-change-title = Confirme su nuevo correo
email-change-lead = A partir de ahora iniciará sesión en { $application } con esta dirección:
email-change-submit = Cambiar mi correo
email-change-done-title = Correo cambiado
email-change-done-lead = Use esta dirección a partir de ahora. Puede cerrar la página.
email-new = Nuevo correo
email-change-mailed = Hemos enviado allí un enlace para confirmar la nueva dirección, salvo que alguien ya la tenga.
problem-email-same = Este ya es su correo.
problem-email-managed = Su organización establece su correo y no se puede cambiar aquí.
magic-link-title = Iniciar sesión
magic-link-lead = Un clic más y habrá iniciado sesión en { $application } como:
waitlist-title = Unirse a la lista de espera
waitlist-lead = { $application } admite a nuevas personas poco a poco. Deje su correo electrónico y le escribiremos cuando llegue su turno.
waitlist-joined-title = Gracias
waitlist-joined-lead = Escribiremos a esta dirección cuando llegue su turno:
mail-passkey-added-subject = Se ha añadido una llave de acceso a su cuenta
mail-passkey-added-subject-named = Se ha añadido una llave de acceso a su cuenta de { $application }
mail-passkey-added-body = A partir de ahora, esta llave de acceso permite entrar en su cuenta: { $name }
mail-passkey-added-body-named = A partir de ahora, esta llave de acceso permite entrar en su cuenta de { $application }: { $name }
mail-passkey-added-caution = Si no ha sido usted, otra persona ha entrado en su cuenta: elimine la llave de acceso y establezca una contraseña nueva.
mail-recovery-code-used-subject = Se ha usado un código de recuperación de su cuenta
mail-recovery-code-used-subject-named = Se ha usado un código de recuperación de su cuenta de { $application }
mail-recovery-code-used-body = Alguien acaba de entrar en su cuenta con uno de sus códigos de recuperación. Ese código ya no funciona.
mail-recovery-code-used-body-named = Alguien acaba de entrar en su cuenta de { $application } con uno de sus códigos de recuperación. Ese código ya no funciona.
mail-recovery-code-used-left = Códigos restantes: { $count }
mail-recovery-code-used-caution = Si no ha sido usted, otra persona ha entrado en su cuenta: establezca una contraseña nueva y genere códigos de recuperación nuevos.

## The challenge of a risky sign-in

mail-radar-challenge-subject = ¿Está iniciando sesión?
mail-radar-challenge-subject-named = ¿Está iniciando sesión en { $application }?
mail-radar-challenge-body = Alguien inicia sesión en su cuenta de una forma poco habitual. Si es usted, continúe con este código:
mail-radar-challenge-body-named = Alguien inicia sesión en su cuenta de { $application } de una forma poco habitual. Si es usted, continúe con este código:
mail-radar-challenge-caution = Si no es usted, no dé el código a nadie y cambie su contraseña: alguien parece conocerla.
challenge-title = Confirme que es usted
challenge-lead = Este inicio de sesión es poco habitual. Introduzca los seis dígitos que le hemos enviado por correo. Son válidos durante { $duration }.
challenge-lead-phone = Introduzca los seis dígitos que hemos enviado a { $telephone }. Son válidos durante { $duration }.
challenge-phone-lead = Para mantener fuera a los programas, enviamos un código a su teléfono, solo esta vez.
challenge-change-phone = Usar otro número
blocked-title = No puede iniciar sesión desde aquí
blocked-lead = Este intento se ha detenido para proteger las cuentas. Si cree que es un error, pida ayuda en el sitio del que viene.
blocked-back = Volver

## Mensajes para quien gestiona la aplicación

mail-webhook-endpoint-disabled-subject = Se ha desactivado un punto de conexión de webhooks
mail-webhook-endpoint-disabled-subject-named = Se ha desactivado un punto de conexión de webhooks de { $application }
mail-webhook-endpoint-disabled-body = Durante mucho tiempo no se ha podido entregar nada a este punto de conexión de webhooks, por lo que se ha desactivado: { $endpoint }
mail-webhook-endpoint-disabled-body-named = Durante mucho tiempo no se ha podido entregar nada a este punto de conexión de webhooks de { $application }, por lo que se ha desactivado: { $endpoint }
mail-webhook-endpoint-disabled-caution = Cuando vuelva a funcionar, actívelo y reenvíe lo que no haya recibido.

denied-title = No puede continuar
denied-lead = La aplicación no le permite entrar. Si cree que es un error, pida ayuda en el sitio del que viene.

portal-open-title = Configurar { $organization }
portal-open-lead = { $application } le permite configurar esta organización. El enlace abre el portal una sola vez, en este navegador.
portal-open-submit = Abrir el portal
portal-sso-hint = Deje que su gente inicie sesión donde trabaja
portal-domains = Dominios
portal-domains-hint = Demuestre que sus dominios son suyos
portal-certificates = Certificados
portal-certificates-hint = Renueve los certificados de su proveedor de identidad
portal-audit-logs = Registro de auditoría
portal-audit-logs-hint = Vea quién hizo qué y lléveselo en un archivo
portal-log-streams = Envíos del registro
portal-log-streams-hint = Envíe el registro de auditoría a donde guarda sus registros
portal-return = Volver a { $application }
portal-back = Atrás
portal-finish = Terminar
portal-done-title = Gracias
portal-done-lead = { $organization } queda configurada como la ha dejado. Puede cerrar esta página.
portal-refused = No se ha aceptado.
portal-saved = Se ha guardado.
portal-removed = Se ha eliminado.
portal-sent = El receptor ha aceptado el evento de prueba.
portal-looking = Estamos buscando el registro. Vuelva a cargar la página dentro de un minuto.
portal-state-draft = Sin configurar todavía
portal-state-validating = Lista para probar
portal-state-active = Activada
portal-state-inactive = Desactivada
portal-state-pending = Sin demostrar todavía
portal-state-verified = Demostrado
portal-state-failed = No demostrado a tiempo
portal-state-error = No llega
portal-state-invalid = Rechaza las credenciales
portal-sso-none = Todavía no hay ninguna conexión con un proveedor de identidad.
portal-sso-add = Añadir un proveedor de identidad
portal-provider = Proveedor de identidad
portal-provider-saml = Otro, por SAML
portal-provider-oidc = Otro, por OpenID Connect
portal-copy = 1. Cree una aplicación en su proveedor de identidad
portal-copy-hint = Copie esto en ella:
portal-give = 2. Díganos dónde está su proveedor de identidad
portal-give-hint = Lo muestra una vez creada la aplicación.
portal-by-url = Por la dirección de sus metadatos
portal-by-file = Por el texto de sus metadatos
portal-by-hand = A mano
portal-attributes = 3. Qué leemos de cada persona
portal-attributes-hint = Los nombres habituales se encuentran solos. Escriba cómo llama su proveedor de identidad a lo que llama de otro modo.
portal-attribute-id = ID
portal-attribute-groups = Grupos
portal-use = 4. Pruébela y actívela
portal-test = Probar el inicio de sesión
portal-test-hint = Inicia sesión en su proveedor de identidad y ve lo que nos dice. Con ello no inicia sesión en { $application }. El primer inicio de sesión que funciona activa la conexión.
portal-test-title = Lo que llegó
portal-test-good = Funciona. Esto es lo que se nos dice de usted:
portal-test-failed = Todavía no funciona.
portal-test-raw = Todo lo que se dijo
portal-activate = Activar
portal-activate-hint = Desde entonces, su gente inicia sesión con ella.
portal-deactivate = Desactivar
portal-deactivate-hint = Nadie inicia sesión con ella hasta que la active de nuevo. Quien ya ha iniciado sesión sigue así.
portal-delete = Borrar
portal-delete-sure = Sí, estoy seguro
portal-delete-connection = Nadie podrá iniciar sesión con ella, y para recuperarla habrá que configurarla de nuevo.
portal-delete-stream = No se envían más eventos y se olvidan las credenciales. El registro de auditoría permanece.
problem-portal-sure = Marque que está seguro.
portal-domains-none = Todavía no hay ningún dominio.
portal-domain = Dominio
portal-domain-add = Añadir un dominio
portal-domain-record = Cree este registro donde se administra el dominio. Lo buscamos una y otra vez.
portal-domain-check = Comprobar ahora
portal-domain-remove = Quien tenga una dirección allí dejará de contar como uno de los suyos.
portal-type = Tipo
portal-value = Valor
portal-certificates-none = Ninguna conexión tiene certificados.
portal-certificate-ends = Termina el { $date }
portal-certificate-soon = Termina pronto: el { $date }
portal-certificate-over = Terminó el { $date }
portal-certificate = Certificado
portal-certificate-add = Añadir un certificado nuevo
portal-certificate-hint = Los dos valen a la vez. Elimine el antiguo cuando su proveedor de identidad use el nuevo.
portal-read-again = Leer los metadatos de nuevo
portal-read-again-hint = Su proveedor de identidad nos comunica sus certificados por sí mismo, una vez al día.
portal-events-none = No hay eventos así.
portal-search = Buscar
portal-action = Acción
portal-newer = Más recientes
portal-older = Más antiguos
portal-export = Exportar como CSV
portal-export-hint = Un archivo con los eventos de los últimos 90 días.
portal-export-pending = El archivo se está creando. Vuelva a cargar esta página dentro de un momento.
portal-export-ready = El archivo está listo.
portal-export-download = Descargar el archivo
portal-export-failed = No se pudo crear el archivo. Inténtelo más tarde.
portal-streams-none = El registro de auditoría todavía no se envía a ningún sitio.
portal-stream-add = Añadir un receptor
portal-receiver = Receptor
portal-stream-test = Enviar un evento de prueba
portal-synced = Aceptado por última vez el { $date }
portal-waiting = { $count ->
    [one] Un evento espera
   *[other] { $count } eventos esperan
}
failure-portal-over = Este enlace ya no funciona: ya se abrió, se retiró o es demasiado antiguo. Pida uno nuevo donde lo obtuvo.
failure-portal-elsewhere = El enlace por el que ha llegado era para otra cosa. Pida otro donde lo obtuvo.
