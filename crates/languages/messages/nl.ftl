# Nederlands

duration-seconds = { $count ->
    [one] een seconde
   *[other] { $count } seconden
}
duration-minutes = { $count ->
    [one] een minuut
   *[other] { $count } minuten
}
duration-hours = { $count ->
    [one] een uur
   *[other] { $count } uur
}
duration-days = { $count ->
    [one] een dag
   *[other] { $count } dagen
}
date = { $day } { $month ->
    [1] januari
    [2] februari
    [3] maart
    [4] april
    [5] mei
    [6] juni
    [7] juli
    [8] augustus
    [9] september
    [10] oktober
    [11] november
   *[12] december
} { $year }

error-prefix = Fout:
problems-title = { $count ->
    [one] Er is één punt te verbeteren:
   *[other] Er zijn { $count } punten te verbeteren:
}
development-inbox = Ontwikkelserver: e-mails komen in de inbox terecht
email = E-mailadres
password = Wachtwoord
new-password = Nieuw wachtwoord
code = Code
show = Tonen
hide = Verbergen
change = Wijzigen
change-address = Adres wijzigen
or = of
sign-in = Inloggen
verify = Bevestigen
back-to-sign-in = Terug naar inloggen
use-another-account = Een ander account gebruiken
terms-of-service = Servicevoorwaarden
privacy-policy = Privacybeleid
support = Hulp

sign-in-title = Inloggen
sign-in-lead = om door te gaan naar { $application }
continue = Doorgaan
sign-in-new-here = Nieuw bij { $application }?
sign-in-create = Account aanmaken

password-title = Voer uw wachtwoord in
password-heading = Welkom terug
password-lead = Voer uw wachtwoord in om door te gaan naar { $application }.
password-forgotten = Wachtwoord vergeten?
password-code-instead = Liever een code per e-mail ontvangen

sign-up-title = Maak uw account aan
sign-up-lead = om door te gaan naar { $application }
sign-up-joining = U wordt lid van { $organization } bij { $application }.
first-name = Voornaam
last-name = Achternaam
sign-up-submit = Account aanmaken
sign-up-known = Hebt u al een account?

code-title = Controleer uw e-mail
verify-email-title = Bevestig uw e-mailadres
code-lead = Voer de zes cijfers in die we u hebben gemaild. Ze zijn { $duration } geldig.
code-none-yet = Nog geen e-mail?
code-send-again = Nieuwe code versturen
code-password-instead = Liever uw wachtwoord gebruiken
code-on-its-way = Er is een nieuwe code onderweg. Die vervangt de vorige.

forgotten-title = Stel uw wachtwoord opnieuw in
forgotten-lead = We mailen u een link waarmee u een nieuw wachtwoord kunt kiezen.
forgotten-submit = Link versturen
reset-sent-title = Controleer uw e-mail
reset-sent-lead = Als er een account bij dit adres hoort, is er een link onderweg om het wachtwoord opnieuw in te stellen. Die is { $duration } geldig.
reset-title = Kies een nieuw wachtwoord
reset-lead = Het vervangt het oude overal, en andere apparaten worden uitgelogd.
reset-submit = Nieuw wachtwoord opslaan
reset-done-title = Wachtwoord gewijzigd
reset-done-lead = Gebruik vanaf nu het nieuwe wachtwoord. Alle andere sessies zijn beëindigd.
reset-done-go-back = Ga terug naar { $application } om in te loggen.

factor-title = Inloggen in twee stappen
factor-lead-app = Voer de zes cijfers in die uw authenticator-app nu toont.
enrolment-title = Inloggen in twee stappen instellen
enrolment-lead = Uw account heeft een tweede stap nodig. Elke authenticator-app is geschikt.
enrolment-scan = Scan dit met uw authenticator-app.
enrolment-open = Openen op dit apparaat
enrolment-picture = Afbeelding om te scannen met een authenticator-app
enrolment-key = Geen camera? Typ deze sleutel in de app:
enrolment-code = Voer de zes cijfers in die de app toont.

organization-title = Kies een organisatie
organization-lead = U bent lid van meerdere organisaties. U kunt later wisselen.
organization-signed-in-as = Ingelogd als { $email }.
invitation-title = Lid worden van { $name }
invitation-lead-inviter-organization = { $inviter } heeft u uitgenodigd om met { $organization } te werken in { $application }. De uitnodiging is voor dit adres:
invitation-lead-inviter = { $inviter } heeft u uitgenodigd voor { $application }. De uitnodiging is voor dit adres:
invitation-lead-organization = U bent uitgenodigd om met { $organization } te werken in { $application }. De uitnodiging is voor dit adres:
invitation-lead = U bent uitgenodigd voor { $application }. De uitnodiging is voor dit adres:
invitation-accept = Uitnodiging accepteren
invitation-unexpected = Verwachtte u dit niet? U kunt de pagina sluiten; er gebeurt niets.
returning-title = Ingelogd
returning-heading = U bent ingelogd
returning-lead = U gaat terug naar { $application }…
returning-stuck = Gebeurt er niets?
returning-by-hand = Handmatig doorgaan
signed-out-title = Uitgelogd
signed-out-heading = U bent uitgelogd
signed-out-lead = Tot ziens. Sluit op een gedeelde computer ook het browservenster.
signed-out-again = Opnieuw inloggen

problem-credentials = Dit e-mailadres en dit wachtwoord horen niet bij elkaar.
problem-code = Die code klopt niet of is te oud. Controleer elk cijfer van de nieuwste, of vraag een nieuwe aan.
problem-code-used = Die code is al gebruikt. Vraag een nieuwe aan.
problem-app-code = Die code klopt niet. Gebruik de code die nu wordt getoond.
problem-app-code-used = Die code is al gebruikt. Wacht op de volgende.
problem-app-code-attempts = Er zijn te veel verkeerde codes ingevoerd. Wacht even en log dan opnieuw in.
problem-organization = Dit account is geen lid van de gevraagde organisatie. Gebruik een ander account of vraag om een uitnodiging.
problem-not-a-member = U bent daar geen lid meer. Kies een andere organisatie.
problem-invitation = De uitnodiging is al gebruikt of verlopen.
problem-invitation-sign-in = De uitnodiging is al gebruikt of verlopen. Als u een account hebt, log daarmee in.
problem-invitation-address = De uitnodiging is voor een ander adres.
problem-sign-up-closed = Zonder uitnodiging kan hier niemand een account aanmaken.
problem-password-disabled = Inloggen met een wachtwoord is hier niet mogelijk.
problem-method = Op deze manier inloggen is hier niet mogelijk.
problem-busy = Het is nu te druk. Probeer het zo dadelijk opnieuw.
problem-too-many = Er waren te veel pogingen. Wacht { $duration } en probeer het dan opnieuw.
problem-late = Dat duurde te lang en deze inlogpoging is verlopen. Begin opnieuw.
problem-email-missing = Voer uw e-mailadres in.
problem-email = “{ $typed }” is geen e-mailadres. Het ziet eruit als naam@example.com.
problem-email-taken = Er bestaat al een account met dit e-mailadres. Log daarmee in.
problem-name-length = Die naam is te lang.

password-hint = Minstens { $count } tekens. Een paar woorden zonder verband werken goed.
password-hint-with = Minstens { $count } tekens, met { $kinds }. Een paar woorden zonder verband werken goed.
kind-lowercase = een kleine letter
kind-uppercase = een hoofdletter
kind-number = een cijfer
kind-symbol = een symbool
kinds-and = { $first } en { $last }
kinds-comma = { $first }, { $rest }
password-too-short = Het wachtwoord moet minstens { $count } tekens lang zijn.
password-too-long = Het wachtwoord mag hoogstens { $count } tekens lang zijn.
password-contains-email = Het wachtwoord mag het e-mailadres niet bevatten.
password-lacks = Het wachtwoord moet { $kinds } bevatten.
password-used-before = U hebt dit wachtwoord al eerder gebruikt. Kies een ander.
password-too-weak = Het wachtwoord is te gemakkelijk te raden.
password-weak-common = Het komt zeer vaak voor of lijkt daarop.
password-weak-keyboard = Patronen op het toetsenbord zijn gemakkelijk te raden.
password-weak-repeats = Herhalingen zijn gemakkelijk te raden.
password-weak-sequence = Reeksen als abc of 6543 zijn gemakkelijk te raden.
password-weak-date = Datums en jaartallen zijn gemakkelijk te raden.
password-weak-word = Eén enkel woord is gemakkelijk te raden.
password-weak-name = Namen zijn gemakkelijk te raden.

failure-request-id = Vermeld dit aanvraagnummer als u om hulp vraagt:
failure-detail = In detail:
failure-title-invalid = Dat is niet gelukt
failure-title-forbidden = U kunt hier niet verder
failure-title-not-found = Hier is niets
failure-title-over = Dit is verlopen
failure-title-too-large = Dat was te veel
failure-title-timeout = Dat duurde te lang
failure-title-too-many = Te veel pogingen
failure-title-internal = Er is iets misgegaan
failure-title-unavailable = Nu even niet
failure-invalid = Ga terug naar waar u vandaan kwam en probeer het opnieuw.
failure-internal = De fout ligt bij ons. Probeer het zo dadelijk opnieuw; als het weer gebeurt, meld het dan aan de beheerder van deze dienst.
failure-sign-in-over = Deze inlogpoging is voorbij, duurde langer dan een uur of is in een andere browser begonnen. Ga terug naar de toepassing en begin opnieuw.
failure-link-over = Deze link werkt niet meer: hij is gebruikt, is ouder dan een uur, of er is een nieuwere verstuurd. Vraag een nieuwe aan waar u inlogt.
failure-invitation-over = Deze uitnodiging is al geaccepteerd, ingetrokken of verlopen. Als u een account hebt, log daarmee in; zo niet, vraag dan om een nieuwe uitnodiging.
failure-invitation-nowhere = De toepassing heeft nog geen adres om u naartoe te brengen. Meld het aan degene die u heeft uitgenodigd.
failure-form = Het formulier kwam niet van deze pagina in deze browser. Misschien staan cookies uit, of is de pagina van voordat de browser werd gesloten. Ga terug, laad de pagina opnieuw en probeer het nog eens.

mail-code-lifetime = De code werkt één keer en is { $duration } geldig.
mail-link-lifetime = De link werkt één keer en is { $duration } geldig.
mail-link-stuck = Als de knop niets doet, open dan dit adres in uw browser:
mail-magic-auth-subject = Uw inlogcode
mail-magic-auth-subject-named = Uw inlogcode voor { $application }
mail-magic-auth-body = Log in met deze code:
mail-magic-auth-body-named = Log in bij { $application } met deze code:
mail-magic-auth-caution = Als u hier niet om hebt gevraagd, negeer dan deze e-mail: zonder de code komt niemand binnen. Geef hem aan niemand, ook niet aan iemand die zegt van de helpdesk te zijn.
mail-email-verification-subject = Bevestig uw e-mailadres
mail-email-verification-subject-named = Bevestig uw e-mailadres voor { $application }
mail-email-verification-body = Bevestig met deze code dat dit adres van u is:
mail-email-verification-body-named = Bevestig met deze code dat dit adres van u is, voor uw account bij { $application }:
mail-email-verification-caution = Als u hier niet om hebt gevraagd, negeer dan deze e-mail: misschien heeft iemand per ongeluk uw adres getypt, en zonder de code gebeurt er niets.
mail-email-change-subject = Bevestig uw nieuwe e-mailadres
mail-email-change-subject-named = Bevestig uw nieuwe e-mailadres voor { $application }
mail-email-change-body = Maak dit met deze code het adres van uw account:
mail-email-change-body-named = Maak dit met deze code het adres van uw account bij { $application }:
mail-email-change-caution = Als u hier niet om hebt gevraagd, negeer dan deze e-mail: zonder de code neemt geen account uw adres over.
mail-password-reset-subject = Stel een nieuw wachtwoord in
mail-password-reset-subject-named = Stel een nieuw wachtwoord in voor { $application }
mail-password-reset-body = Stel hier een nieuw wachtwoord in:
mail-password-reset-body-named = Stel hier een nieuw wachtwoord in voor uw account bij { $application }:
mail-password-reset-button = Nieuw wachtwoord instellen
mail-password-reset-after = Met een nieuw wachtwoord wordt u overal uitgelogd.
mail-password-reset-caution = Als u hier niet om hebt gevraagd, negeer dan deze e-mail: uw wachtwoord blijft zoals het is. Geef de link aan niemand door.
mail-invitation-subject = U bent uitgenodigd
mail-invitation-subject-to = U bent uitgenodigd voor { $name }
mail-invitation-subject-inviter = { $inviter } nodigt u uit
mail-invitation-subject-inviter-to = { $inviter } nodigt u uit voor { $name }
mail-invitation-body = U bent uitgenodigd om een account aan te maken. Accepteer hier:
mail-invitation-body-to = U bent uitgenodigd om lid te worden van { $name }. Accepteer hier:
mail-invitation-body-on = U bent uitgenodigd om lid te worden van { $organization } bij { $application }. Accepteer hier:
mail-invitation-body-inviter = { $inviter } nodigt u uit om een account aan te maken. Accepteer hier:
mail-invitation-body-inviter-to = { $inviter } nodigt u uit om lid te worden van { $name }. Accepteer hier:
mail-invitation-body-inviter-on = { $inviter } nodigt u uit om lid te worden van { $organization } bij { $application }. Accepteer hier:
mail-invitation-button = Uitnodiging accepteren
mail-invitation-lifetime = De link is alleen voor u, werkt één keer en is { $duration } geldig.
mail-invitation-caution = Als u niet weet van wie dit komt, negeer dan deze e-mail: er gebeurt niets zolang u niet accepteert.

sms-code = Uw code is { $code }. Die is { $duration } geldig.
sms-code-named = Uw code voor { $application } is { $code }. Die is { $duration } geldig.

factor-lead-phone = Voer de zes cijfers in die we naar uw telefoon { $telephone } hebben gestuurd. Ze zijn { $duration } geldig.
factor-confirm-phone = Bevestig uw telefoon
factor-none-yet = Nog geen bericht?
factor-other-way = Een andere manier proberen
factor-set-up-other-way = Een andere manier instellen
factor-choice-lead = Uw account heeft een tweede stap nodig. Hoe wilt u die uitvoeren?
factor-app = Authenticator-app
factor-app-hint = Werkt zonder netwerk en kan niet worden onderschept.
factor-text = Sms
factor-text-hint = We sturen een code naar uw telefoon.
factor-ways-lead = Hoe wilt u de tweede stap uitvoeren?
factor-use-app = Uw authenticator-app gebruiken
factor-use-text = Een sms ontvangen op { $telephone }
signing-in-as = Inloggen als { $email }.
recovery-use = Een herstelcode gebruiken
recovery-lead = Voer een van de codes in die u hebt bewaard toen u inloggen in twee stappen instelde. Elke code werkt één keer.
recovery-code = Herstelcode
recovery-hint = Zestien letters en cijfers, zoals { $example }.
recovery-renew = Nieuwe herstelcodes maken. De oude werken dan niet meer.
recovery-codes-title = Bewaar uw herstelcodes
recovery-codes-lead = Als u uw telefoon of app kwijtraakt, komt u met een van deze codes binnen. Elke code werkt één keer. Ze worden alleen nu getoond; bewaar ze op een veilige plaats voordat u doorgaat.
recovery-codes-download = Als bestand downloaden
recovery-codes-keep = U kunt deze pagina ook afdrukken of de codes kopiëren.
recovery-codes-saved = Ik heb ze bewaard
telephone-title = Stel uw telefoon in
telephone-lead = We sturen er bij elke keer inloggen een code naartoe.
telephone-number = Telefoonnummer
telephone-hint = Met landnummer, zoals { $example }.
telephone-submit = Code versturen
problem-way-gone = Die manier is er niet meer. Kies een andere.
problem-text-code = Die code klopt niet. Controleer elk cijfer van de nieuwste.
problem-text-code-old = Die code is te oud. Vraag een nieuwe aan.
problem-text-not-sent = Er kon nu geen bericht worden verstuurd: deze telefoon heeft er te veel gekregen of kan er geen ontvangen. Wacht een paar minuten of probeer een andere manier.
problem-telephone = Naar dit telefoonnummer kunnen we geen bericht sturen.

passkey-title = Gebruik uw passkey
passkey-lead = Uw apparaat vraagt om uw vingerafdruk, gezicht of schermvergrendeling om door te gaan naar { $application }.
passkey-unavailable = Deze browser kan hier geen passkeys gebruiken, of scripts staan uit.
passkey-sign-in = Inloggen met een passkey
passkey-instead = Liever een passkey gebruiken
passkey-failed = Dat is niet gelukt. Probeer het opnieuw of ga op een andere manier verder.
passkey-offer-title = Log de volgende keer sneller in
passkey-offer-lead = Met een passkey logt u in met uw vingerafdruk, gezicht of schermvergrendeling. Niemand kan hem stelen of raden, en u hoeft geen wachtwoord te typen.
passkey-offer-create = Passkey aanmaken
passkey-offer-later = Nu niet
passkeys-title = Uw passkeys
passkeys-lead = Met een passkey logt u in met uw vingerafdruk, gezicht of schermvergrendeling.
passkeys-none = U hebt nog geen passkey.
passkeys-add = Passkey toevoegen
passkeys-confirm = Om hier iets te wijzigen, laat u nog een keer zien dat u het bent.
passkeys-added-on = Toegevoegd op { $date }
passkeys-used-on = Laatst gebruikt op { $date }
passkeys-synchronized = Op al uw apparaten
passkeys-change = Naam wijzigen of verwijderen
passkeys-change-named = Naam wijzigen of verwijderen: { $name }
name = Naam
save = Opslaan
remove = Verwijderen
remove-named = Verwijderen: { $name }
passkey-added = De passkey is toegevoegd.
passkey-renamed = De naam van de passkey is gewijzigd.
passkey-removed = De passkey is verwijderd. Verwijder hem ook van uw apparaat of uit uw wachtwoordbeheerder.
problem-passkey-late = Dat duurde te lang. Probeer het opnieuw.
problem-passkey-refused = Die passkey is niet geaccepteerd. Probeer het opnieuw of log op een andere manier in.
problem-passkey-removed = Die passkey is uit uw account verwijderd. Log op een andere manier in.
problem-passkey-copied = Die passkey is niet geaccepteerd, omdat er een kopie van lijkt te bestaan. Log op een andere manier in en verwijder hem uit uw account.
problem-passkey-known = Die passkey is al in gebruik.
problem-passkey-many = U hebt het maximale aantal passkeys. Verwijder er eerst een.
problem-passkey-name = Geef de passkey een naam van hoogstens { $count } tekens.
failure-signed-out = Niemand is in deze browser ingelogd. Log eerst in bij uw toepassing en kom dan terug.
failure-acting = Wie namens een gebruiker handelt, kan niet wijzigen hoe die gebruiker inlogt.

device-title = Een apparaat verbinden
device-lead = Voer de code in die uw apparaat toont.
device-code = Apparaatcode
device-code-caution = Voer alleen een code in die u zelf hebt aangevraagd, op een apparaat dat voor u staat. Niemand die u helpt, heeft er een nodig.
device-approve-title = Mag dit apparaat inloggen?
device-approve-lead = Het zal namens u handelen in { $application }. Vergelijk de code met die op het apparaat:
device-account = Account
device-organization = Organisatie
device-from = Gevraagd vanaf
device-program = Programma
device-caution = Heeft iemand u deze code of de link naar deze pagina gestuurd? Zeg dan nee: die persoon zou in uw account komen.
device-yes = Ja, dit is mijn apparaat
device-no = Nee, niet toelaten
device-wrong-account = Niet het juiste account?
device-other-account = Met een ander inloggen
device-approved-title = Uw apparaat is ingelogd
device-approved-lead = Ga terug naar het apparaat. U kunt deze pagina sluiten.
device-denied-title = Het apparaat blijft buiten
device-denied-lead = Niemand is ingelogd. Als u dit niet zelf bent begonnen, heeft iemand misschien geprobeerd in uw account te komen: meld het aan de beheerder van { $application }.
problem-device-code = Geen apparaat wacht met die code. Controleer hem of begin opnieuw op het apparaat.

acting-label = Handelen namens een gebruiker
acting = { $impersonator } handelt als { $user }.
acting-stop = Stoppen
acting-title = Handelen als { $user }
impersonation-lead = { $impersonator } wordt { $minutes } minuten als deze gebruiker ingelogd bij { $application }. De sessie vermeldt wie er handelt en waarom:
impersonation-lead-organization = { $impersonator } wordt { $minutes } minuten als deze gebruiker ingelogd bij { $application } in { $organization }. De sessie vermeldt wie er handelt en waarom:
failure-impersonation-over = Deze link werkt niet meer: hij is gebruikt of ouder dan tien minuten. Maak een nieuwe.
onward-title = Een ogenblik
onward-lead = U gaat naar { $application }…
another-way-title = Log op een andere manier in
another-way-sso = Bij { $name } komt u alleen binnen via de eigen login (single sign-on). Begin daar, of vraag de beheerder hoe u binnenkomt.
another-way-sso-only = Bij { $name } komt u alleen binnen via de eigen login (single sign-on).
another-way-choose = { $name } heeft een eigen login (single sign-on). Deze manieren staan voor u open:
another-way-sso-go = Doorgaan met single sign-on
sso-title = Single sign-on
sso-lead = U gaat naar de login van { $name }…
another-way-open = { $name } laat de manier waarop u kwam niet toe. Deze manier staat voor u open:
another-way-none = { $name } laat de manier waarop u kwam niet toe. Vraag de beheerder hoe u binnenkomt.
another-way-code = Een code per e-mail ontvangen
another-way-password = Een wachtwoord gebruiken
problem-organization-method = Die organisatie laat de manier waarop u bent ingelogd niet toe. Kies een andere, of log op een andere manier in.
provider-continue = Doorgaan met { $provider }
problem-provider-denied = Daar heeft niemand ingelogd. Probeer het opnieuw of log op een andere manier in.
problem-provider = Inloggen daar is niet gelukt. Probeer het opnieuw of log op een andere manier in.
problem-provider-outside = De organisatie laat dit account niet toe. Gebruik een account van de organisatie of vraag de beheerder.
problem-recovery-code = Dat is geen van uw herstelcodes, of hij is al gebruikt.

mail-magic-link-subject = Uw aanmeldlink
mail-magic-link-subject-named = Uw aanmeldlink voor { $application }
mail-magic-link-body = Meld u aan met deze link:
mail-magic-link-body-named = Meld u bij { $application } aan met deze link:
mail-magic-link-button = Aanmelden
mail-magic-link-caution = Hebt u hier niet om gevraagd, negeer deze e-mail dan: zonder de link komt niemand binnen. Geef hem aan niemand door.
mail-email-change-button = Adres bevestigen
mail-waitlist-subject = U staat op de wachtlijst
mail-waitlist-subject-named = U staat op de wachtlijst van { $application }
mail-waitlist-body = Wij schrijven u opnieuw wanneer u aan de beurt bent. Tot die tijd hoeft u niets te doen.
mail-waitlist-caution = Hebt u hier niet om gevraagd, negeer deze e-mail dan: misschien heeft iemand per ongeluk uw adres ingevuld.
failure-email-change-over = Deze link werkt niet meer: hij is gebruikt, is te oud, of er is een nieuwere verstuurd. Vraag een nieuwe aan waar u uw adres wijzigt.
failure-magic-link-over = Deze link werkt niet meer: hij is gebruikt of te oud. Vraag een nieuwe aan waar u zich aanmeldt.
email-change-title = Nieuw e-mailadres bevestigen
email-change-lead = Vanaf nu meldt u zich bij { $application } aan met dit adres:
email-change-submit = Mijn adres wijzigen
email-change-done-title = E-mailadres gewijzigd
email-change-done-lead = Gebruik vanaf nu dit adres. U kunt de pagina sluiten.
email-new = Nieuw e-mailadres
email-change-mailed = Een link die het nieuwe adres bevestigt, is daarheen onderweg, tenzij iemand het al gebruikt.
problem-email-same = Dit is al uw e-mailadres.
problem-email-managed = Uw e-mailadres wordt door uw organisatie bepaald en kan hier niet worden gewijzigd.
magic-link-title = Aanmelden
magic-link-lead = Nog één klik en u bent bij { $application } aangemeld als:
waitlist-title = Op de wachtlijst
waitlist-lead = { $application } laat nieuwe mensen geleidelijk toe. Laat uw e-mailadres achter, dan schrijven wij u wanneer u aan de beurt bent.
waitlist-joined-title = Dank u wel
waitlist-joined-lead = Wij schrijven naar dit adres wanneer u aan de beurt bent:
mail-passkey-added-subject = Er is een passkey aan uw account toegevoegd
mail-passkey-added-subject-named = Er is een passkey aan uw account bij { $application } toegevoegd
mail-passkey-added-body = Met deze passkey kan vanaf nu bij uw account worden ingelogd: { $name }
mail-passkey-added-body-named = Met deze passkey kan vanaf nu bij uw account bij { $application } worden ingelogd: { $name }
mail-passkey-added-caution = Was u dit niet, dan is iemand anders in uw account geweest: verwijder de passkey en stel een nieuw wachtwoord in.
mail-recovery-code-used-subject = Er is een herstelcode voor uw account gebruikt
mail-recovery-code-used-subject-named = Er is een herstelcode voor uw account bij { $application } gebruikt
mail-recovery-code-used-body = Iemand heeft zojuist met een van uw herstelcodes bij uw account ingelogd. Die code werkt niet meer.
mail-recovery-code-used-body-named = Iemand heeft zojuist met een van uw herstelcodes bij uw account bij { $application } ingelogd. Die code werkt niet meer.
mail-recovery-code-used-left = Resterende codes: { $count }
mail-recovery-code-used-caution = Was u dit niet, dan is iemand anders in uw account geweest: stel een nieuw wachtwoord in en maak nieuwe herstelcodes.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Bent u dit die inlogt?
mail-radar-challenge-subject-named = Bent u dit die inlogt bij { $application }?
mail-radar-challenge-body = Iemand logt op een ongebruikelijke manier in op uw account. Als u het bent, ga dan verder met deze code:
mail-radar-challenge-body-named = Iemand logt op een ongebruikelijke manier in op uw account bij { $application }. Als u het bent, ga dan verder met deze code:
mail-radar-challenge-caution = Als u het niet bent, geef de code dan aan niemand en wijzig uw wachtwoord: iemand lijkt het te kennen.
challenge-title = Bevestig dat u het bent
challenge-lead = Dit inloggen is ongebruikelijk. Voer de zes cijfers in die we u hebben gemaild. Ze zijn { $duration } geldig.
challenge-lead-phone = Voer de zes cijfers in die we naar { $telephone } hebben gestuurd. Ze zijn { $duration } geldig.
challenge-phone-lead = Om programma’s buiten te houden, sturen we eenmalig een code naar uw telefoon.
challenge-change-phone = Ander nummer gebruiken
blocked-title = U kunt hier niet inloggen
blocked-lead = Deze poging is gestopt om accounts te beschermen. Denkt u dat dit een vergissing is, vraag dan om hulp op de plek waar u vandaan kwam.
blocked-back = Ga terug

## Berichten aan wie de applicatie beheert

mail-webhook-endpoint-disabled-subject = Een webhook-endpoint is uitgeschakeld
mail-webhook-endpoint-disabled-subject-named = Een webhook-endpoint van { $application } is uitgeschakeld
mail-webhook-endpoint-disabled-body = Aan dit webhook-endpoint kon lange tijd niets worden bezorgd en daarom is het uitgeschakeld: { $endpoint }
mail-webhook-endpoint-disabled-body-named = Aan dit webhook-endpoint van { $application } kon lange tijd niets worden bezorgd en daarom is het uitgeschakeld: { $endpoint }
mail-webhook-endpoint-disabled-caution = Schakel het weer in zodra het werkt, en bezorg opnieuw wat het heeft gemist.

denied-title = U kunt niet verdergaan
denied-lead = De toepassing laat u niet binnen. Denkt u dat dit een vergissing is, vraag dan om hulp op de plek waar u vandaan kwam.

portal-open-title = { $organization } instellen
portal-open-lead = In { $application } kunt u deze organisatie instellen. De link opent het portaal één keer, in deze browser.
portal-open-submit = Portaal openen
portal-sso-hint = Laat uw mensen inloggen waar zij werken
portal-domains = Domeinen
portal-domains-hint = Toon aan dat uw domeinen van u zijn
portal-certificates = Certificaten
portal-certificates-hint = Vernieuw de certificaten van uw identiteitsprovider
portal-audit-logs = Auditlog
portal-audit-logs-hint = Bekijk wie wat heeft gedaan en neem het mee als bestand
portal-log-streams = Logstromen
portal-log-streams-hint = Stuur de auditlog naar waar u logs bewaart
portal-return = Terug naar { $application }
portal-back = Terug
portal-finish = Klaar
portal-done-title = Dank u wel
portal-done-lead = { $organization } is ingesteld zoals u het hebt achtergelaten. U kunt deze pagina sluiten.
portal-refused = Dat is niet geaccepteerd.
portal-saved = Het is opgeslagen.
portal-removed = Het is verwijderd.
portal-sent = De ontvanger heeft de testgebeurtenis aangenomen.
portal-looking = We zoeken naar het record. Laad de pagina over een minuut opnieuw.
portal-state-draft = Nog niet ingesteld
portal-state-validating = Klaar om te testen
portal-state-active = Aan
portal-state-inactive = Uit
portal-state-pending = Nog niet aangetoond
portal-state-verified = Aangetoond
portal-state-failed = Niet op tijd aangetoond
portal-state-error = Komt niet aan
portal-state-invalid = Weigert de inloggegevens
portal-sso-none = Er is nog geen verbinding met een identiteitsprovider.
portal-sso-add = Identiteitsprovider toevoegen
portal-provider = Identiteitsprovider
portal-provider-saml = Een andere, via SAML
portal-provider-oidc = Een andere, via OpenID Connect
portal-copy = 1. Stel een applicatie in bij uw identiteitsprovider
portal-copy-hint = Kopieer dit daarheen:
portal-give = 2. Vertel ons waar uw identiteitsprovider is
portal-give-hint = Die toont dit zodra de applicatie is ingesteld.
portal-by-url = Met het adres van de metadata
portal-by-file = Met de tekst van de metadata
portal-by-hand = Met de hand
portal-attributes = 3. Wat we van iedere persoon lezen
portal-attributes-hint = Gebruikelijke namen worden vanzelf gevonden. Schrijf op hoe uw identiteitsprovider noemt wat die anders noemt.
portal-attribute-id = ID
portal-attribute-groups = Groepen
portal-use = 4. Test het en zet het aan
portal-test = Inloggen testen
portal-test-hint = U logt in bij uw identiteitsprovider en ziet wat ons wordt verteld. U wordt daarmee niet ingelogd bij { $application }. De eerste keer dat inloggen lukt, gaat de verbinding aan.
portal-test-title = Wat er terugkwam
portal-test-good = Het werkt. Dit wordt ons over u verteld:
portal-test-failed = Het werkt nog niet.
portal-test-raw = Alles wat er werd gezegd
portal-activate = Aanzetten
portal-activate-hint = Vanaf dat moment loggen uw mensen hiermee in.
portal-deactivate = Uitzetten
portal-deactivate-hint = Niemand logt hiermee in totdat u het weer aanzet. Wie is ingelogd, blijft dat.
portal-delete = Wissen
portal-delete-sure = Ja, ik weet het zeker
portal-delete-connection = Niemand kan hiermee meer inloggen, en om het terug te krijgen moet het opnieuw worden ingesteld.
portal-delete-stream = Er worden geen gebeurtenissen meer gestuurd en de inloggegevens worden vergeten. De auditlog blijft.
problem-portal-sure = Vink aan dat u het zeker weet.
portal-domains-none = Er is nog geen domein.
portal-domain = Domein
portal-domain-add = Domein toevoegen
portal-domain-record = Maak dit record aan waar het domein wordt beheerd. We zoeken er steeds opnieuw naar.
portal-domain-check = Nu controleren
portal-domain-remove = Wie daar een adres heeft, geldt niet meer als een van u.
portal-type = Type
portal-value = Waarde
portal-certificates-none = Geen verbinding heeft een certificaat.
portal-certificate-ends = Eindigt op { $date }
portal-certificate-soon = Eindigt binnenkort: op { $date }
portal-certificate-over = Geëindigd op { $date }
portal-certificate = Certificaat
portal-certificate-add = Nieuw certificaat toevoegen
portal-certificate-hint = Beide gelden naast elkaar. Verwijder het oude wanneer uw identiteitsprovider het nieuwe gebruikt.
portal-read-again = Metadata opnieuw lezen
portal-read-again-hint = Uw identiteitsprovider vertelt ons zijn certificaten vanzelf, één keer per dag.
portal-events-none = Er zijn geen zulke gebeurtenissen.
portal-search = Zoeken
portal-action = Actie
portal-newer = Nieuwere
portal-older = Oudere
portal-export = Exporteren als CSV
portal-export-hint = Een bestand met de gebeurtenissen van de laatste 90 dagen.
portal-export-pending = Het bestand wordt gemaakt. Laad deze pagina zo opnieuw.
portal-export-ready = Het bestand is klaar.
portal-export-download = Bestand downloaden
portal-export-failed = Het bestand kon niet worden gemaakt. Probeer het later opnieuw.
portal-streams-none = De auditlog wordt nog nergens naartoe gestuurd.
portal-stream-add = Ontvanger toevoegen
portal-receiver = Ontvanger
portal-stream-test = Testgebeurtenis sturen
portal-synced = Laatst aangenomen op { $date }
portal-waiting = { $count ->
    [one] Eén gebeurtenis wacht
   *[other] { $count } gebeurtenissen wachten
}
failure-portal-over = Deze link werkt niet meer: hij is al geopend, ingetrokken of te oud. Vraag een nieuwe aan waar u hem kreeg.
failure-portal-elsewhere = De link waarmee u kwam, was voor iets anders. Vraag een andere aan waar u hem kreeg.
