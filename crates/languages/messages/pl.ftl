# Polski

duration-seconds = { $count ->
    [one] sekundę
    [few] { $count } sekundy
   *[many] { $count } sekund
}
duration-minutes = { $count ->
    [one] minutę
    [few] { $count } minuty
   *[many] { $count } minut
}
duration-hours = { $count ->
    [one] godzinę
    [few] { $count } godziny
   *[many] { $count } godzin
}
duration-days = { $count ->
    [one] dzień
   *[many] { $count } dni
}
date = { $day } { $month ->
    [1] stycznia
    [2] lutego
    [3] marca
    [4] kwietnia
    [5] maja
    [6] czerwca
    [7] lipca
    [8] sierpnia
    [9] września
    [10] października
    [11] listopada
   *[12] grudnia
} { $year }

error-prefix = Błąd:
problems-title = { $count ->
    [one] Jedna rzecz wymaga poprawy:
    [few] { $count } rzeczy wymagają poprawy:
   *[many] { $count } rzeczy wymaga poprawy:
}
development-inbox = Serwer deweloperski: wiadomości trafiają do skrzynki
email = Adres e-mail
password = Hasło
new-password = Nowe hasło
code = Kod
show = Pokaż
hide = Ukryj
change = Zmień
change-address = Zmień adres
or = lub
sign-in = Zaloguj się
verify = Potwierdź
back-to-sign-in = Wróć do logowania
use-another-account = Użyj innego konta
terms-of-service = Warunki korzystania
privacy-policy = Polityka prywatności
support = Pomoc

sign-in-title = Logowanie
sign-in-lead = aby przejść do { $application }
continue = Dalej
sign-in-new-here = Pierwszy raz w { $application }?
sign-in-create = Utwórz konto

password-title = Podaj hasło
password-heading = Witamy ponownie
password-lead = Podaj hasło, aby przejść do { $application }.
password-forgotten = Nie pamiętasz hasła?
password-code-instead = Wyślij mi kod e-mailem

sign-up-title = Utwórz konto
sign-up-lead = aby przejść do { $application }
sign-up-joining = Dołączasz do { $organization } w { $application }.
first-name = Imię
last-name = Nazwisko
sign-up-submit = Utwórz konto
sign-up-known = Masz już konto?

code-title = Sprawdź pocztę
verify-email-title = Potwierdź adres e-mail
code-lead = Wpisz sześć cyfr, które wysłaliśmy e-mailem. Są ważne przez { $duration }.
code-none-yet = Nie ma jeszcze wiadomości?
code-send-again = Wyślij nowy kod
code-password-instead = Użyj hasła
code-on-its-way = Nowy kod jest w drodze. Zastępuje poprzedni.

forgotten-title = Zresetuj hasło
forgotten-lead = Wyślemy link, dzięki któremu można wybrać nowe hasło.
forgotten-submit = Wyślij link
reset-sent-title = Sprawdź pocztę
reset-sent-lead = Jeśli istnieje konto z tym adresem, link do zresetowania hasła jest w drodze. Jest ważny przez { $duration }.
reset-title = Wybierz nowe hasło
reset-lead = Zastąpi ono wszędzie stare hasło, a inne urządzenia zostaną wylogowane.
reset-submit = Ustaw nowe hasło
reset-done-title = Hasło zmienione
reset-done-lead = Od teraz używaj nowego hasła. Wszystkie inne sesje zostały zakończone.
reset-done-go-back = Wróć do { $application }, aby się zalogować.

factor-title = Logowanie dwuetapowe
factor-lead-app = Wpisz sześć cyfr, które aplikacja uwierzytelniająca pokazuje w tej chwili.
enrolment-title = Skonfiguruj logowanie dwuetapowe
enrolment-lead = Twoje konto wymaga drugiego etapu. Wystarczy dowolna aplikacja uwierzytelniająca.
enrolment-scan = Zeskanuj ten obraz aplikacją uwierzytelniającą.
enrolment-open = Otwórz na tym urządzeniu
enrolment-picture = Obraz do zeskanowania aplikacją uwierzytelniającą
enrolment-key = Nie masz aparatu? Wpisz ten klucz w aplikacji:
enrolment-code = Wpisz sześć cyfr, które pokazuje aplikacja.

organization-title = Wybierz organizację
organization-lead = Należysz do kilku organizacji. Później możesz zmienić wybór.
organization-signed-in-as = Zalogowano jako { $email }.
invitation-title = Dołącz do { $name }
invitation-lead-inviter-organization = { $inviter } zaprasza Cię do współpracy z { $organization } w { $application }. Zaproszenie jest dla tego adresu:
invitation-lead-inviter = { $inviter } zaprasza Cię do { $application }. Zaproszenie jest dla tego adresu:
invitation-lead-organization = Otrzymujesz zaproszenie do współpracy z { $organization } w { $application }. Zaproszenie jest dla tego adresu:
invitation-lead = Otrzymujesz zaproszenie do { $application }. Zaproszenie jest dla tego adresu:
invitation-accept = Przyjmij zaproszenie
invitation-unexpected = To niespodziewane? Możesz zamknąć stronę; nic się nie stanie.
returning-title = Zalogowano
returning-heading = Logowanie zakończone
returning-lead = Powrót do { $application }…
returning-stuck = Nic się nie dzieje?
returning-by-hand = Przejdź ręcznie
signed-out-title = Wylogowano
signed-out-heading = Nastąpiło wylogowanie
signed-out-lead = Do zobaczenia. Na wspólnym komputerze zamknij także okno przeglądarki.
signed-out-again = Zaloguj się ponownie

problem-credentials = Ten adres e-mail i to hasło nie pasują do siebie.
problem-code = Ten kod jest nieprawidłowy lub zbyt stary. Sprawdź każdą cyfrę najnowszego kodu albo poproś o nowy.
problem-code-used = Ten kod został już użyty. Poproś o nowy.
problem-app-code = Ten kod jest nieprawidłowy. Użyj kodu, który jest teraz wyświetlany.
problem-app-code-used = Ten kod został już użyty. Poczekaj na następny.
problem-app-code-attempts = Podano zbyt wiele błędnych kodów. Odczekaj chwilę, a potem zaloguj się ponownie.
problem-organization = To konto nie należy do wybranej organizacji. Użyj innego konta lub poproś o zaproszenie.
problem-not-a-member = To konto już tam nie należy. Wybierz inną organizację.
problem-invitation = Zaproszenie zostało już użyte lub wygasło.
problem-invitation-sign-in = Zaproszenie zostało już użyte lub wygasło. Jeśli masz konto, zaloguj się na nie.
problem-invitation-address = Zaproszenie jest dla innego adresu.
problem-sign-up-closed = Bez zaproszenia nie można tu utworzyć konta.
problem-password-disabled = Logowanie hasłem nie jest tu możliwe.
problem-method = Ten sposób logowania nie jest tu możliwy.
problem-busy = Serwis jest w tej chwili przeciążony. Spróbuj za moment.
problem-too-many = Było zbyt wiele prób. Odczekaj { $duration } i spróbuj ponownie.
problem-late = Minęło zbyt dużo czasu i to logowanie wygasło. Zacznij od nowa.
problem-email-missing = Podaj adres e-mail.
problem-email = „{ $typed }” nie jest adresem e-mail. Adres wygląda jak nazwa@example.com.
problem-email-taken = Istnieje już konto z tym adresem e-mail. Zaloguj się na nie.
problem-name-length = Ta nazwa jest za długa.

password-hint = Co najmniej { $count } znaków. Dobrze sprawdza się kilka niezwiązanych ze sobą słów.
password-hint-with = Co najmniej { $count } znaków, w tym { $kinds }. Dobrze sprawdza się kilka niezwiązanych ze sobą słów.
kind-lowercase = mała litera
kind-uppercase = wielka litera
kind-number = cyfra
kind-symbol = znak specjalny
kinds-and = { $first } i { $last }
kinds-comma = { $first }, { $rest }
password-too-short = Minimalna długość hasła to { $count } znaków.
password-too-long = Maksymalna długość hasła to { $count } znaków.
password-contains-email = Hasło nie może zawierać adresu e-mail.
password-lacks = W haśle brakuje: { $kinds }.
password-used-before = To hasło było już używane. Wybierz inne.
password-too-weak = Hasło jest zbyt łatwe do odgadnięcia.
password-weak-common = Jest bardzo popularne lub podobne do popularnego.
password-weak-keyboard = Układy klawiszy są łatwe do odgadnięcia.
password-weak-repeats = Powtórzenia są łatwe do odgadnięcia.
password-weak-sequence = Ciągi takie jak abc lub 6543 są łatwe do odgadnięcia.
password-weak-date = Daty i lata są łatwe do odgadnięcia.
password-weak-word = Pojedyncze słowo jest łatwe do odgadnięcia.
password-weak-name = Imiona i nazwiska są łatwe do odgadnięcia.

failure-request-id = Prosząc o pomoc, podaj ten identyfikator żądania:
failure-detail = Szczegóły:
failure-title-invalid = Nie udało się
failure-title-forbidden = Stąd nie można przejść dalej
failure-title-not-found = Nic tu nie ma
failure-title-over = To już wygasło
failure-title-too-large = To było za dużo
failure-title-timeout = To trwało zbyt długo
failure-title-too-many = Zbyt wiele prób
failure-title-internal = Coś poszło nie tak
failure-title-unavailable = Nie w tej chwili
failure-invalid = Wróć do poprzedniego miejsca i spróbuj ponownie.
failure-internal = Błąd leży po naszej stronie. Spróbuj za chwilę; jeśli się powtórzy, powiadom operatora tego serwisu.
failure-sign-in-over = To logowanie zostało zakończone, trwało ponad godzinę lub zaczęło się w innej przeglądarce. Wróć do aplikacji i zacznij od nowa.
failure-link-over = Ten link już nie działa: został użyty, ma ponad godzinę lub wysłano nowszy. Poproś o nowy na stronie logowania.
failure-invitation-over = To zaproszenie zostało już przyjęte, wycofane lub wygasło. Jeśli masz konto, zaloguj się na nie; jeśli nie, poproś o nowe zaproszenie.
failure-invitation-nowhere = Aplikacja nie ma jeszcze adresu, pod który można przejść. Powiadom osobę, która wysłała zaproszenie.
failure-form = Formularz nie pochodzi z tej strony w tej przeglądarce. Być może pliki cookie są wyłączone albo strona pochodzi sprzed zamknięcia przeglądarki. Wróć, odśwież stronę i spróbuj jeszcze raz.

mail-code-lifetime = Kod działa jeden raz i jest ważny przez { $duration }.
mail-link-lifetime = Link działa jeden raz i jest ważny przez { $duration }.
mail-link-stuck = Jeśli przycisk nie działa, otwórz ten adres w przeglądarce:
mail-magic-auth-subject = Twój kod logowania
mail-magic-auth-subject-named = Twój kod logowania do { $application }
mail-magic-auth-body = Zaloguj się tym kodem:
mail-magic-auth-body-named = Zaloguj się do { $application } tym kodem:
mail-magic-auth-caution = Jeśli to nie Twoja prośba, zignoruj tę wiadomość: bez kodu nikt nie wejdzie. Nie podawaj go nikomu, nawet komuś, kto twierdzi, że jest z pomocy technicznej.
mail-email-verification-subject = Potwierdź adres e-mail
mail-email-verification-subject-named = Potwierdź adres e-mail dla { $application }
mail-email-verification-body = Potwierdź tym kodem, że ten adres należy do Ciebie:
mail-email-verification-body-named = Potwierdź tym kodem, że ten adres należy do Ciebie, dla konta w { $application }:
mail-email-verification-caution = Jeśli to nie Twoja prośba, zignoruj tę wiadomość: ktoś mógł pomyłkowo wpisać Twój adres, a bez kodu nic się nie stanie.
mail-email-change-subject = Potwierdź nowy adres e-mail
mail-email-change-subject-named = Potwierdź nowy adres e-mail dla { $application }
mail-email-change-body = Ustaw ten adres jako adres swojego konta tym kodem:
mail-email-change-body-named = Ustaw ten adres jako adres swojego konta w { $application } tym kodem:
mail-email-change-caution = Jeśli to nie Twoja prośba, zignoruj tę wiadomość: bez kodu żadne konto nie przejmie Twojego adresu.
mail-password-reset-subject = Ustaw nowe hasło
mail-password-reset-subject-named = Ustaw nowe hasło do { $application }
mail-password-reset-body = Ustaw tutaj nowe hasło:
mail-password-reset-body-named = Ustaw tutaj nowe hasło do konta w { $application }:
mail-password-reset-button = Ustaw nowe hasło
mail-password-reset-after = Nowe hasło oznacza wylogowanie ze wszystkich urządzeń.
mail-password-reset-caution = Jeśli to nie Twoja prośba, zignoruj tę wiadomość: hasło pozostanie bez zmian. Nie przekazuj nikomu tego linku.
mail-invitation-subject = Masz zaproszenie
mail-invitation-subject-to = Masz zaproszenie do { $name }
mail-invitation-subject-inviter = { $inviter } zaprasza Cię
mail-invitation-subject-inviter-to = { $inviter } zaprasza Cię do { $name }
mail-invitation-body = Otrzymujesz zaproszenie do utworzenia konta. Przyjmij je tutaj:
mail-invitation-body-to = Otrzymujesz zaproszenie do { $name }. Przyjmij je tutaj:
mail-invitation-body-on = Otrzymujesz zaproszenie do { $organization } w { $application }. Przyjmij je tutaj:
mail-invitation-body-inviter = { $inviter } zaprasza Cię do utworzenia konta. Przyjmij zaproszenie tutaj:
mail-invitation-body-inviter-to = { $inviter } zaprasza Cię do { $name }. Przyjmij zaproszenie tutaj:
mail-invitation-body-inviter-on = { $inviter } zaprasza Cię do { $organization } w { $application }. Przyjmij zaproszenie tutaj:
mail-invitation-button = Przyjmij zaproszenie
mail-invitation-lifetime = Link jest tylko dla Ciebie, działa jeden raz i jest ważny przez { $duration }.
mail-invitation-caution = Jeśli nie wiesz, od kogo jest ta wiadomość, zignoruj ją: nic się nie stanie bez przyjęcia zaproszenia.

sms-code = Twój kod to { $code }. Jest ważny przez { $duration }.
sms-code-named = Twój kod { $application } to { $code }. Jest ważny przez { $duration }.

factor-lead-phone = Wpisz sześć cyfr, które wysłaliśmy na telefon { $telephone }. Są ważne przez { $duration }.
factor-confirm-phone = Potwierdź telefon
factor-none-yet = Nie ma jeszcze wiadomości?
factor-other-way = Spróbuj inaczej
factor-set-up-other-way = Skonfiguruj inny sposób
factor-choice-lead = Twoje konto wymaga drugiego etapu. W jaki sposób chcesz go wykonywać?
factor-app = Aplikacja uwierzytelniająca
factor-app-hint = Działa bez sieci i nie można jej przechwycić.
factor-text = SMS
factor-text-hint = Wyślemy kod na Twój telefon.
factor-ways-lead = W jaki sposób chcesz wykonać drugi etap?
factor-use-app = Użyj aplikacji uwierzytelniającej
factor-use-text = Otrzymaj SMS na numer { $telephone }
signing-in-as = Logowanie jako { $email }.
recovery-use = Użyj kodu odzyskiwania
recovery-lead = Wpisz jeden z kodów zapisanych podczas konfigurowania logowania dwuetapowego. Każdy działa jeden raz.
recovery-code = Kod odzyskiwania
recovery-hint = Szesnaście liter i cyfr, na przykład { $example }.
recovery-renew = Utwórz nowe kody odzyskiwania. Stare przestaną działać.
recovery-codes-title = Zapisz kody odzyskiwania
recovery-codes-lead = W razie utraty telefonu lub aplikacji jeden z tych kodów umożliwi Ci wejście. Każdy działa jeden raz. Są pokazywane tylko teraz, dlatego przed przejściem dalej przechowaj je w bezpiecznym miejscu.
recovery-codes-download = Pobierz je jako plik
recovery-codes-keep = Możesz też wydrukować tę stronę lub je skopiować.
recovery-codes-saved = Kody są zapisane
telephone-title = Skonfiguruj telefon
telephone-lead = Przy każdym logowaniu wyślemy na niego kod.
telephone-number = Numer telefonu
telephone-hint = Z numerem kierunkowym kraju, na przykład { $example }.
telephone-submit = Wyślij kod
problem-way-gone = Tego sposobu już nie ma. Wybierz inny.
problem-text-code = Ten kod jest nieprawidłowy. Sprawdź każdą cyfrę najnowszego.
problem-text-code-old = Ten kod jest zbyt stary. Poproś o nowy.
problem-text-not-sent = W tej chwili nie udało się wysłać wiadomości: ten telefon otrzymał ich zbyt wiele lub nie może ich odbierać. Odczekaj kilka minut albo spróbuj inaczej.
problem-telephone = Na ten numer telefonu nie możemy wysłać wiadomości.

passkey-title = Użyj klucza dostępu
passkey-lead = Urządzenie poprosi o odcisk palca, twarz lub blokadę ekranu, aby przejść do { $application }.
passkey-unavailable = Ta przeglądarka nie może tu używać kluczy dostępu albo skrypty są wyłączone.
passkey-sign-in = Zaloguj się kluczem dostępu
passkey-instead = Użyj klucza dostępu
passkey-failed = Nie udało się. Spróbuj ponownie albo wybierz inny sposób.
passkey-offer-title = Następnym razem zaloguj się szybciej
passkey-offer-lead = Z kluczem dostępu logujesz się odciskiem palca, twarzą lub blokadą ekranu. Nikt nie może go ukraść ani odgadnąć, a hasła nie trzeba wpisywać.
passkey-offer-create = Utwórz klucz dostępu
passkey-offer-later = Nie teraz
passkeys-title = Twoje klucze dostępu
passkeys-lead = Klucz dostępu loguje Cię odciskiem palca, twarzą lub blokadą ekranu.
passkeys-none = Nie masz jeszcze klucza dostępu.
passkeys-add = Dodaj klucz dostępu
passkeys-confirm = Aby coś tu zmienić, pokaż jeszcze raz, że to Ty.
passkeys-added-on = Dodano { $date }
passkeys-used-on = Ostatnio użyto { $date }
passkeys-synchronized = Na wszystkich Twoich urządzeniach
passkeys-change = Zmień nazwę lub usuń
passkeys-change-named = Zmień nazwę lub usuń: { $name }
name = Nazwa
save = Zapisz
remove = Usuń
remove-named = Usuń: { $name }
passkey-added = Klucz dostępu został dodany.
passkey-renamed = Nazwa klucza dostępu została zmieniona.
passkey-removed = Klucz dostępu został usunięty. Usuń go także z urządzenia lub menedżera haseł.
problem-passkey-late = To trwało zbyt długo. Spróbuj ponownie.
problem-passkey-refused = Ten klucz dostępu nie został przyjęty. Spróbuj ponownie albo zaloguj się inaczej.
problem-passkey-removed = Ten klucz dostępu został usunięty z Twojego konta. Zaloguj się inaczej.
problem-passkey-copied = Ten klucz dostępu nie został przyjęty, ponieważ prawdopodobnie istnieje jego kopia. Zaloguj się inaczej i usuń go ze swojego konta.
problem-passkey-known = Ten klucz dostępu jest już używany.
problem-passkey-many = Masz już największą możliwą liczbę kluczy dostępu. Najpierw usuń jeden.
problem-passkey-name = Nadaj kluczowi dostępu nazwę. Maksymalna liczba znaków: { $count }.
failure-signed-out = W tej przeglądarce nikt nie jest zalogowany. Najpierw zaloguj się w swojej aplikacji, a potem wróć tutaj.
failure-acting = Osoba działająca jako użytkownik nie może zmienić sposobu, w jaki ten użytkownik się loguje.

device-title = Połącz urządzenie
device-lead = Wpisz kod, który pokazuje urządzenie.
device-code = Kod urządzenia
device-code-caution = Wpisuj tylko kod, o który prosisz samodzielnie, na urządzeniu przed Tobą. Nikt, kto Ci pomaga, go nie potrzebuje.
device-approve-title = Zezwolić temu urządzeniu na logowanie?
device-approve-lead = Będzie działać w Twoim imieniu w { $application }. Porównaj kod z tym, który pokazuje urządzenie:
device-account = Konto
device-organization = Organizacja
device-from = Żądanie z
device-program = Program
device-caution = Ktoś przysłał Ci ten kod lub link do tej strony? Odmów: ta osoba dostałaby się na Twoje konto.
device-yes = Tak, to moje urządzenie
device-no = Nie, nie wpuszczaj
device-wrong-account = To nie to konto?
device-other-account = Zaloguj się na inne
device-approved-title = Urządzenie jest zalogowane
device-approved-lead = Wróć do urządzenia. Możesz zamknąć tę stronę.
device-denied-title = Urządzenie nie zostało wpuszczone
device-denied-lead = Nikt nie został zalogowany. Jeśli to nie Ty, ktoś mógł próbować dostać się na Twoje konto: powiadom operatora { $application }.
problem-device-code = Żadne urządzenie nie czeka z tym kodem. Sprawdź go albo zacznij od nowa na urządzeniu.

acting-label = Działanie jako użytkownik
acting = { $impersonator } działa jako { $user }.
acting-stop = Zakończ
acting-title = Działaj jako { $user }
impersonation-lead = { $impersonator } zaloguje się w { $application } jako ten użytkownik. Czas w minutach: { $minutes }. Sesja wskazuje, kto działa i dlaczego:
impersonation-lead-organization = { $impersonator } zaloguje się w { $application }, w { $organization }, jako ten użytkownik. Czas w minutach: { $minutes }. Sesja wskazuje, kto działa i dlaczego:
failure-impersonation-over = Ten link już nie działa: został użyty albo ma więcej niż dziesięć minut. Proszę utworzyć nowy.
onward-title = Chwileczkę
onward-lead = Przejście do { $application }…
another-way-title = Zaloguj się inaczej
another-way-sso = Do { $name } można wejść tylko przez własne logowanie (logowanie jednokrotne). Zacznij tam albo zapytaj administratora.
another-way-sso-only = Do { $name } można wejść tylko przez własne logowanie (logowanie jednokrotne).
another-way-choose = { $name } ma własne logowanie (logowanie jednokrotne). Możesz skorzystać z tego:
another-way-sso-go = Kontynuuj przez logowanie jednokrotne
sso-title = Logowanie jednokrotne
sso-lead = Przejście do logowania { $name }…
another-way-open = { $name } nie zezwala na użyty sposób logowania. Możesz skorzystać z tego:
another-way-none = { $name } nie zezwala na użyty sposób logowania. Zapytaj administratora.
another-way-code = Wyślij mi kod e-mailem
another-way-password = Użyj hasła
problem-organization-method = Ta organizacja nie zezwala na użyty sposób logowania. Wybierz inną albo zaloguj się inaczej.
provider-continue = Kontynuuj z { $provider }
problem-provider-denied = Nikt się tam nie zalogował. Spróbuj ponownie albo zaloguj się inaczej.
problem-provider = Logowanie tam nie powiodło się. Spróbuj ponownie albo zaloguj się inaczej.
problem-provider-outside = Organizacja nie dopuszcza tego konta. Użyj konta organizacji albo zapytaj administratora.
problem-recovery-code = To nie jest żaden z Twoich kodów odzyskiwania albo został już użyty.

mail-magic-link-subject = Link do logowania
mail-magic-link-subject-named = Link do logowania w { $application }
mail-magic-link-body = Zaloguj się tym linkiem:
mail-magic-link-body-named = Zaloguj się do { $application } tym linkiem:
mail-magic-link-button = Zaloguj się
mail-magic-link-caution = Jeśli to nie Twoja prośba, zignoruj tę wiadomość: bez linku nikt się nie zaloguje. Nie przekazuj go nikomu.
mail-email-change-button = Potwierdź adres
mail-waitlist-subject = Zapisano na listę oczekujących
mail-waitlist-subject-named = Zapisano na listę oczekujących { $application }
mail-waitlist-body = Napiszemy ponownie, gdy przyjdzie kolej. Do tego czasu nie trzeba nic robić.
mail-waitlist-caution = Jeśli to nie Twoja prośba, zignoruj tę wiadomość: ktoś mógł przez pomyłkę wpisać Twój adres.
failure-email-change-over = Ten link już nie działa: został użyty, jest zbyt stary albo wysłano nowszy. Proszę poprosić o nowy tam, gdzie zmienia się adres.
failure-magic-link-over = Ten link już nie działa: został użyty lub jest zbyt stary. Proszę poprosić o nowy na stronie logowania.
email-change-title = Potwierdź nowy adres
email-change-lead = Od teraz logowanie w { $application } odbywa się tym adresem:
email-change-submit = Zmień mój adres
email-change-done-title = Adres zmieniony
email-change-done-lead = Od teraz proszę używać tego adresu. Stronę można zamknąć.
email-new = Nowy adres e-mail
email-change-mailed = Link potwierdzający nowy adres jest już w drodze, chyba że ktoś już go używa.
problem-email-same = To już jest Twój adres e-mail.
problem-email-managed = Adres e-mail ustala Twoja organizacja i nie można go tutaj zmienić.
magic-link-title = Logowanie
magic-link-lead = Jeszcze jedno kliknięcie i zalogujesz się do { $application } jako:
waitlist-title = Dołącz do listy oczekujących
waitlist-lead = { $application } przyjmuje nowe osoby stopniowo. Zostaw swój adres e-mail, a napiszemy, gdy przyjdzie kolej.
waitlist-joined-title = Dziękujemy
waitlist-joined-lead = Napiszemy na ten adres, gdy przyjdzie kolej:
mail-passkey-added-subject = Do Twojego konta dodano klucz dostępu
mail-passkey-added-subject-named = Do Twojego konta w { $application } dodano klucz dostępu
mail-passkey-added-body = Od teraz ten klucz dostępu pozwala zalogować się na Twoje konto: { $name }
mail-passkey-added-body-named = Od teraz ten klucz dostępu pozwala zalogować się na Twoje konto w { $application }: { $name }
mail-passkey-added-caution = Jeśli to nie Ty, ktoś inny uzyskał dostęp do Twojego konta: usuń ten klucz dostępu i ustaw nowe hasło.
mail-recovery-code-used-subject = Użyto kodu odzyskiwania do Twojego konta
mail-recovery-code-used-subject-named = Użyto kodu odzyskiwania do Twojego konta w { $application }
mail-recovery-code-used-body = Ktoś właśnie zalogował się na Twoje konto jednym z Twoich kodów odzyskiwania. Ten kod już nie działa.
mail-recovery-code-used-body-named = Ktoś właśnie zalogował się na Twoje konto w { $application } jednym z Twoich kodów odzyskiwania. Ten kod już nie działa.
mail-recovery-code-used-left = Pozostałe kody: { $count }
mail-recovery-code-used-caution = Jeśli to nie Ty, ktoś inny uzyskał dostęp do Twojego konta: ustaw nowe hasło i utwórz nowe kody odzyskiwania.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Czy to Ty się logujesz?
mail-radar-challenge-subject-named = Czy to Ty logujesz się do { $application }?
mail-radar-challenge-body = Ktoś loguje się na Twoje konto w nietypowy sposób. Jeśli to Ty, kontynuuj, podając ten kod:
mail-radar-challenge-body-named = Ktoś loguje się na Twoje konto w { $application } w nietypowy sposób. Jeśli to Ty, kontynuuj, podając ten kod:
mail-radar-challenge-caution = Jeśli to nie Ty, nie podawaj kodu nikomu i zmień hasło: ktoś zdaje się je znać.
challenge-title = Potwierdź, że to Ty
challenge-lead = To logowanie wygląda nietypowo. Wpisz sześć cyfr, które wysłaliśmy e-mailem. Są ważne przez { $duration }.
challenge-lead-phone = Wpisz sześć cyfr, które wysłaliśmy na numer { $telephone }. Są ważne przez { $duration }.
challenge-phone-lead = Aby nie wpuszczać programów, jednorazowo wyślemy kod na Twój telefon.
challenge-change-phone = Użyj innego numeru
blocked-title = Nie możesz się stąd zalogować
blocked-lead = Ta próba została zatrzymana, aby chronić konta. Jeśli to pomyłka, poproś o pomoc w serwisie, z którego przychodzisz.
blocked-back = Wróć

## Wiadomości dla osób prowadzących aplikację

mail-webhook-endpoint-disabled-subject = Punkt końcowy webhooków został wyłączony
mail-webhook-endpoint-disabled-subject-named = Punkt końcowy webhooków aplikacji { $application } został wyłączony
mail-webhook-endpoint-disabled-body = Przez długi czas nie udawało się niczego dostarczyć do tego punktu końcowego webhooków, dlatego został wyłączony: { $endpoint }
mail-webhook-endpoint-disabled-body-named = Przez długi czas nie udawało się niczego dostarczyć do tego punktu końcowego webhooków aplikacji { $application }, dlatego został wyłączony: { $endpoint }
mail-webhook-endpoint-disabled-caution = Gdy znów zacznie działać, włącz go i ponownie wyślij to, czego nie otrzymał.

denied-title = Nie możesz kontynuować
denied-lead = Aplikacja nie pozwala Ci wejść. Jeśli to pomyłka, poproś o pomoc w serwisie, z którego przychodzisz.

portal-open-title = Konfiguracja: { $organization }
portal-open-lead = { $application } pozwala skonfigurować tę organizację. Link otwiera portal jeden raz, w tej przeglądarce.
portal-open-submit = Otwórz portal
portal-sso-hint = Pozwól swoim ludziom logować się tam, gdzie pracują
portal-domains = Domeny
portal-domains-hint = Udowodnij, że domeny należą do organizacji
portal-certificates = Certyfikaty
portal-certificates-hint = Odnów certyfikaty dostawcy tożsamości
portal-audit-logs = Dziennik audytu
portal-audit-logs-hint = Zobacz, kto co zrobił, i pobierz to jako plik
portal-log-streams = Strumienie dziennika
portal-log-streams-hint = Wysyłaj dziennik audytu tam, gdzie przechowujesz dzienniki
portal-return = Powrót do { $application }
portal-back = Wstecz
portal-finish = Zakończ
portal-done-title = Dziękujemy
portal-done-lead = { $organization }: konfiguracja pozostaje taka, jak teraz. Można zamknąć tę stronę.
portal-refused = To nie zostało przyjęte.
portal-saved = Zapisano.
portal-removed = Usunięto.
portal-sent = Odbiorca przyjął zdarzenie testowe.
portal-looking = Szukamy rekordu. Odśwież stronę za minutę.
portal-state-draft = Jeszcze nie skonfigurowano
portal-state-validating = Gotowe do testu
portal-state-active = Włączone
portal-state-inactive = Wyłączone
portal-state-pending = Jeszcze nie udowodniono
portal-state-verified = Udowodniono
portal-state-failed = Nie udowodniono na czas
portal-state-error = Nie dochodzi
portal-state-invalid = Odrzuca dane logowania
portal-sso-none = Nie ma jeszcze połączenia z dostawcą tożsamości.
portal-sso-add = Dodaj dostawcę tożsamości
portal-provider = Dostawca tożsamości
portal-provider-saml = Inny, przez SAML
portal-provider-oidc = Inny, przez OpenID Connect
portal-copy = 1. Utwórz aplikację u dostawcy tożsamości
portal-copy-hint = Skopiuj do niej te dane:
portal-give = 2. Podaj, gdzie jest dostawca tożsamości
portal-give-hint = Pokazuje to po skonfigurowaniu aplikacji.
portal-by-url = Przez adres metadanych
portal-by-file = Przez tekst metadanych
portal-by-hand = Ręcznie
portal-attributes = 3. Co odczytujemy o każdej osobie
portal-attributes-hint = Zwykłe nazwy są znajdowane same. Zapisz, jak dostawca tożsamości nazywa to, co nazywa inaczej.
portal-attribute-id = ID
portal-attribute-groups = Grupy
portal-use = 4. Przetestuj i włącz
portal-test = Przetestuj logowanie
portal-test-hint = Logujesz się u dostawcy tożsamości i widzisz, co nam przekazano. Nie powoduje to zalogowania do { $application }. Pierwsze udane logowanie włącza połączenie.
portal-test-title = Co wróciło
portal-test-good = Działa. Oto, co nam przekazano o Tobie:
portal-test-failed = Jeszcze nie działa.
portal-test-raw = Wszystko, co przekazano
portal-activate = Włącz
portal-activate-hint = Od tej chwili ludzie logują się w ten sposób.
portal-deactivate = Wyłącz
portal-deactivate-hint = Nikt nie loguje się w ten sposób, dopóki nie włączysz go ponownie. Kto jest zalogowany, takim pozostaje.
portal-delete = Skasuj
portal-delete-sure = Tak, na pewno
portal-delete-connection = Nikt już nie zaloguje się w ten sposób, a odzyskanie wymaga ponownej konfiguracji.
portal-delete-stream = Zdarzenia nie będą już wysyłane, a dane logowania zostaną zapomniane. Dziennik audytu pozostaje.
problem-portal-sure = Zaznacz, że na pewno tego chcesz.
portal-domains-none = Nie ma jeszcze żadnej domeny.
portal-domain = Domena
portal-domain-add = Dodaj domenę
portal-domain-record = Utwórz ten rekord tam, gdzie zarządza się domeną. Szukamy go wielokrotnie.
portal-domain-check = Sprawdź teraz
portal-domain-remove = Kto ma tam adres, nie będzie już uznawany za członka organizacji.
portal-type = Typ
portal-value = Wartość
portal-certificates-none = Żadne połączenie nie ma certyfikatu.
portal-certificate-ends = Koniec ważności: { $date }
portal-certificate-soon = Wkrótce koniec ważności: { $date }
portal-certificate-over = Ważność minęła: { $date }
portal-certificate = Certyfikat
portal-certificate-add = Dodaj nowy certyfikat
portal-certificate-hint = Oba działają równolegle. Usuń stary, gdy dostawca tożsamości zacznie używać nowego.
portal-read-again = Odczytaj metadane ponownie
portal-read-again-hint = Dostawca tożsamości sam podaje nam swoje certyfikaty raz dziennie.
portal-events-none = Nie ma takich zdarzeń.
portal-search = Szukaj
portal-action = Działanie
portal-newer = Nowsze
portal-older = Starsze
portal-export = Eksportuj jako CSV
portal-export-hint = Plik ze zdarzeniami z ostatnich 90 dni.
portal-export-pending = Plik jest tworzony. Odśwież tę stronę za chwilę.
portal-export-ready = Plik jest gotowy.
portal-export-download = Pobierz plik
portal-export-failed = Nie udało się utworzyć pliku. Spróbuj później.
portal-streams-none = Dziennik audytu nie jest jeszcze nigdzie wysyłany.
portal-stream-add = Dodaj odbiorcę
portal-receiver = Odbiorca
portal-stream-test = Wyślij zdarzenie testowe
portal-synced = Ostatnio przyjęto: { $date }
portal-waiting = { $count ->
    [one] { $count } zdarzenie czeka
    [few] { $count } zdarzenia czekają
   *[many] { $count } zdarzeń czeka
}
failure-portal-over = Ten link już nie działa: został otwarty, wycofany lub jest zbyt stary. Poproś o nowy tam, skąd pochodzi.
failure-portal-elsewhere = Link, którym tu trafiono, służył do czegoś innego. Poproś o inny tam, skąd pochodzi.
