# Deutsch

duration-seconds = { $count ->
    [one] eine Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] eine Stunde
   *[other] { $count } Stunden
}
duration-days = { $count ->
    [one] einen Tag
   *[other] { $count } Tage
}
date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
} { $year }

error-prefix = Fehler:
problems-title = { $count ->
    [one] Ein Punkt ist zu korrigieren:
   *[other] { $count } Punkte sind zu korrigieren:
}
development-inbox = Entwicklungsserver: E-Mails landen im Postfach
email = E-Mail-Adresse
password = Passwort
new-password = Neues Passwort
code = Code
show = Anzeigen
hide = Verbergen
change = Ändern
change-address = Adresse ändern
or = oder
sign-in = Anmelden
verify = Bestätigen
back-to-sign-in = Zurück zur Anmeldung
use-another-account = Anderes Konto verwenden
terms-of-service = Nutzungsbedingungen
privacy-policy = Datenschutz
support = Hilfe

sign-in-title = Anmelden
sign-in-lead = um mit { $application } fortzufahren
continue = Weiter
sign-in-new-here = Neu bei { $application }?
sign-in-create = Konto erstellen

password-title = Passwort eingeben
password-heading = Willkommen zurück
password-lead = Geben Sie Ihr Passwort ein, um mit { $application } fortzufahren.
password-forgotten = Passwort vergessen?
password-code-instead = Stattdessen einen Code per E-Mail erhalten

sign-up-title = Konto erstellen
sign-up-lead = um mit { $application } fortzufahren
sign-up-joining = Sie werden bei { $application } Mitglied von { $organization }.
first-name = Vorname
last-name = Nachname
sign-up-submit = Konto erstellen
sign-up-known = Haben Sie schon ein Konto?

code-title = Prüfen Sie Ihre E-Mails
verify-email-title = E-Mail-Adresse bestätigen
code-lead = Geben Sie die sechs Ziffern ein, die wir Ihnen per E-Mail geschickt haben. Sie gelten { $duration }.
code-none-yet = Noch keine E-Mail erhalten?
code-send-again = Neuen Code senden
code-password-instead = Stattdessen das Passwort verwenden
code-on-its-way = Ein neuer Code ist unterwegs. Er ersetzt den vorherigen.

forgotten-title = Passwort zurücksetzen
forgotten-lead = Wir senden Ihnen einen Link, über den Sie ein neues Passwort wählen können.
forgotten-submit = Link senden
reset-sent-title = Prüfen Sie Ihre E-Mails
reset-sent-lead = Falls es zu dieser Adresse ein Konto gibt, ist ein Link zum Zurücksetzen des Passworts unterwegs. Er gilt { $duration }.
reset-title = Neues Passwort wählen
reset-lead = Es ersetzt das alte überall, und andere Geräte werden abgemeldet.
reset-submit = Neues Passwort speichern
reset-done-title = Passwort geändert
reset-done-lead = Verwenden Sie ab jetzt das neue Passwort. Alle anderen Sitzungen wurden beendet.
reset-done-go-back = Kehren Sie zu { $application } zurück, um sich anzumelden.

factor-title = Anmeldung in zwei Schritten
factor-lead-app = Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App gerade anzeigt.
enrolment-title = Anmeldung in zwei Schritten einrichten
enrolment-lead = Ihr Konto braucht einen zweiten Schritt. Jede Authenticator-App ist geeignet.
enrolment-scan = Scannen Sie dieses Bild mit Ihrer Authenticator-App.
enrolment-open = Auf diesem Gerät öffnen
enrolment-picture = Bild zum Scannen mit einer Authenticator-App
enrolment-key = Keine Kamera? Tippen Sie diesen Schlüssel in die App ein:
enrolment-code = Geben Sie die sechs Ziffern ein, die die App anzeigt.

organization-title = Organisation auswählen
organization-lead = Sie sind Mitglied mehrerer Organisationen. Sie können später wechseln.
organization-signed-in-as = Angemeldet als { $email }.
invitation-title = { $name } beitreten
invitation-lead-inviter-organization = { $inviter } hat Sie eingeladen, mit { $organization } in { $application } zu arbeiten. Die Einladung gilt für diese Adresse:
invitation-lead-inviter = { $inviter } hat Sie zu { $application } eingeladen. Die Einladung gilt für diese Adresse:
invitation-lead-organization = Sie wurden eingeladen, mit { $organization } in { $application } zu arbeiten. Die Einladung gilt für diese Adresse:
invitation-lead = Sie wurden zu { $application } eingeladen. Die Einladung gilt für diese Adresse:
invitation-accept = Einladung annehmen
invitation-unexpected = Haben Sie das nicht erwartet? Schließen Sie einfach die Seite; es geschieht nichts.
returning-title = Angemeldet
returning-heading = Sie sind angemeldet
returning-lead = Sie werden zu { $application } zurückgeleitet …
returning-stuck = Es geschieht nichts?
returning-by-hand = Von Hand fortfahren
signed-out-title = Abgemeldet
signed-out-heading = Sie sind abgemeldet
signed-out-lead = Bis bald. Schließen Sie an einem gemeinsam genutzten Computer auch das Browserfenster.
signed-out-again = Erneut anmelden

problem-credentials = Diese E-Mail-Adresse und dieses Passwort gehören nicht zusammen.
problem-code = Der Code ist falsch oder zu alt. Prüfen Sie jede Ziffer des neuesten Codes oder fordern Sie einen neuen an.
problem-code-used = Dieser Code wurde bereits verwendet. Fordern Sie einen neuen an.
problem-app-code = Der Code ist falsch. Verwenden Sie den, der gerade angezeigt wird.
problem-app-code-used = Dieser Code wurde bereits verwendet. Warten Sie auf den nächsten.
problem-app-code-attempts = Es gab zu viele falsche Codes. Warten Sie eine Weile und melden Sie sich dann erneut an.
problem-organization = Dieses Konto ist kein Mitglied der gewünschten Organisation. Verwenden Sie ein anderes Konto oder bitten Sie um eine Einladung.
problem-not-a-member = Sie sind dort nicht mehr Mitglied. Wählen Sie eine andere Organisation.
problem-invitation = Die Einladung wurde bereits verwendet oder ist abgelaufen.
problem-invitation-sign-in = Die Einladung wurde bereits verwendet oder ist abgelaufen. Wenn Sie ein Konto haben, melden Sie sich damit an.
problem-invitation-address = Die Einladung gilt für eine andere Adresse.
problem-sign-up-closed = Ohne Einladung kann hier niemand ein Konto erstellen.
problem-password-disabled = Eine Anmeldung mit Passwort ist hier nicht möglich.
problem-method = Eine Anmeldung auf diesem Weg ist hier nicht möglich.
problem-busy = Im Moment ist zu viel los. Versuchen Sie es gleich noch einmal.
problem-too-many = Es gab zu viele Versuche. Warten Sie { $duration } und versuchen Sie es dann erneut.
problem-late = Das hat zu lange gedauert, und diese Anmeldung ist abgelaufen. Beginnen Sie von vorn.
problem-email-missing = Geben Sie Ihre E-Mail-Adresse ein.
problem-email = „{ $typed }“ ist keine E-Mail-Adresse. Sie sieht aus wie name@example.com.
problem-email-taken = Zu dieser E-Mail-Adresse gibt es bereits ein Konto. Melden Sie sich stattdessen an.
problem-name-length = Dieser Name ist zu lang.

password-hint = Mindestens { $count } Zeichen. Ein paar Wörter ohne Zusammenhang eignen sich gut.
password-hint-with = Mindestens { $count } Zeichen, darunter { $kinds }. Ein paar Wörter ohne Zusammenhang eignen sich gut.
kind-lowercase = ein Kleinbuchstabe
kind-uppercase = ein Großbuchstabe
kind-number = eine Ziffer
kind-symbol = ein Sonderzeichen
kinds-and = { $first } und { $last }
kinds-comma = { $first }, { $rest }
password-too-short = Das Passwort muss mindestens { $count } Zeichen lang sein.
password-too-long = Das Passwort darf höchstens { $count } Zeichen lang sein.
password-contains-email = Das Passwort darf die E-Mail-Adresse nicht enthalten.
password-lacks = Dem Passwort fehlt: { $kinds }.
password-used-before = Dieses Passwort haben Sie schon einmal verwendet. Wählen Sie ein anderes.
password-too-weak = Das Passwort ist zu leicht zu erraten.
password-weak-common = Es ist sehr verbreitet oder ähnelt einem verbreiteten.
password-weak-keyboard = Muster auf der Tastatur sind leicht zu erraten.
password-weak-repeats = Wiederholungen sind leicht zu erraten.
password-weak-sequence = Folgen wie abc oder 6543 sind leicht zu erraten.
password-weak-date = Daten und Jahreszahlen sind leicht zu erraten.
password-weak-word = Ein einzelnes Wort ist leicht zu erraten.
password-weak-name = Namen sind leicht zu erraten.

failure-request-id = Wenn Sie um Hilfe bitten, geben Sie diese Anfragenummer an:
failure-detail = Im Einzelnen:
failure-title-invalid = Das hat nicht geklappt
failure-title-forbidden = Hier geht es nicht weiter
failure-title-not-found = Hier ist nichts
failure-title-over = Das ist abgelaufen
failure-title-too-large = Das war zu viel
failure-title-timeout = Das hat zu lange gedauert
failure-title-too-many = Zu viele Versuche
failure-title-internal = Etwas ist schiefgegangen
failure-title-unavailable = Im Moment nicht möglich
failure-invalid = Kehren Sie dorthin zurück, woher Sie kamen, und versuchen Sie es erneut.
failure-internal = Der Fehler liegt bei uns. Versuchen Sie es gleich noch einmal; wenn es wieder geschieht, wenden Sie sich an den Betreiber dieses Dienstes.
failure-sign-in-over = Diese Anmeldung ist abgelaufen, hat länger als eine Stunde gedauert oder wurde in einem anderen Browser begonnen. Kehren Sie zur Anwendung zurück und beginnen Sie von vorn.
failure-link-over = Dieser Link funktioniert nicht mehr: Er wurde verwendet, ist älter als eine Stunde, oder es wurde ein neuerer gesendet. Fordern Sie bei der Anmeldung einen neuen an.
failure-invitation-over = Diese Einladung wurde bereits angenommen, zurückgezogen oder ist abgelaufen. Wenn Sie ein Konto haben, melden Sie sich damit an; wenn nicht, bitten Sie um eine neue Einladung.
failure-invitation-nowhere = Die Anwendung hat noch keine Adresse, zu der wir Sie führen können. Wenden Sie sich an die Person, die Sie eingeladen hat.
failure-form = Das Formular kam nicht von dieser Seite in diesem Browser. Vielleicht sind Cookies ausgeschaltet, oder die Seite stammt aus der Zeit, bevor der Browser geschlossen wurde. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.

mail-code-lifetime = Er gilt { $duration } und nur einmal.
mail-link-lifetime = Der Link gilt { $duration } und nur einmal.
mail-link-stuck = Wenn die Schaltfläche nichts bewirkt, öffnen Sie diese Adresse in Ihrem Browser:
mail-magic-auth-subject = Ihr Anmeldecode
mail-magic-auth-subject-named = Ihr Anmeldecode für { $application }
mail-magic-auth-body = Melden Sie sich mit diesem Code an:
mail-magic-auth-body-named = Melden Sie sich mit diesem Code bei { $application } an:
mail-magic-auth-caution = Wenn Sie ihn nicht angefordert haben, beachten Sie diese E-Mail nicht: Ohne den Code kommt niemand hinein. Geben Sie ihn niemandem, auch nicht jemandem, der sich als Support ausgibt.
mail-email-verification-subject = Bestätigen Sie Ihre E-Mail-Adresse
mail-email-verification-subject-named = Bestätigen Sie Ihre E-Mail-Adresse für { $application }
mail-email-verification-body = Bestätigen Sie mit diesem Code, dass diese Adresse Ihnen gehört:
mail-email-verification-body-named = Bestätigen Sie mit diesem Code für Ihr Konto bei { $application }, dass diese Adresse Ihnen gehört:
mail-email-verification-caution = Wenn Sie ihn nicht angefordert haben, beachten Sie diese E-Mail nicht: Vielleicht hat jemand Ihre Adresse versehentlich eingegeben, und ohne den Code geschieht nichts.
mail-email-change-subject = Bestätigen Sie Ihre neue E-Mail-Adresse
mail-email-change-subject-named = Bestätigen Sie Ihre neue E-Mail-Adresse für { $application }
mail-email-change-body = Machen Sie diese Adresse mit diesem Code zur Adresse Ihres Kontos:
mail-email-change-body-named = Machen Sie diese Adresse mit diesem Code zur Adresse Ihres Kontos bei { $application }:
mail-email-change-caution = Wenn Sie ihn nicht angefordert haben, beachten Sie diese E-Mail nicht: Ohne den Code übernimmt kein Konto Ihre Adresse.
mail-password-reset-subject = Neues Passwort festlegen
mail-password-reset-subject-named = Neues Passwort für { $application } festlegen
mail-password-reset-body = Legen Sie hier ein neues Passwort fest:
mail-password-reset-body-named = Legen Sie hier ein neues Passwort für Ihr Konto bei { $application } fest:
mail-password-reset-button = Neues Passwort festlegen
mail-password-reset-after = Ein neues Passwort meldet Sie überall ab.
mail-password-reset-caution = Wenn Sie es nicht angefordert haben, beachten Sie diese E-Mail nicht: Ihr Passwort bleibt, wie es ist. Geben Sie den Link an niemanden weiter.
mail-invitation-subject = Sie sind eingeladen
mail-invitation-subject-to = Sie sind zu { $name } eingeladen
mail-invitation-subject-inviter = { $inviter } lädt Sie ein
mail-invitation-subject-inviter-to = { $inviter } lädt Sie zu { $name } ein
mail-invitation-body = Sie sind eingeladen, ein Konto zu erstellen. Nehmen Sie die Einladung hier an:
mail-invitation-body-to = Sie sind eingeladen, { $name } beizutreten. Nehmen Sie die Einladung hier an:
mail-invitation-body-on = Sie sind eingeladen, { $organization } bei { $application } beizutreten. Nehmen Sie die Einladung hier an:
mail-invitation-body-inviter = { $inviter } lädt Sie ein, ein Konto zu erstellen. Nehmen Sie die Einladung hier an:
mail-invitation-body-inviter-to = { $inviter } lädt Sie ein, { $name } beizutreten. Nehmen Sie die Einladung hier an:
mail-invitation-body-inviter-on = { $inviter } lädt Sie ein, { $organization } bei { $application } beizutreten. Nehmen Sie die Einladung hier an:
mail-invitation-button = Einladung annehmen
mail-invitation-lifetime = Der Link ist nur für Sie bestimmt und gilt { $duration }, und nur einmal.
mail-invitation-caution = Wenn Sie nicht wissen, von wem sie ist, beachten Sie diese E-Mail nicht: Es geschieht nichts, solange Sie nicht annehmen.

sms-code = Ihr Code lautet { $code }. Er gilt { $duration }.
sms-code-named = Ihr Code für { $application } lautet { $code }. Er gilt { $duration }.

factor-lead-phone = Geben Sie die sechs Ziffern ein, die wir an Ihr Telefon { $telephone } gesendet haben. Sie gelten { $duration }.
factor-confirm-phone = Telefon bestätigen
factor-none-yet = Noch keine Nachricht erhalten?
factor-other-way = Anderen Weg versuchen
factor-set-up-other-way = Anderen Weg einrichten
factor-choice-lead = Ihr Konto braucht einen zweiten Schritt. Wie möchten Sie ihn ausführen?
factor-app = Authenticator-App
factor-app-hint = Funktioniert ohne Netz und kann nicht abgefangen werden.
factor-text = Textnachricht
factor-text-hint = Wir senden einen Code an Ihr Telefon.
factor-ways-lead = Wie möchten Sie den zweiten Schritt ausführen?
factor-use-app = Authenticator-App verwenden
factor-use-text = Textnachricht an { $telephone } erhalten
signing-in-as = Anmeldung als { $email }.
recovery-use = Wiederherstellungscode verwenden
recovery-lead = Geben Sie einen der Codes ein, die Sie beim Einrichten der Anmeldung in zwei Schritten gespeichert haben. Jeder gilt einmal.
recovery-code = Wiederherstellungscode
recovery-hint = Sechzehn Buchstaben und Ziffern, etwa { $example }.
recovery-renew = Neue Wiederherstellungscodes erstellen. Die alten gelten dann nicht mehr.
recovery-codes-title = Wiederherstellungscodes speichern
recovery-codes-lead = Wenn Sie Ihr Telefon oder Ihre App verlieren, kommen Sie mit einem dieser Codes hinein. Jeder gilt einmal. Sie werden nur jetzt angezeigt; bewahren Sie sie sicher auf, bevor Sie fortfahren.
recovery-codes-download = Als Datei herunterladen
recovery-codes-keep = Sie können diese Seite auch drucken oder die Codes kopieren.
recovery-codes-saved = Ich habe sie gespeichert
telephone-title = Telefon einrichten
telephone-lead = Wir senden bei jeder Anmeldung einen Code dorthin.
telephone-number = Telefonnummer
telephone-hint = Mit Ländervorwahl, etwa { $example }.
telephone-submit = Code senden
problem-way-gone = Diesen Weg gibt es nicht mehr. Wählen Sie einen anderen.
problem-text-code = Der Code ist falsch. Prüfen Sie jede Ziffer des neuesten Codes.
problem-text-code-old = Der Code ist zu alt. Fordern Sie einen neuen an.
problem-text-not-sent = Im Moment konnte keine Nachricht gesendet werden: Dieses Telefon hat zu viele erhalten oder kann keine empfangen. Warten Sie einige Minuten oder versuchen Sie einen anderen Weg.
problem-telephone = An diese Telefonnummer können wir keine Nachricht senden.

passkey-title = Passkey verwenden
passkey-lead = Ihr Gerät fragt nach Fingerabdruck, Gesicht oder Bildschirmsperre, um mit { $application } fortzufahren.
passkey-unavailable = Dieser Browser kann hier keine Passkeys verwenden, oder Skripte sind ausgeschaltet.
passkey-sign-in = Mit Passkey anmelden
passkey-instead = Stattdessen einen Passkey verwenden
passkey-failed = Das hat nicht geklappt. Versuchen Sie es erneut oder wählen Sie einen anderen Weg.
passkey-offer-title = Nächstes Mal schneller anmelden
passkey-offer-lead = Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder Bildschirmsperre an. Niemand kann ihn stehlen oder erraten, und Sie müssen kein Passwort eingeben.
passkey-offer-create = Passkey erstellen
passkey-offer-later = Jetzt nicht
passkeys-title = Ihre Passkeys
passkeys-lead = Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder Bildschirmsperre an.
passkeys-none = Sie haben noch keinen Passkey.
passkeys-add = Passkey hinzufügen
passkeys-confirm = Um hier etwas zu ändern, zeigen Sie noch einmal, dass Sie es sind.
passkeys-added-on = Hinzugefügt am { $date }
passkeys-used-on = Zuletzt verwendet am { $date }
passkeys-synchronized = Auf allen Ihren Geräten
passkeys-change = Umbenennen oder entfernen
passkeys-change-named = Umbenennen oder entfernen: { $name }
name = Name
save = Speichern
remove = Entfernen
remove-named = Entfernen: { $name }
passkey-added = Der Passkey wurde hinzugefügt.
passkey-renamed = Der Passkey wurde umbenannt.
passkey-removed = Der Passkey wurde entfernt. Löschen Sie ihn auch auf Ihrem Gerät oder in Ihrem Passwortmanager.
problem-passkey-late = Das hat zu lange gedauert. Versuchen Sie es erneut.
problem-passkey-refused = Dieser Passkey wurde nicht angenommen. Versuchen Sie es erneut oder melden Sie sich auf einem anderen Weg an.
problem-passkey-removed = Dieser Passkey wurde aus Ihrem Konto entfernt. Melden Sie sich auf einem anderen Weg an.
problem-passkey-copied = Dieser Passkey wurde nicht angenommen, weil es eine Kopie davon zu geben scheint. Melden Sie sich auf einem anderen Weg an und entfernen Sie ihn aus Ihrem Konto.
problem-passkey-known = Dieser Passkey wird bereits verwendet.
problem-passkey-many = Sie haben so viele Passkeys, wie möglich sind. Entfernen Sie zuerst einen.
problem-passkey-name = Geben Sie dem Passkey einen Namen von höchstens { $count } Zeichen.
failure-signed-out = In diesem Browser ist niemand angemeldet. Melden Sie sich zuerst bei Ihrer Anwendung an und kommen Sie dann wieder.
failure-acting = Wer im Namen eines Benutzers handelt, kann nicht ändern, wie dieser sich anmeldet.

device-title = Gerät verbinden
device-lead = Geben Sie den Code ein, den Ihr Gerät anzeigt.
device-code = Gerätecode
device-code-caution = Geben Sie nur einen Code ein, den Sie selbst auf einem Gerät vor Ihnen angefordert haben. Niemand, der Ihnen hilft, braucht einen.
device-approve-title = Darf sich dieses Gerät anmelden?
device-approve-lead = Es wird in { $application } in Ihrem Namen handeln. Vergleichen Sie den Code mit dem, den es anzeigt:
device-account = Konto
device-organization = Organisation
device-from = Angefragt von
device-program = Programm
device-caution = Hat Ihnen jemand diesen Code oder den Link zu dieser Seite geschickt? Dann lehnen Sie ab: Diese Person käme in Ihr Konto.
device-yes = Ja, das ist mein Gerät
device-no = Nein, nicht zulassen
device-wrong-account = Nicht das richtige Konto?
device-other-account = Mit einem anderen anmelden
device-approved-title = Ihr Gerät ist angemeldet
device-approved-lead = Kehren Sie zum Gerät zurück. Sie können diese Seite schließen.
device-denied-title = Das Gerät bleibt draußen
device-denied-lead = Niemand wurde angemeldet. Wenn Sie dies nicht selbst begonnen haben, hat vielleicht jemand versucht, in Ihr Konto zu gelangen: Wenden Sie sich an den Betreiber von { $application }.
problem-device-code = Mit diesem Code wartet kein Gerät. Prüfen Sie ihn oder beginnen Sie auf dem Gerät von vorn.

acting-label = Handeln im Namen eines Benutzers
acting = { $impersonator } handelt als { $user }.
acting-stop = Beenden
acting-title = Als { $user } handeln
impersonation-lead = { $impersonator } wird für { $minutes } Minuten als diese Person bei { $application } angemeldet. Die Sitzung hält fest, wer handelt und warum:
impersonation-lead-organization = { $impersonator } wird für { $minutes } Minuten als diese Person bei { $application } in { $organization } angemeldet. Die Sitzung hält fest, wer handelt und warum:
failure-impersonation-over = Dieser Link ist nicht mehr gültig: Er wurde schon verwendet oder ist älter als zehn Minuten. Erstellen Sie einen neuen.
onward-title = Einen Moment
onward-lead = Sie werden zu { $application } geleitet …
another-way-title = Auf einem anderen Weg anmelden
another-way-sso = Zu { $name } gelangt man nur über die eigene Anmeldung (Single Sign-on). Beginnen Sie dort oder fragen Sie die Administration nach dem Zugang.
another-way-sso-only = Zu { $name } gelangt man nur über die eigene Anmeldung (Single Sign-on).
another-way-choose = { $name } hat eine eigene Anmeldung (Single Sign-on). Diese Wege stehen Ihnen offen:
another-way-sso-go = Weiter mit Single Sign-on
sso-title = Single Sign-on
sso-lead = Sie werden zur Anmeldung von { $name } geleitet …
another-way-open = { $name } erlaubt den Weg nicht, auf dem Sie gekommen sind. Dieser Weg steht Ihnen offen:
another-way-none = { $name } erlaubt den Weg nicht, auf dem Sie gekommen sind. Fragen Sie die Administration nach dem Zugang.
another-way-code = Code per E-Mail erhalten
another-way-password = Passwort verwenden
problem-organization-method = Diese Organisation erlaubt den Weg nicht, auf dem Sie sich angemeldet haben. Wählen Sie eine andere oder melden Sie sich auf einem anderen Weg an.
provider-continue = Mit { $provider } fortfahren
problem-provider-denied = Dort hat sich niemand angemeldet. Versuchen Sie es erneut oder melden Sie sich auf einem anderen Weg an.
problem-provider = Die Anmeldung dort hat nicht geklappt. Versuchen Sie es erneut oder melden Sie sich auf einem anderen Weg an.
problem-provider-outside = Die Organisation lässt dieses Konto nicht zu. Verwenden Sie ein Konto der Organisation oder fragen Sie die Administration.
problem-recovery-code = Das ist keiner Ihrer Wiederherstellungscodes, oder er wurde bereits verwendet.

mail-magic-link-subject = Ihr Anmeldelink
mail-magic-link-subject-named = Ihr Anmeldelink für { $application }
mail-magic-link-body = Melden Sie sich mit diesem Link an:
mail-magic-link-body-named = Melden Sie sich mit diesem Link bei { $application } an:
mail-magic-link-button = Anmelden
mail-magic-link-caution = Falls Sie dies nicht angefordert haben, ignorieren Sie diese E-Mail: Ohne den Link kommt niemand hinein. Geben Sie ihn nicht weiter.
mail-email-change-button = Adresse bestätigen
mail-waitlist-subject = Sie stehen auf der Warteliste
mail-waitlist-subject-named = Sie stehen auf der Warteliste von { $application }
mail-waitlist-body = Wir schreiben Ihnen wieder, sobald Sie an der Reihe sind. Bis dahin müssen Sie nichts tun.
mail-waitlist-caution = Falls Sie dies nicht angefordert haben, ignorieren Sie diese E-Mail: Vielleicht hat jemand versehentlich Ihre Adresse eingegeben.
failure-email-change-over = Dieser Link ist nicht mehr gültig: Er wurde verwendet, ist zu alt, oder es wurde ein neuerer gesendet. Fordern Sie dort einen neuen an, wo Sie Ihre Adresse ändern.
failure-magic-link-over = Dieser Link ist nicht mehr gültig: Er wurde verwendet oder ist zu alt. Fordern Sie dort einen neuen an, wo Sie sich anmelden.
email-change-title = Neue E-Mail-Adresse bestätigen
email-change-lead = Von nun an melden Sie sich bei { $application } mit dieser Adresse an:
email-change-submit = Adresse ändern
email-change-done-title = E-Mail-Adresse geändert
email-change-done-lead = Verwenden Sie von nun an diese Adresse. Sie können die Seite schließen.
email-new = Neue E-Mail-Adresse
email-change-mailed = Ein Link, der die neue Adresse bestätigt, ist dorthin unterwegs, sofern sie noch niemand hat.
problem-email-same = Das ist bereits Ihre E-Mail-Adresse.
problem-email-managed = Ihre E-Mail-Adresse wird von Ihrer Organisation festgelegt und kann hier nicht geändert werden.
magic-link-title = Anmelden
magic-link-lead = Noch ein Klick, und Sie sind bei { $application } angemeldet als:
waitlist-title = Auf die Warteliste
waitlist-lead = { $application } nimmt nach und nach neue Nutzer auf. Hinterlassen Sie Ihre E-Mail-Adresse, dann schreiben wir Ihnen, sobald Sie an der Reihe sind.
waitlist-joined-title = Vielen Dank
waitlist-joined-lead = Wir schreiben an diese Adresse, sobald Sie an der Reihe sind:
mail-passkey-added-subject = Ihrem Konto wurde ein Passkey hinzugefügt
mail-passkey-added-subject-named = Ihrem Konto bei { $application } wurde ein Passkey hinzugefügt
mail-passkey-added-body = Mit diesem Passkey kann man sich ab jetzt bei Ihrem Konto anmelden: { $name }
mail-passkey-added-body-named = Mit diesem Passkey kann man sich ab jetzt bei Ihrem Konto bei { $application } anmelden: { $name }
mail-passkey-added-caution = Falls Sie das nicht waren, war jemand anderes in Ihrem Konto: Entfernen Sie den Passkey und legen Sie ein neues Passwort fest.
mail-recovery-code-used-subject = Ein Wiederherstellungscode für Ihr Konto wurde verwendet
mail-recovery-code-used-subject-named = Ein Wiederherstellungscode für Ihr Konto bei { $application } wurde verwendet
mail-recovery-code-used-body = Soeben hat sich jemand mit einem Ihrer Wiederherstellungscodes bei Ihrem Konto angemeldet. Er gilt jetzt nicht mehr.
mail-recovery-code-used-body-named = Soeben hat sich jemand mit einem Ihrer Wiederherstellungscodes bei Ihrem Konto bei { $application } angemeldet. Er gilt jetzt nicht mehr.
mail-recovery-code-used-left = Verbleibende Codes: { $count }
mail-recovery-code-used-caution = Falls Sie das nicht waren, war jemand anderes in Ihrem Konto: Legen Sie ein neues Passwort fest und erstellen Sie neue Wiederherstellungscodes.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Melden Sie sich gerade an?
mail-radar-challenge-subject-named = Melden Sie sich gerade bei { $application } an?
mail-radar-challenge-body = Jemand meldet sich auf ungewöhnliche Weise bei Ihrem Konto an. Wenn Sie es sind, fahren Sie mit diesem Code fort:
mail-radar-challenge-body-named = Jemand meldet sich auf ungewöhnliche Weise bei Ihrem Konto bei { $application } an. Wenn Sie es sind, fahren Sie mit diesem Code fort:
mail-radar-challenge-caution = Wenn Sie es nicht sind, geben Sie den Code niemandem und ändern Sie Ihr Passwort: Jemand scheint es zu kennen.
challenge-title = Bestätigen Sie, dass Sie es sind
challenge-lead = Diese Anmeldung ist ungewöhnlich. Geben Sie die sechs Ziffern ein, die wir Ihnen per E-Mail geschickt haben. Sie gelten { $duration }.
challenge-lead-phone = Geben Sie die sechs Ziffern ein, die wir an { $telephone } gesendet haben. Sie gelten { $duration }.
challenge-phone-lead = Um Programme fernzuhalten, senden wir einmalig einen Code an Ihr Telefon.
challenge-change-phone = Andere Nummer verwenden
blocked-title = Von hier aus können Sie sich nicht anmelden
blocked-lead = Dieser Versuch wurde zum Schutz der Konten gestoppt. Wenn Sie das für einen Irrtum halten, bitten Sie dort um Hilfe, woher Sie gekommen sind.
blocked-back = Zurück

## Nachrichten an die Betreiber der Anwendung

mail-webhook-endpoint-disabled-subject = Ein Webhook-Endpunkt wurde deaktiviert
mail-webhook-endpoint-disabled-subject-named = Ein Webhook-Endpunkt von { $application } wurde deaktiviert
mail-webhook-endpoint-disabled-body = An diesen Webhook-Endpunkt konnte lange Zeit nichts zugestellt werden, daher wurde er deaktiviert: { $endpoint }
mail-webhook-endpoint-disabled-body-named = An diesen Webhook-Endpunkt von { $application } konnte lange Zeit nichts zugestellt werden, daher wurde er deaktiviert: { $endpoint }
mail-webhook-endpoint-disabled-caution = Sobald er wieder funktioniert, aktivieren Sie ihn und stellen Sie das Versäumte erneut zu.

denied-title = Sie können nicht fortfahren
denied-lead = Die Anwendung lässt Sie nicht ein. Wenn Sie das für einen Irrtum halten, bitten Sie dort um Hilfe, woher Sie gekommen sind.

portal-open-title = { $organization } einrichten
portal-open-lead = In { $application } können Sie diese Organisation einrichten. Der Link öffnet das Portal einmal, in diesem Browser.
portal-open-submit = Portal öffnen
portal-sso-hint = Lassen Sie Ihre Leute sich dort anmelden, wo sie arbeiten
portal-domains = Domains
portal-domains-hint = Weisen Sie nach, dass Ihre Domains Ihnen gehören
portal-certificates = Zertifikate
portal-certificates-hint = Erneuern Sie die Zertifikate Ihres Identitätsanbieters
portal-audit-logs = Audit-Protokoll
portal-audit-logs-hint = Sehen Sie, wer was getan hat, und laden Sie es als Datei herunter
portal-log-streams = Protokollstreams
portal-log-streams-hint = Senden Sie das Audit-Protokoll dorthin, wo Sie Protokolle aufbewahren
portal-return = Zurück zu { $application }
portal-back = Zurück
portal-finish = Fertig
portal-done-title = Vielen Dank
portal-done-lead = { $organization } ist so eingerichtet, wie Sie es verlassen haben. Sie können diese Seite schließen.
portal-refused = Das wurde nicht angenommen.
portal-saved = Es wurde gespeichert.
portal-removed = Es wurde entfernt.
portal-sent = Der Empfänger hat das Testereignis angenommen.
portal-looking = Wir suchen nach dem Eintrag. Laden Sie die Seite in einer Minute neu.
portal-state-draft = Noch nicht eingerichtet
portal-state-validating = Bereit zum Testen
portal-state-active = Ein
portal-state-inactive = Aus
portal-state-pending = Noch nicht nachgewiesen
portal-state-verified = Nachgewiesen
portal-state-failed = Nicht rechtzeitig nachgewiesen
portal-state-error = Kommt nicht durch
portal-state-invalid = Lehnt die Zugangsdaten ab
portal-sso-none = Es gibt noch keine Verbindung zu einem Identitätsanbieter.
portal-sso-add = Identitätsanbieter hinzufügen
portal-provider = Identitätsanbieter
portal-provider-saml = Ein anderer, per SAML
portal-provider-oidc = Ein anderer, per OpenID Connect
portal-copy = 1. Richten Sie bei Ihrem Identitätsanbieter eine Anwendung ein
portal-copy-hint = Kopieren Sie dies dorthin:
portal-give = 2. Sagen Sie uns, wo Ihr Identitätsanbieter ist
portal-give-hint = Er zeigt dies an, sobald die Anwendung eingerichtet ist.
portal-by-url = Mit der Adresse seiner Metadaten
portal-by-file = Mit dem Text seiner Metadaten
portal-by-hand = Von Hand
portal-attributes = 3. Was wir von jeder Person lesen
portal-attributes-hint = Übliche Namen werden von selbst gefunden. Schreiben Sie auf, was Ihr Identitätsanbieter anders nennt.
portal-attribute-id = ID
portal-attribute-groups = Gruppen
portal-use = 4. Testen und einschalten
portal-test = Anmeldung testen
portal-test-hint = Sie melden sich bei Ihrem Identitätsanbieter an und sehen, was uns mitgeteilt wird. Bei { $application } werden Sie dadurch nicht angemeldet. Die erste gelungene Anmeldung schaltet die Verbindung ein.
portal-test-title = Was zurückkam
portal-test-good = Es funktioniert. Das wird uns über Sie mitgeteilt:
portal-test-failed = Es funktioniert noch nicht.
portal-test-raw = Alles, was mitgeteilt wurde
portal-activate = Einschalten
portal-activate-hint = Von da an melden sich Ihre Leute darüber an.
portal-deactivate = Ausschalten
portal-deactivate-hint = Niemand meldet sich mehr darüber an, bis Sie sie wieder einschalten. Wer angemeldet ist, bleibt es.
portal-delete = Löschen
portal-delete-sure = Ja, ich bin sicher
portal-delete-connection = Niemand kann sich mehr darüber anmelden, und um sie zurückzubekommen, muss sie neu eingerichtet werden.
portal-delete-stream = Es werden keine Ereignisse mehr gesendet, und die Zugangsdaten werden vergessen. Das Audit-Protokoll bleibt.
problem-portal-sure = Kreuzen Sie an, dass Sie sicher sind.
portal-domains-none = Es gibt noch keine Domain.
portal-domain = Domain
portal-domain-add = Domain hinzufügen
portal-domain-record = Legen Sie diesen Eintrag dort an, wo die Domain verwaltet wird. Wir suchen immer wieder danach.
portal-domain-check = Jetzt prüfen
portal-domain-remove = Wer dort eine Adresse hat, gilt nicht mehr als einer von Ihnen.
portal-type = Typ
portal-value = Wert
portal-certificates-none = Keine Verbindung hat ein Zertifikat.
portal-certificate-ends = Endet am { $date }
portal-certificate-soon = Endet bald: am { $date }
portal-certificate-over = Endete am { $date }
portal-certificate = Zertifikat
portal-certificate-add = Neues Zertifikat hinzufügen
portal-certificate-hint = Beide gelten nebeneinander. Entfernen Sie das alte, wenn Ihr Identitätsanbieter das neue verwendet.
portal-read-again = Metadaten neu lesen
portal-read-again-hint = Ihr Identitätsanbieter teilt uns seine Zertifikate einmal am Tag von selbst mit.
portal-events-none = Es gibt keine solchen Ereignisse.
portal-search = Suchen
portal-action = Aktion
portal-newer = Neuere
portal-older = Ältere
portal-export = Als CSV exportieren
portal-export-hint = Eine Datei mit den Ereignissen der letzten 90 Tage.
portal-export-pending = Die Datei wird erstellt. Laden Sie diese Seite gleich noch einmal.
portal-export-ready = Die Datei ist fertig.
portal-export-download = Datei herunterladen
portal-export-failed = Die Datei konnte nicht erstellt werden. Versuchen Sie es später noch einmal.
portal-streams-none = Das Audit-Protokoll wird noch nirgendwohin gesendet.
portal-stream-add = Empfänger hinzufügen
portal-receiver = Empfänger
portal-stream-test = Testereignis senden
portal-synced = Zuletzt angenommen am { $date }
portal-waiting = { $count ->
    [one] Ein Ereignis wartet
   *[other] { $count } Ereignisse warten
}
failure-portal-over = Dieser Link funktioniert nicht mehr: Er wurde bereits geöffnet, zurückgenommen oder ist zu alt. Fordern Sie dort einen neuen an, wo Sie ihn bekommen haben.
failure-portal-elsewhere = Der Link, über den Sie gekommen sind, war für etwas anderes. Fordern Sie dort einen anderen an, wo Sie ihn bekommen haben.
