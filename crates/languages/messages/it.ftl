# Italiano

duration-seconds = { $count ->
    [one] un secondo
   *[other] { $count } secondi
}
duration-minutes = { $count ->
    [one] un minuto
   *[other] { $count } minuti
}
duration-hours = { $count ->
    [one] un’ora
   *[other] { $count } ore
}
duration-days = { $count ->
    [one] un giorno
   *[other] { $count } giorni
}
date = { $day } { $month ->
    [1] gennaio
    [2] febbraio
    [3] marzo
    [4] aprile
    [5] maggio
    [6] giugno
    [7] luglio
    [8] agosto
    [9] settembre
    [10] ottobre
    [11] novembre
   *[12] dicembre
} { $year }

error-prefix = Errore:
problems-title = { $count ->
    [one] C’è un punto da correggere:
   *[other] Ci sono { $count } punti da correggere:
}
development-inbox = Server di sviluppo: le e-mail arrivano nella casella interna
email = Indirizzo e-mail
password = Password
new-password = Nuova password
code = Codice
show = Mostra
hide = Nascondi
change = Modifica
change-address = Modifica indirizzo
or = oppure
sign-in = Accedi
verify = Verifica
back-to-sign-in = Torna all’accesso
use-another-account = Usa un altro account
terms-of-service = Termini di servizio
privacy-policy = Informativa sulla privacy
support = Assistenza

sign-in-title = Accedi
sign-in-lead = per continuare su { $application }
continue = Continua
sign-in-new-here = È la prima volta su { $application }?
sign-in-create = Crea un account

password-title = Inserisca la password
password-heading = Bentornato
password-lead = Inserisca la password per continuare su { $application }.
password-forgotten = Password dimenticata?
password-code-instead = Ricevi invece un codice via e-mail

sign-up-title = Crei il suo account
sign-up-lead = per continuare su { $application }
sign-up-joining = Sta per unirsi a { $organization } su { $application }.
first-name = Nome
last-name = Cognome
sign-up-submit = Crea account
sign-up-known = Ha già un account?

code-title = Controlli la posta
verify-email-title = Verifichi il suo indirizzo e-mail
code-lead = Inserisca le sei cifre che le abbiamo inviato via e-mail. Sono valide per { $duration }.
code-none-yet = L’e-mail non è ancora arrivata?
code-send-again = Invia un nuovo codice
code-password-instead = Usa invece la password
code-on-its-way = Un nuovo codice è in arrivo. Sostituisce il precedente.

forgotten-title = Reimposti la password
forgotten-lead = Le invieremo un link per sceglierne una nuova.
forgotten-submit = Invia il link
reset-sent-title = Controlli la posta
reset-sent-lead = Se esiste un account per questo indirizzo, un link per reimpostare la password è in arrivo. È valido per { $duration }.
reset-title = Scelga una nuova password
reset-lead = Sostituisce la precedente ovunque e disconnette gli altri dispositivi.
reset-submit = Salva la password
reset-done-title = Password modificata
reset-done-lead = Da ora in poi usi la nuova password. Tutte le altre sessioni sono state chiuse.
reset-done-go-back = Torni a { $application } per accedere.

factor-title = Accesso in due passaggi
factor-lead-app = Inserisca le sei cifre che la sua app di autenticazione mostra adesso.
enrolment-title = Configuri l’accesso in due passaggi
enrolment-lead = Il suo account richiede un secondo passaggio. Va bene qualsiasi app di autenticazione.
enrolment-scan = Inquadri questa immagine con la sua app di autenticazione.
enrolment-open = Aprila su questo dispositivo
enrolment-picture = Immagine da inquadrare con un’app di autenticazione
enrolment-key = Nessuna fotocamera? Digiti questa chiave nell’app:
enrolment-code = Inserisca le sei cifre che l’app mostra.

organization-title = Scelga un’organizzazione
organization-lead = Fa parte di più organizzazioni. Potrà cambiare in seguito.
organization-signed-in-as = Accesso effettuato come { $email }.
invitation-title = Unisciti a { $name }
invitation-lead-inviter-organization = { $inviter } l’ha invitata a lavorare con { $organization } su { $application }. L’invito è per questo indirizzo:
invitation-lead-inviter = { $inviter } l’ha invitata su { $application }. L’invito è per questo indirizzo:
invitation-lead-organization = È stato invitato a lavorare con { $organization } su { $application }. L’invito è per questo indirizzo:
invitation-lead = È stato invitato su { $application }. L’invito è per questo indirizzo:
invitation-accept = Accetta l’invito
invitation-unexpected = Non se lo aspettava? Può chiudere la pagina; non succederà nulla.
returning-title = Accesso effettuato
returning-heading = Accesso effettuato
returning-lead = Ritorno a { $application }…
returning-stuck = Non succede nulla?
returning-by-hand = Prosegui manualmente
signed-out-title = Disconnesso
signed-out-heading = Si è disconnesso
signed-out-lead = A presto. Su un computer condiviso, chiuda anche la finestra del browser.
signed-out-again = Accedi di nuovo

problem-credentials = Questo indirizzo e questa password non corrispondono.
problem-code = Il codice non è corretto o è troppo vecchio. Controlli ogni cifra del più recente oppure ne richieda uno nuovo.
problem-code-used = Questo codice è già stato usato. Ne richieda uno nuovo.
problem-app-code = Il codice non è corretto. Usi quello mostrato adesso.
problem-app-code-used = Questo codice è già stato usato. Attenda il prossimo.
problem-app-code-attempts = Ci sono stati troppi codici errati. Attenda un po’, poi acceda di nuovo.
problem-organization = Questo account non fa parte dell’organizzazione richiesta. Usi un altro account o chieda un invito.
problem-not-a-member = Non ne fa più parte. Scelga un’altra organizzazione.
problem-invitation = L’invito è già stato usato oppure è scaduto.
problem-invitation-sign-in = L’invito è già stato usato oppure è scaduto. Se ha un account, acceda con quello.
problem-invitation-address = L’invito è per un altro indirizzo.
problem-sign-up-closed = Qui non si può creare un account senza invito.
problem-password-disabled = Qui non si può accedere con una password.
problem-method = Qui non si può accedere in questo modo.
problem-busy = In questo momento c’è troppo traffico. Riprovi tra poco.
problem-too-many = Ci sono stati troppi tentativi. Attenda { $duration }, poi riprovi.
problem-late = È passato troppo tempo e questo accesso è scaduto. Ricominci.
problem-email-missing = Inserisca il suo indirizzo e-mail.
problem-email = “{ $typed }” non è un indirizzo e-mail. Deve essere simile a nome@example.com.
problem-email-taken = Esiste già un account con questo indirizzo. Acceda con quello.
problem-name-length = Il nome è troppo lungo.

password-hint = Almeno { $count } caratteri. Alcune parole senza legame tra loro vanno bene.
password-hint-with = Almeno { $count } caratteri, con { $kinds }. Alcune parole senza legame tra loro vanno bene.
kind-lowercase = una minuscola
kind-uppercase = una maiuscola
kind-number = una cifra
kind-symbol = un simbolo
kinds-and = { $first } e { $last }
kinds-comma = { $first }, { $rest }
password-too-short = La password deve avere almeno { $count } caratteri.
password-too-long = La password deve avere al massimo { $count } caratteri.
password-contains-email = La password non deve contenere l’indirizzo e-mail.
password-lacks = La password deve contenere { $kinds }.
password-used-before = Ha già usato questa password. Ne scelga un’altra.
password-too-weak = La password è troppo facile da indovinare.
password-weak-common = È molto comune o somiglia a una che lo è.
password-weak-keyboard = Le sequenze di tasti sono facili da indovinare.
password-weak-repeats = Le ripetizioni sono facili da indovinare.
password-weak-sequence = Le sequenze come abc o 6543 sono facili da indovinare.
password-weak-date = Le date e gli anni sono facili da indovinare.
password-weak-word = Una parola da sola è facile da indovinare.
password-weak-name = I nomi sono facili da indovinare.

failure-request-id = Se chiede aiuto, indichi questo identificativo della richiesta:
failure-detail = In dettaglio:
failure-title-invalid = Non ha funzionato
failure-title-forbidden = Non può proseguire da qui
failure-title-not-found = Qui non c’è nulla
failure-title-over = È scaduto
failure-title-too-large = Era troppo
failure-title-timeout = Ci è voluto troppo tempo
failure-title-too-many = Troppi tentativi
failure-title-internal = Qualcosa è andato storto
failure-title-unavailable = Non in questo momento
failure-invalid = Torni da dove è venuto e riprovi.
failure-internal = L’errore è nostro. Riprovi tra poco; se succede ancora, avvisi chi gestisce questo servizio.
failure-sign-in-over = Questo accesso è terminato, è durato più di un’ora o è stato iniziato in un altro browser. Torni all’applicazione e ricominci.
failure-link-over = Questo link non funziona più: è stato usato, ha più di un’ora o ne è stato inviato uno più recente. Ne richieda uno nuovo dove effettua l’accesso.
failure-invitation-over = Questo invito è già stato accettato, è stato ritirato o è scaduto. Se ha un account, acceda con quello; altrimenti chieda un nuovo invito a chi l’ha invitata.
failure-invitation-nowhere = L’applicazione non ha ancora un indirizzo a cui portarla. Avvisi chi l’ha invitata.
failure-form = Il modulo non proviene da questa pagina in questo browser. Forse i cookie sono disattivati, o la pagina risale a prima della chiusura del browser. Torni indietro, ricarichi la pagina e riprovi.

mail-code-lifetime = Vale una sola volta e per { $duration }.
mail-link-lifetime = Il link vale una sola volta e per { $duration }.
mail-link-stuck = Se il pulsante non funziona, apra questo indirizzo nel browser:
mail-magic-auth-subject = Il suo codice di accesso
mail-magic-auth-subject-named = Il suo codice di accesso a { $application }
mail-magic-auth-body = Acceda con questo codice:
mail-magic-auth-body-named = Acceda a { $application } con questo codice:
mail-magic-auth-caution = Se non l’ha richiesto, ignori questa e-mail: senza il codice nessuno può entrare. Non lo dia a nessuno, nemmeno a chi dice di essere dell’assistenza.
mail-email-verification-subject = Confermi il suo indirizzo e-mail
mail-email-verification-subject-named = Confermi il suo indirizzo e-mail per { $application }
mail-email-verification-body = Confermi con questo codice che questo indirizzo è suo:
mail-email-verification-body-named = Confermi con questo codice che questo indirizzo è suo, per il suo account su { $application }:
mail-email-verification-caution = Se non l’ha richiesto, ignori questa e-mail: forse qualcuno ha digitato il suo indirizzo per errore, e senza il codice non succede nulla.
mail-email-change-subject = Confermi il suo nuovo indirizzo e-mail
mail-email-change-subject-named = Confermi il suo nuovo indirizzo e-mail per { $application }
mail-email-change-body = Con questo codice renda questo l’indirizzo del suo account:
mail-email-change-body-named = Con questo codice renda questo l’indirizzo del suo account su { $application }:
mail-email-change-caution = Se non l’ha richiesto, ignori questa e-mail: senza il codice nessun account prende il suo indirizzo.
mail-password-reset-subject = Imposti una nuova password
mail-password-reset-subject-named = Imposti una nuova password per { $application }
mail-password-reset-body = Imposti qui una nuova password:
mail-password-reset-body-named = Imposti qui una nuova password per il suo account su { $application }:
mail-password-reset-button = Imposta una nuova password
mail-password-reset-after = Una nuova password la disconnette ovunque.
mail-password-reset-caution = Se non l’ha richiesto, ignori questa e-mail: la sua password resta invariata. Non condivida il link con nessuno.
mail-invitation-subject = Ha ricevuto un invito
mail-invitation-subject-to = Ha ricevuto un invito a { $name }
mail-invitation-subject-inviter = { $inviter } la invita
mail-invitation-subject-inviter-to = { $inviter } la invita a { $name }
mail-invitation-body = È invitato a creare un account. Accetti qui:
mail-invitation-body-to = È invitato a unirsi a { $name }. Accetti qui:
mail-invitation-body-on = È invitato a unirsi a { $organization } su { $application }. Accetti qui:
mail-invitation-body-inviter = { $inviter } la invita a creare un account. Accetti qui:
mail-invitation-body-inviter-to = { $inviter } la invita a unirsi a { $name }. Accetti qui:
mail-invitation-body-inviter-on = { $inviter } la invita a unirsi a { $organization } su { $application }. Accetti qui:
mail-invitation-button = Accetta l’invito
mail-invitation-lifetime = Il link è solo per lei e vale una sola volta, per { $duration }.
mail-invitation-caution = Se non sa da chi proviene, ignori questa e-mail: non succede nulla finché non accetta.

sms-code = Il suo codice è { $code }. È valido per { $duration }.
sms-code-named = Il suo codice { $application } è { $code }. È valido per { $duration }.

factor-lead-phone = Inserisca le sei cifre che abbiamo inviato al suo telefono, { $telephone }. Sono valide per { $duration }.
factor-confirm-phone = Confermi il suo telefono
factor-none-yet = Il messaggio non è ancora arrivato?
factor-other-way = Prova in un altro modo
factor-set-up-other-way = Configura un altro modo
factor-choice-lead = Il suo account richiede un secondo passaggio. Come desidera effettuarlo?
factor-app = App di autenticazione
factor-app-hint = Funziona senza rete e non può essere intercettata.
factor-text = SMS
factor-text-hint = Inviamo un codice al suo telefono.
factor-ways-lead = Come desidera effettuare il secondo passaggio?
factor-use-app = Usa l’app di autenticazione
factor-use-text = Ricevi un SMS al numero { $telephone }
signing-in-as = Accesso in corso come { $email }.
recovery-use = Usa un codice di recupero
recovery-lead = Inserisca uno dei codici che ha salvato quando ha configurato l’accesso in due passaggi. Ciascuno vale una sola volta.
recovery-code = Codice di recupero
recovery-hint = Sedici lettere e cifre, per esempio { $example }.
recovery-renew = Crea nuovi codici di recupero. Quelli vecchi smetteranno di funzionare.
recovery-codes-title = Salvi i codici di recupero
recovery-codes-lead = Se perde il telefono o l’app, uno di questi codici le permette di entrare. Ciascuno vale una sola volta. Vengono mostrati solo ora: li conservi in un luogo sicuro prima di continuare.
recovery-codes-download = Scaricali come file
recovery-codes-keep = Può anche stampare questa pagina o copiarli.
recovery-codes-saved = Li ho salvati
telephone-title = Configuri il telefono
telephone-lead = Vi inviamo un codice a ogni accesso.
telephone-number = Numero di telefono
telephone-hint = Con il prefisso del suo paese, per esempio { $example }.
telephone-submit = Invia un codice
problem-way-gone = Questo modo non c’è più. Ne scelga un altro.
problem-text-code = Il codice non è corretto. Controlli ogni cifra del più recente.
problem-text-code-old = Il codice è troppo vecchio. Ne richieda uno nuovo.
problem-text-not-sent = In questo momento non è stato possibile inviare messaggi: questo telefono ne ha ricevuti troppi o non può riceverne. Attenda qualche minuto o provi in un altro modo.
problem-telephone = Non possiamo inviare messaggi a questo numero di telefono.

passkey-title = Usi la sua passkey
passkey-lead = Il suo dispositivo chiede l’impronta, il volto o il blocco schermo per continuare su { $application }.
passkey-unavailable = Questo browser non può usare passkey qui, oppure gli script sono disattivati.
passkey-sign-in = Accedi con una passkey
passkey-instead = Usa invece una passkey
passkey-failed = Non ha funzionato. Riprovi o prosegua in un altro modo.
passkey-offer-title = La prossima volta acceda più in fretta
passkey-offer-lead = Con una passkey accede con l’impronta, il volto o il blocco schermo. Nessuno può rubarla o indovinarla, e non c’è nessuna password da digitare.
passkey-offer-create = Crea una passkey
passkey-offer-later = Non ora
passkeys-title = Le sue passkey
passkeys-lead = Con una passkey accede con l’impronta, il volto o il blocco schermo.
passkeys-none = Non ha ancora nessuna passkey.
passkeys-add = Aggiungi una passkey
passkeys-confirm = Per modificare qualcosa qui, mostri ancora una volta che è lei.
passkeys-added-on = Aggiunta il { $date }
passkeys-used-on = Usata l’ultima volta il { $date }
passkeys-synchronized = Su tutti i suoi dispositivi
passkeys-change = Rinomina o rimuovi
passkeys-change-named = Rinomina o rimuovi: { $name }
name = Nome
save = Salva
remove = Rimuovi
remove-named = Rimuovi { $name }
passkey-added = La passkey è stata aggiunta.
passkey-renamed = La passkey è stata rinominata.
passkey-removed = La passkey è stata rimossa. La elimini anche dal dispositivo o dal gestore di password.
problem-passkey-late = Ci è voluto troppo tempo. Riprovi.
problem-passkey-refused = Questa passkey non è stata accettata. Riprovi o acceda in un altro modo.
problem-passkey-removed = Questa passkey è stata rimossa dal suo account. Acceda in un altro modo.
problem-passkey-copied = Questa passkey non è stata accettata perché sembra esisterne una copia. Acceda in un altro modo e la rimuova dal suo account.
problem-passkey-known = Questa passkey è già in uso.
problem-passkey-many = Ha già il numero massimo di passkey. Ne rimuova prima una.
problem-passkey-name = Dia alla passkey un nome di al massimo { $count } caratteri.
failure-signed-out = Nessuno ha effettuato l’accesso in questo browser. Acceda prima alla sua applicazione, poi torni qui.
failure-acting = Chi agisce come un utente non può cambiare il modo in cui questi accede.

device-title = Connetti un dispositivo
device-lead = Inserisca il codice che il suo dispositivo mostra.
device-code = Codice del dispositivo
device-code-caution = Inserisca solo un codice che ha richiesto lei stesso, su un dispositivo davanti a lei. Nessuno che la aiuti ne ha bisogno.
device-approve-title = Consentire l’accesso a questo dispositivo?
device-approve-lead = Agirà per suo conto su { $application }. Confronti il codice con quello che mostra:
device-account = Account
device-organization = Organizzazione
device-from = Richiesto da
device-program = Programma
device-caution = Qualcuno le ha inviato questo codice o il link a questa pagina? Allora rifiuti: entrerebbe nel suo account.
device-yes = Sì, è il mio dispositivo
device-no = No, non consentire
device-wrong-account = Non è l’account giusto?
device-other-account = Accedi con un altro
device-approved-title = Il suo dispositivo ha effettuato l’accesso
device-approved-lead = Torni al dispositivo. Può chiudere questa pagina.
device-denied-title = Il dispositivo resta fuori
device-denied-lead = Nessuno ha effettuato l’accesso. Se non è stato lei a iniziare, forse qualcuno ha tentato di entrare nel suo account: avvisi chi gestisce { $application }.
problem-device-code = Nessun dispositivo attende con questo codice. Lo controlli o ricominci dal dispositivo.

acting-label = Azione per conto di un utente
acting = { $impersonator } agisce come { $user }.
acting-stop = Termina
acting-title = Agisci come { $user }
impersonation-lead = { $impersonator } accederà a { $application } come questo utente per { $minutes } minuti. La sessione indica chi agisce e perché:
impersonation-lead-organization = { $impersonator } accederà a { $application }, in { $organization }, come questo utente per { $minutes } minuti. La sessione indica chi agisce e perché:
failure-impersonation-over = Questo link non funziona più: è già stato usato o risale a più di dieci minuti fa. Ne crei uno nuovo.
onward-title = Un momento
onward-lead = La stiamo portando a { $application }…
another-way-title = Acceda in un altro modo
another-way-sso = A { $name } si accede solo tramite il suo accesso (single sign-on). Cominci da lì o chieda all’amministratore come entrare.
another-way-sso-only = A { $name } si accede solo tramite il suo accesso (single sign-on).
another-way-choose = { $name } ha un proprio accesso (single sign-on). Questi modi sono disponibili:
another-way-sso-go = Continua con il single sign-on
sso-title = Single sign-on
sso-lead = Passaggio all’accesso di { $name }…
another-way-open = { $name } non consente il modo in cui è entrato. Questo modo è disponibile:
another-way-none = { $name } non consente il modo in cui è entrato. Chieda all’amministratore come entrare.
another-way-code = Ricevi un codice via e-mail
another-way-password = Usa una password
problem-organization-method = Questa organizzazione non consente il modo in cui ha effettuato l’accesso. Ne scelga un’altra o acceda in un altro modo.
provider-continue = Continua con { $provider }
problem-provider-denied = Lì nessuno ha effettuato l’accesso. Riprovi o acceda in un altro modo.
problem-provider = L’accesso lì non ha funzionato. Riprovi o acceda in un altro modo.
problem-provider-outside = L’organizzazione non ammette questo account. Usi un account dell’organizzazione o chieda all’amministratore.
problem-recovery-code = Non è uno dei suoi codici di recupero, oppure è già stato usato.

mail-magic-link-subject = Il Suo link di accesso
mail-magic-link-subject-named = Il Suo link di accesso a { $application }
mail-magic-link-body = Acceda con questo link:
mail-magic-link-body-named = Acceda a { $application } con questo link:
mail-magic-link-button = Accedi
mail-magic-link-caution = Se non lo ha richiesto, ignori questa e-mail: nessuno accede senza il link. Non lo dia a nessuno.
mail-email-change-button = Conferma l’indirizzo
mail-waitlist-subject = È nella lista d’attesa
mail-waitlist-subject-named = È nella lista d’attesa di { $application }
mail-waitlist-body = Le scriveremo di nuovo quando sarà il Suo turno. Fino ad allora non c’è nulla da fare.
mail-waitlist-caution = Se non lo ha richiesto, ignori questa e-mail: qualcuno potrebbe aver digitato il Suo indirizzo per errore.
failure-email-change-over = Questo link non è più valido: è stato usato, è troppo vecchio o ne è stato inviato uno più recente. Ne richieda uno nuovo dove cambia il Suo indirizzo.
failure-magic-link-over = Questo link non è più valido: è stato usato o è troppo vecchio. Ne richieda uno nuovo dove effettua l’accesso.
email-change-title = Conferma il nuovo indirizzo
email-change-lead = D’ora in poi accederà a { $application } con questo indirizzo:
email-change-submit = Cambia indirizzo
email-change-done-title = Indirizzo cambiato
email-change-done-lead = Usi questo indirizzo d’ora in poi. Può chiudere la pagina.
email-new = Nuovo indirizzo e-mail
email-change-mailed = Un link di conferma è in arrivo al nuovo indirizzo, a meno che qualcuno non lo usi già.
problem-email-same = Questo è già il Suo indirizzo e-mail.
problem-email-managed = Il Suo indirizzo e-mail è stabilito dall’organizzazione e non può essere cambiato qui.
magic-link-title = Accesso
magic-link-lead = Ancora un clic e avrà effettuato l’accesso a { $application } come:
waitlist-title = Entra nella lista d’attesa
waitlist-lead = { $application } accoglie nuove persone un po’ alla volta. Lasci il Suo indirizzo e-mail e Le scriveremo quando sarà il Suo turno.
waitlist-joined-title = Grazie
waitlist-joined-lead = Scriveremo a questo indirizzo quando sarà il Suo turno:
mail-passkey-added-subject = Una passkey è stata aggiunta al Suo account
mail-passkey-added-subject-named = Una passkey è stata aggiunta al Suo account su { $application }
mail-passkey-added-body = D’ora in poi questa passkey consente di accedere al Suo account: { $name }
mail-passkey-added-body-named = D’ora in poi questa passkey consente di accedere al Suo account su { $application }: { $name }
mail-passkey-added-caution = Se non è stato Lei, qualcun altro è entrato nel Suo account: rimuova la passkey e imposti una nuova password.
mail-recovery-code-used-subject = È stato usato un codice di recupero del Suo account
mail-recovery-code-used-subject-named = È stato usato un codice di recupero del Suo account su { $application }
mail-recovery-code-used-body = Qualcuno ha appena effettuato l’accesso al Suo account con uno dei Suoi codici di recupero. Il codice non funziona più.
mail-recovery-code-used-body-named = Qualcuno ha appena effettuato l’accesso al Suo account su { $application } con uno dei Suoi codici di recupero. Il codice non funziona più.
mail-recovery-code-used-left = Codici rimasti: { $count }
mail-recovery-code-used-caution = Se non è stato Lei, qualcun altro è entrato nel Suo account: imposti una nuova password e crei nuovi codici di recupero.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Sta accedendo lei?
mail-radar-challenge-subject-named = Sta accedendo lei a { $application }?
mail-radar-challenge-body = Qualcuno sta accedendo al suo account in modo insolito. Se è lei, continui con questo codice:
mail-radar-challenge-body-named = Qualcuno sta accedendo al suo account su { $application } in modo insolito. Se è lei, continui con questo codice:
mail-radar-challenge-caution = Se non è lei, non dia il codice a nessuno e cambi la password: qualcuno sembra conoscerla.
challenge-title = Confermi di essere lei
challenge-lead = Questo accesso è insolito. Inserisca le sei cifre che le abbiamo inviato via e-mail. Sono valide per { $duration }.
challenge-lead-phone = Inserisca le sei cifre che abbiamo inviato a { $telephone }. Sono valide per { $duration }.
challenge-phone-lead = Per tenere fuori i programmi, inviamo un codice al suo telefono, solo questa volta.
challenge-change-phone = Usa un altro numero
blocked-title = Non può accedere da qui
blocked-lead = Questo tentativo è stato fermato per proteggere gli account. Se crede che sia un errore, chieda aiuto al sito da cui proviene.
blocked-back = Torna indietro

## Messaggi a chi gestisce l’applicazione

mail-webhook-endpoint-disabled-subject = Un endpoint webhook è stato disattivato
mail-webhook-endpoint-disabled-subject-named = Un endpoint webhook di { $application } è stato disattivato
mail-webhook-endpoint-disabled-body = Per molto tempo non è stato possibile consegnare nulla a questo endpoint webhook, che è stato quindi disattivato: { $endpoint }
mail-webhook-endpoint-disabled-body-named = Per molto tempo non è stato possibile consegnare nulla a questo endpoint webhook di { $application }, che è stato quindi disattivato: { $endpoint }
mail-webhook-endpoint-disabled-caution = Quando funzionerà di nuovo, lo riattivi e invii di nuovo ciò che non ha ricevuto.

denied-title = Non può continuare
denied-lead = L’applicazione non le consente di entrare. Se crede che sia un errore, chieda aiuto al sito da cui proviene.

portal-open-title = Configura { $organization }
portal-open-lead = { $application } le permette di configurare questa organizzazione. Il link apre il portale una sola volta, in questo browser.
portal-open-submit = Apri il portale
portal-sso-hint = Lasci che le sue persone accedano da dove lavorano
portal-domains = Domini
portal-domains-hint = Dimostri che i suoi domini sono suoi
portal-certificates = Certificati
portal-certificates-hint = Rinnovi i certificati del suo provider di identità
portal-audit-logs = Registro di controllo
portal-audit-logs-hint = Veda chi ha fatto cosa e lo porti via in un file
portal-log-streams = Flussi del registro
portal-log-streams-hint = Invii il registro di controllo dove conserva i registri
portal-return = Torna a { $application }
portal-back = Indietro
portal-finish = Fine
portal-done-title = Grazie
portal-done-lead = { $organization } è configurata come l’ha lasciata. Può chiudere questa pagina.
portal-refused = Non è stato accettato.
portal-saved = È stato salvato.
portal-removed = È stato rimosso.
portal-sent = Il destinatario ha accettato l’evento di prova.
portal-looking = Stiamo cercando il record. Ricarichi la pagina tra un minuto.
portal-state-draft = Non ancora configurata
portal-state-validating = Pronta per la prova
portal-state-active = Attiva
portal-state-inactive = Spenta
portal-state-pending = Non ancora dimostrato
portal-state-verified = Dimostrato
portal-state-failed = Non dimostrato in tempo
portal-state-error = Non arriva
portal-state-invalid = Rifiuta le credenziali
portal-sso-none = Non c’è ancora nessuna connessione a un provider di identità.
portal-sso-add = Aggiungi un provider di identità
portal-provider = Provider di identità
portal-provider-saml = Un altro, con SAML
portal-provider-oidc = Un altro, con OpenID Connect
portal-copy = 1. Crei un’applicazione presso il suo provider di identità
portal-copy-hint = Vi copi questi dati:
portal-give = 2. Ci dica dov’è il suo provider di identità
portal-give-hint = Lo mostra quando l’applicazione è configurata.
portal-by-url = Con l’indirizzo dei suoi metadati
portal-by-file = Con il testo dei suoi metadati
portal-by-hand = A mano
portal-attributes = 3. Che cosa leggiamo di ogni persona
portal-attributes-hint = I nomi consueti si trovano da soli. Scriva come il suo provider di identità chiama ciò che chiama in altro modo.
portal-attribute-id = ID
portal-attribute-groups = Gruppi
portal-use = 4. La provi e la attivi
portal-test = Prova l’accesso
portal-test-hint = Lei accede presso il suo provider di identità e vede che cosa ci viene detto. Così non accede a { $application }. Il primo accesso riuscito attiva la connessione.
portal-test-title = Che cosa è tornato
portal-test-good = Funziona. Ecco che cosa ci viene detto di lei:
portal-test-failed = Non funziona ancora.
portal-test-raw = Tutto ciò che è stato detto
portal-activate = Attiva
portal-activate-hint = Da allora le sue persone accedono con essa.
portal-deactivate = Disattiva
portal-deactivate-hint = Nessuno accede con essa finché non la riattiva. Chi ha già effettuato l’accesso resta connesso.
portal-delete = Elimina
portal-delete-sure = Sì, ne sono sicuro
portal-delete-connection = Nessuno può più accedere con essa, e per riaverla va configurata di nuovo.
portal-delete-stream = Non vengono più inviati eventi e le credenziali vengono dimenticate. Il registro di controllo resta.
problem-portal-sure = Spunti che è sicuro.
portal-domains-none = Non c’è ancora nessun dominio.
portal-domain = Dominio
portal-domain-add = Aggiungi un dominio
portal-domain-record = Crei questo record dove il dominio è gestito. Lo cerchiamo più volte.
portal-domain-check = Verifica ora
portal-domain-remove = Chi ha un indirizzo lì non conta più come uno dei suoi.
portal-type = Tipo
portal-value = Valore
portal-certificates-none = Nessuna connessione ha un certificato.
portal-certificate-ends = Scade il { $date }
portal-certificate-soon = Scade presto: il { $date }
portal-certificate-over = Scaduto il { $date }
portal-certificate = Certificato
portal-certificate-add = Aggiungi un nuovo certificato
portal-certificate-hint = Valgono entrambi insieme. Rimuova il vecchio quando il suo provider di identità usa il nuovo.
portal-read-again = Leggi di nuovo i metadati
portal-read-again-hint = Il suo provider di identità ci comunica i suoi certificati da solo, una volta al giorno.
portal-events-none = Non ci sono eventi del genere.
portal-search = Cerca
portal-action = Azione
portal-newer = Più recenti
portal-older = Più vecchi
portal-export = Esporta come CSV
portal-export-hint = Un file con gli eventi degli ultimi 90 giorni.
portal-export-pending = Il file è in preparazione. Ricarichi questa pagina tra un momento.
portal-export-ready = Il file è pronto.
portal-export-download = Scarica il file
portal-export-failed = Non è stato possibile creare il file. Riprovi più tardi.
portal-streams-none = Il registro di controllo non viene ancora inviato da nessuna parte.
portal-stream-add = Aggiungi un destinatario
portal-receiver = Destinatario
portal-stream-test = Invia un evento di prova
portal-synced = Accettato l’ultima volta il { $date }
portal-waiting = { $count ->
    [one] Un evento in attesa
   *[other] { $count } eventi in attesa
}
failure-portal-over = Questo link non funziona più: è già stato aperto, è stato ritirato o è troppo vecchio. Ne richieda uno nuovo dove lo ha ottenuto.
failure-portal-elsewhere = Il link con cui è arrivato era per altro. Ne richieda un altro dove lo ha ottenuto.
