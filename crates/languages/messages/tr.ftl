# Türkçe

duration-seconds = { $count } saniye
duration-minutes = { $count } dakika
duration-hours = { $count } saat
duration-days = { $count } gün
date = { $day } { $month ->
    [1] Ocak
    [2] Şubat
    [3] Mart
    [4] Nisan
    [5] Mayıs
    [6] Haziran
    [7] Temmuz
    [8] Ağustos
    [9] Eylül
    [10] Ekim
    [11] Kasım
   *[12] Aralık
} { $year }

error-prefix = Hata:
problems-title = Düzeltilmesi gereken { $count } nokta var:
development-inbox = Geliştirme sunucusu: e-postalar gelen kutusuna düşer
email = E-posta adresi
password = Parola
new-password = Yeni parola
code = Kod
show = Göster
hide = Gizle
change = Değiştir
change-address = Adresi değiştir
or = veya
sign-in = Oturum aç
verify = Doğrula
back-to-sign-in = Oturum açmaya dön
use-another-account = Başka bir hesap kullan
terms-of-service = Hizmet şartları
privacy-policy = Gizlilik politikası
support = Yardım alın

sign-in-title = Oturum açın
sign-in-lead = { $application } uygulamasına devam etmek için
continue = Devam
sign-in-new-here = { $application } uygulamasında yeni misiniz?
sign-in-create = Hesap oluşturun

password-title = Parolanızı girin
password-heading = Tekrar hoş geldiniz
password-lead = { $application } uygulamasına devam etmek için parolanızı girin.
password-forgotten = Parolanızı mı unuttunuz?
password-code-instead = Bunun yerine e-postayla kod gönder

sign-up-title = Hesabınızı oluşturun
sign-up-lead = { $application } uygulamasına devam etmek için
sign-up-joining = { $application } uygulamasında { $organization } kuruluşuna katılıyorsunuz.
first-name = Ad
last-name = Soyadı
sign-up-submit = Hesap oluştur
sign-up-known = Zaten bir hesabınız var mı?

code-title = E-postanızı kontrol edin
verify-email-title = E-posta adresinizi doğrulayın
code-lead = E-postayla gönderdiğimiz altı rakamı girin. { $duration } geçerlidir.
code-none-yet = E-posta henüz gelmedi mi?
code-send-again = Yeni kod gönder
code-password-instead = Bunun yerine parolanızı kullanın
code-on-its-way = Yeni bir kod yolda. Öncekinin yerini alır.

forgotten-title = Parolanızı sıfırlayın
forgotten-lead = Yeni bir parola seçmenizi sağlayan bir bağlantı göndereceğiz.
forgotten-submit = Bağlantıyı gönder
reset-sent-title = E-postanızı kontrol edin
reset-sent-lead = Bu adrese ait bir hesap varsa, parolasını sıfırlamak için bir bağlantı yolda. { $duration } geçerlidir.
reset-title = Yeni bir parola seçin
reset-lead = Eskisinin yerini her yerde alır ve diğer cihazlarda oturum kapatılır.
reset-submit = Yeni parolayı kaydet
reset-done-title = Parola değiştirildi
reset-done-lead = Bundan sonra yeni parolayı kullanın. Diğer tüm oturumlar sonlandırıldı.
reset-done-go-back = Oturum açmak için { $application } uygulamasına dönün.

factor-title = İki adımlı oturum açma
factor-lead-app = Kimlik doğrulama uygulamanızın şu anda gösterdiği altı rakamı girin.
enrolment-title = İki adımlı oturum açmayı ayarlayın
enrolment-lead = Hesabınız ikinci bir adım gerektiriyor. Herhangi bir kimlik doğrulama uygulaması olur.
enrolment-scan = Bunu kimlik doğrulama uygulamanızla tarayın.
enrolment-open = Bu cihazda aç
enrolment-picture = Kimlik doğrulama uygulamasıyla taranacak resim
enrolment-key = Kameranız yok mu? Bu anahtarı uygulamaya yazın:
enrolment-code = Uygulamanın gösterdiği altı rakamı girin.

organization-title = Bir kuruluş seçin
organization-lead = Birden fazla kuruluşun üyesisiniz. Daha sonra değiştirebilirsiniz.
organization-signed-in-as = { $email } olarak oturum açıldı.
invitation-title = { $name } kuruluşuna katılın
invitation-lead-inviter-organization = { $inviter } sizi { $application } uygulamasında { $organization } ile çalışmaya davet etti. Davet şu adres için:
invitation-lead-inviter = { $inviter } sizi { $application } uygulamasına davet etti. Davet şu adres için:
invitation-lead-organization = { $application } uygulamasında { $organization } ile çalışmaya davet edildiniz. Davet şu adres için:
invitation-lead = { $application } uygulamasına davet edildiniz. Davet şu adres için:
invitation-accept = Daveti kabul et
invitation-unexpected = Bunu beklemiyor muydunuz? Sayfayı kapatabilirsiniz; hiçbir şey olmaz.
returning-title = Oturum açıldı
returning-heading = Oturumunuz açıldı
returning-lead = { $application } uygulamasına dönülüyor…
returning-stuck = Hiçbir şey olmuyor mu?
returning-by-hand = Elle devam edin
signed-out-title = Oturum kapatıldı
signed-out-heading = Oturumunuz kapatıldı
signed-out-lead = Görüşmek üzere. Ortak bir bilgisayardaysanız tarayıcı penceresini de kapatın.
signed-out-again = Yeniden oturum aç

problem-credentials = Bu e-posta adresi ile parola eşleşmiyor.
problem-code = Kod doğru değil ya da çok eski. En yeni kodun her rakamını kontrol edin veya yeni bir kod isteyin.
problem-code-used = Bu kod zaten kullanıldı. Yeni bir kod isteyin.
problem-app-code = Kod doğru değil. Şu anda gösterilen kodu kullanın.
problem-app-code-used = Bu kod zaten kullanıldı. Sonrakini bekleyin.
problem-app-code-attempts = Çok fazla yanlış kod girildi. Bir süre bekleyin, sonra yeniden oturum açın.
problem-organization = Bu hesap, istenen kuruluşun üyesi değil. Başka bir hesap kullanın veya davet isteyin.
problem-not-a-member = Artık oranın üyesi değilsiniz. Başka bir kuruluş seçin.
problem-invitation = Davet zaten kullanıldı veya süresi doldu.
problem-invitation-sign-in = Davet zaten kullanıldı veya süresi doldu. Hesabınız varsa onunla oturum açın.
problem-invitation-address = Davet başka bir adres için.
problem-sign-up-closed = Burada davet olmadan hesap oluşturulamaz.
problem-password-disabled = Burada parolayla oturum açılamaz.
problem-method = Burada bu şekilde oturum açılamaz.
problem-busy = Şu anda çok yoğunuz. Birazdan yeniden deneyin.
problem-too-many = Çok fazla deneme yapıldı. { $duration } bekleyin, sonra yeniden deneyin.
problem-late = Çok uzun sürdü ve bu oturum açma işleminin süresi doldu. Baştan başlayın.
problem-email-missing = E-posta adresinizi girin.
problem-email = “{ $typed }” bir e-posta adresi değil. ad@example.com gibi görünmelidir.
problem-email-taken = Bu e-posta adresiyle zaten bir hesap var. Onunla oturum açın.
problem-name-length = Bu ad çok uzun.

password-hint = En az { $count } karakter. Birbiriyle ilgisiz birkaç sözcük iyi olur.
password-hint-with = En az { $count } karakter; { $kinds } içermelidir. Birbiriyle ilgisiz birkaç sözcük iyi olur.
kind-lowercase = bir küçük harf
kind-uppercase = bir büyük harf
kind-number = bir rakam
kind-symbol = bir simge
kinds-and = { $first } ve { $last }
kinds-comma = { $first }, { $rest }
password-too-short = Parola en az { $count } karakter uzunluğunda olmalıdır.
password-too-long = Parola en fazla { $count } karakter uzunluğunda olabilir.
password-contains-email = Parola e-posta adresini içermemelidir.
password-lacks = Parola { $kinds } içermelidir.
password-used-before = Bu parolayı daha önce kullandınız. Başka bir parola seçin.
password-too-weak = Parola çok kolay tahmin edilir.
password-weak-common = Çok yaygın ya da yaygın bir parolaya benziyor.
password-weak-keyboard = Klavye üzerindeki diziler kolay tahmin edilir.
password-weak-repeats = Yinelemeler kolay tahmin edilir.
password-weak-sequence = abc veya 6543 gibi diziler kolay tahmin edilir.
password-weak-date = Tarihler ve yıllar kolay tahmin edilir.
password-weak-word = Tek bir sözcük kolay tahmin edilir.
password-weak-name = Adlar kolay tahmin edilir.

failure-request-id = Yardım isterseniz şu istek kimliğini belirtin:
failure-detail = Ayrıntı:
failure-title-invalid = Bu işe yaramadı
failure-title-forbidden = Buradan devam edemezsiniz
failure-title-not-found = Burada bir şey yok
failure-title-over = Süresi doldu
failure-title-too-large = Bu çok fazlaydı
failure-title-timeout = Çok uzun sürdü
failure-title-too-many = Çok fazla deneme
failure-title-internal = Bir şeyler ters gitti
failure-title-unavailable = Şu anda olmuyor
failure-invalid = Geldiğiniz yere dönün ve yeniden deneyin.
failure-internal = Hata bizde. Birazdan yeniden deneyin; tekrarlanırsa bu hizmeti yöneten kişiye bildirin.
failure-sign-in-over = Bu oturum açma işlemi sona erdi, bir saatten uzun sürdü veya başka bir tarayıcıda başlatıldı. Uygulamaya dönün ve baştan başlayın.
failure-link-over = Bu bağlantı artık çalışmıyor: kullanıldı, bir saatten eski ya da daha yenisi gönderildi. Oturum açtığınız yerden yenisini isteyin.
failure-invitation-over = Bu davet zaten kabul edildi, geri alındı veya süresi doldu. Hesabınız varsa onunla oturum açın; yoksa sizi davet eden kişiden yeni bir davet isteyin.
failure-invitation-nowhere = Uygulamanın sizi götürebileceğimiz bir adresi henüz yok. Sizi davet eden kişiye bildirin.
failure-form = Form, bu tarayıcıdaki bu sayfadan gelmedi. Çerezler kapalı olabilir ya da sayfa tarayıcı kapatılmadan öncesine ait olabilir. Geri dönün, sayfayı yeniden yükleyin ve bir kez daha deneyin.

mail-code-lifetime = Bir kez kullanılabilir ve { $duration } geçerlidir.
mail-link-lifetime = Bağlantı bir kez kullanılabilir ve { $duration } geçerlidir.
mail-link-stuck = Düğme çalışmazsa tarayıcınızda şu adresi açın:
mail-magic-auth-subject = Oturum açma kodunuz
mail-magic-auth-subject-named = { $application } için oturum açma kodunuz
mail-magic-auth-body = Bu kodla oturum açın:
mail-magic-auth-body-named = { $application } uygulamasında bu kodla oturum açın:
mail-magic-auth-caution = Bunu siz istemediyseniz bu e-postayı dikkate almayın: kod olmadan kimse giremez. Kodu kimseye vermeyin, destek ekibinden olduğunu söyleyen birine bile.
mail-email-verification-subject = E-posta adresinizi doğrulayın
mail-email-verification-subject-named = { $application } için e-posta adresinizi doğrulayın
mail-email-verification-body = Bu adresin size ait olduğunu şu kodla doğrulayın:
mail-email-verification-body-named = { $application } hesabınız için bu adresin size ait olduğunu şu kodla doğrulayın:
mail-email-verification-caution = Bunu siz istemediyseniz bu e-postayı dikkate almayın: birisi adresinizi yanlışlıkla yazmış olabilir; kod olmadan hiçbir şey olmaz.
mail-email-change-subject = Yeni e-posta adresinizi doğrulayın
mail-email-change-subject-named = { $application } için yeni e-posta adresinizi doğrulayın
mail-email-change-body = Bu kodla bunu hesabınızın adresi yapın:
mail-email-change-body-named = Bu kodla bunu { $application } hesabınızın adresi yapın:
mail-email-change-caution = Bunu siz istemediyseniz bu e-postayı dikkate almayın: kod olmadan hiçbir hesap adresinizi alamaz.
mail-password-reset-subject = Yeni bir parola belirleyin
mail-password-reset-subject-named = { $application } için yeni bir parola belirleyin
mail-password-reset-body = Yeni parolanızı buradan belirleyin:
mail-password-reset-body-named = { $application } hesabınız için yeni parolanızı buradan belirleyin:
mail-password-reset-button = Yeni parola belirle
mail-password-reset-after = Yeni parola, her yerde oturumunuzu kapatır.
mail-password-reset-caution = Bunu siz istemediyseniz bu e-postayı dikkate almayın: parolanız olduğu gibi kalır. Bağlantıyı kimseyle paylaşmayın.
mail-invitation-subject = Davet edildiniz
mail-invitation-subject-to = { $name } davetiniz
mail-invitation-subject-inviter = { $inviter } sizi davet ediyor
mail-invitation-subject-inviter-to = { $inviter } sizi davet ediyor: { $name }
mail-invitation-body = Hesap oluşturmaya davet edildiniz. Buradan kabul edin:
mail-invitation-body-to = { $name } ile çalışmaya davet edildiniz. Buradan kabul edin:
mail-invitation-body-on = { $application } uygulamasında { $organization } kuruluşuna katılmaya davet edildiniz. Buradan kabul edin:
mail-invitation-body-inviter = { $inviter } sizi hesap oluşturmaya davet ediyor. Buradan kabul edin:
mail-invitation-body-inviter-to = { $inviter } sizi { $name } ile çalışmaya davet ediyor. Buradan kabul edin:
mail-invitation-body-inviter-on = { $inviter } sizi { $application } uygulamasında { $organization } kuruluşuna katılmaya davet ediyor. Buradan kabul edin:
mail-invitation-button = Daveti kabul et
mail-invitation-lifetime = Bağlantı yalnızca sizin içindir, bir kez kullanılabilir ve { $duration } geçerlidir.
mail-invitation-caution = Kimden geldiğini bilmiyorsanız bu e-postayı dikkate almayın: kabul etmedikçe hiçbir şey olmaz.

sms-code = Kodunuz { $code }. { $duration } geçerlidir.
sms-code-named = { $application } kodunuz { $code }. { $duration } geçerlidir.

factor-lead-phone = { $telephone } numaralı telefonunuza gönderdiğimiz altı rakamı girin. { $duration } geçerlidir.
factor-confirm-phone = Telefonunuzu doğrulayın
factor-none-yet = Mesaj henüz gelmedi mi?
factor-other-way = Başka bir yol dene
factor-set-up-other-way = Başka bir yol ayarla
factor-choice-lead = Hesabınız ikinci bir adım gerektiriyor. Bunu nasıl yapmak istersiniz?
factor-app = Kimlik doğrulama uygulaması
factor-app-hint = Ağ olmadan çalışır ve araya girilemez.
factor-text = Kısa mesaj
factor-text-hint = Telefonunuza bir kod göndeririz.
factor-ways-lead = İkinci adımı nasıl yapmak istersiniz?
factor-use-app = Kimlik doğrulama uygulamanızı kullanın
factor-use-text = { $telephone } numarasına kısa mesaj alın
signing-in-as = { $email } olarak oturum açılıyor.
recovery-use = Kurtarma kodu kullan
recovery-lead = İki adımlı oturum açmayı ayarlarken kaydettiğiniz kodlardan birini girin. Her biri bir kez kullanılabilir.
recovery-code = Kurtarma kodu
recovery-hint = On altı harf ve rakam, örneğin { $example }.
recovery-renew = Yeni kurtarma kodları oluştur. Eskileri artık çalışmaz.
recovery-codes-title = Kurtarma kodlarınızı kaydedin
recovery-codes-lead = Telefonunuzu veya uygulamanızı kaybederseniz bu kodlardan biriyle girebilirsiniz. Her biri bir kez kullanılabilir. Yalnızca şimdi gösterilirler; devam etmeden önce güvenli bir yerde saklayın.
recovery-codes-download = Dosya olarak indirin
recovery-codes-keep = Bu sayfayı yazdırabilir veya kodları kopyalayabilirsiniz.
recovery-codes-saved = Kaydettim
telephone-title = Telefonunuzu ayarlayın
telephone-lead = Her oturum açışınızda ona bir kod göndeririz.
telephone-number = Telefon numarası
telephone-hint = Ülke koduyla birlikte, örneğin { $example }.
telephone-submit = Kod gönder
problem-way-gone = Bu yol artık yok. Başka bir yol seçin.
problem-text-code = Kod doğru değil. En yeni kodun her rakamını kontrol edin.
problem-text-code-old = Kod çok eski. Yeni bir kod isteyin.
problem-text-not-sent = Şu anda mesaj gönderilemedi: bu telefona çok fazla mesaj gitti ya da mesaj alamıyor. Birkaç dakika bekleyin veya başka bir yol deneyin.
problem-telephone = Bu telefon numarasına mesaj gönderemiyoruz.

passkey-title = Geçiş anahtarınızı kullanın
passkey-lead = { $application } uygulamasına devam etmek için cihazınız parmak izinizi, yüzünüzü veya ekran kilidinizi ister.
passkey-unavailable = Bu tarayıcı burada geçiş anahtarı kullanamıyor ya da betikler kapalı.
passkey-sign-in = Geçiş anahtarıyla oturum aç
passkey-instead = Bunun yerine geçiş anahtarı kullan
passkey-failed = Bu işe yaramadı. Yeniden deneyin veya başka bir yoldan devam edin.
passkey-offer-title = Bir dahaki sefere daha hızlı oturum açın
passkey-offer-lead = Geçiş anahtarıyla parmak izinizi, yüzünüzü veya ekran kilidinizi kullanarak oturum açarsınız. Kimse onu çalamaz veya tahmin edemez; yazılacak bir parola da yoktur.
passkey-offer-create = Geçiş anahtarı oluştur
passkey-offer-later = Şimdi değil
passkeys-title = Geçiş anahtarlarınız
passkeys-lead = Geçiş anahtarı; parmak izinizi, yüzünüzü veya ekran kilidinizi kullanarak oturumunuzu açar.
passkeys-none = Henüz geçiş anahtarınız yok.
passkeys-add = Geçiş anahtarı ekle
passkeys-confirm = Burada bir şeyi değiştirmek için bir kez daha siz olduğunuzu gösterin.
passkeys-added-on = Eklenme tarihi: { $date }
passkeys-used-on = Son kullanım: { $date }
passkeys-synchronized = Tüm cihazlarınızda
passkeys-change = Yeniden adlandır veya kaldır
passkeys-change-named = Yeniden adlandır veya kaldır: { $name }
name = Ad
save = Kaydet
remove = Kaldır
remove-named = Kaldır: { $name }
passkey-added = Geçiş anahtarı eklendi.
passkey-renamed = Geçiş anahtarı yeniden adlandırıldı.
passkey-removed = Geçiş anahtarı kaldırıldı. Onu cihazınızdan veya parola yöneticinizden de silin.
problem-passkey-late = Çok uzun sürdü. Yeniden deneyin.
problem-passkey-refused = Bu geçiş anahtarı kabul edilmedi. Yeniden deneyin veya başka bir yoldan oturum açın.
problem-passkey-removed = Bu geçiş anahtarı hesabınızdan kaldırılmış. Başka bir yoldan oturum açın.
problem-passkey-copied = Bir kopyası var gibi göründüğünden bu geçiş anahtarı kabul edilmedi. Başka bir yoldan oturum açın ve onu hesabınızdan kaldırın.
problem-passkey-known = Bu geçiş anahtarı zaten kullanılıyor.
problem-passkey-many = En fazla sayıda geçiş anahtarınız var. Önce birini kaldırın.
problem-passkey-name = Geçiş anahtarına en fazla { $count } harflik bir ad verin.
failure-signed-out = Bu tarayıcıda kimsenin oturumu açık değil. Önce uygulamanızda oturum açın, sonra geri gelin.
failure-acting = Bir kullanıcı adına hareket eden kişi, o kullanıcının oturum açma şeklini değiştiremez.

device-title = Cihaz bağla
device-lead = Cihazınızın gösterdiği kodu girin.
device-code = Cihaz kodu
device-code-caution = Yalnızca kendiniz istediğiniz ve önünüzdeki bir cihazda gördüğünüz kodu girin. Size yardım eden hiç kimsenin koda ihtiyacı yoktur.
device-approve-title = Bu cihaz oturum açsın mı?
device-approve-lead = { $application } uygulamasında sizin adınıza hareket edecek. Kodu cihazın gösterdiğiyle karşılaştırın:
device-account = Hesap
device-organization = Kuruluş
device-from = İstek kaynağı
device-program = Program
device-caution = Bu kodu veya bu sayfanın bağlantısını size biri mi gönderdi? O zaman hayır deyin: o kişi hesabınıza girer.
device-yes = Evet, bu benim cihazım
device-no = Hayır, izin verme
device-wrong-account = Doğru hesap değil mi?
device-other-account = Başka biriyle oturum aç
device-approved-title = Cihazınızda oturum açıldı
device-approved-lead = Cihaza dönün. Bu sayfayı kapatabilirsiniz.
device-denied-title = Cihaza izin verilmedi
device-denied-lead = Kimsenin oturumu açılmadı. Bunu siz başlatmadıysanız biri hesabınıza girmeye çalışmış olabilir: { $application } uygulamasını yöneten kişiye bildirin.
problem-device-code = Bu kodla bekleyen bir cihaz yok. Kodu kontrol edin veya cihazda baştan başlayın.

acting-label = Kullanıcı adına hareket
acting = { $impersonator }, { $user } olarak hareket ediyor.
acting-stop = Bitir
acting-title = { $user } olarak hareket et
impersonation-lead = { $impersonator }, { $application } uygulamasında { $minutes } dakika boyunca bu kullanıcı olarak oturum açacak. Oturum, kimin neden işlem yaptığını belirtir:
impersonation-lead-organization = { $impersonator }, { $application } uygulamasında { $organization } içinde { $minutes } dakika boyunca bu kullanıcı olarak oturum açacak. Oturum, kimin neden işlem yaptığını belirtir:
failure-impersonation-over = Bu bağlantı artık çalışmıyor: kullanılmış veya on dakikadan eski. Yeni bir tane oluşturun.
onward-title = Bir dakika
onward-lead = { $application } uygulamasına gidiliyor…
another-way-title = Başka bir yoldan oturum açın
another-way-sso = { $name } yalnızca kendi oturum açma yöntemiyle (tek oturum açma) giriş kabul eder. Oradan başlayın veya yöneticisine sorun.
another-way-sso-only = { $name } yalnızca kendi oturum açma yöntemiyle (tek oturum açma) giriş kabul eder.
another-way-choose = { $name } kendi oturum açma yöntemine sahip (tek oturum açma). Şu yollar size açık:
another-way-sso-go = Tek oturum açma ile devam edin
sso-title = Tek oturum açma
sso-lead = { $name } oturum açma sayfasına gidiliyor…
another-way-open = { $name } geldiğiniz yola izin vermiyor. Şu yol size açık:
another-way-none = { $name } geldiğiniz yola izin vermiyor. Yöneticisine sorun.
another-way-code = E-postayla kod gönder
another-way-password = Parola kullan
problem-organization-method = Bu kuruluş, oturum açma yolunuza izin vermiyor. Başka birini seçin veya başka bir yoldan oturum açın.
provider-continue = { $provider } ile devam et
problem-provider-denied = Orada kimse oturum açmadı. Yeniden deneyin veya başka bir yoldan oturum açın.
problem-provider = Orada oturum açılamadı. Yeniden deneyin veya başka bir yoldan oturum açın.
problem-provider-outside = Kuruluş bu hesabı kabul etmiyor. Kuruluşun bir hesabını kullanın veya yöneticisine sorun.
problem-recovery-code = Bu, kurtarma kodlarınızdan biri değil ya da zaten kullanıldı.

mail-magic-link-subject = Oturum açma bağlantınız
mail-magic-link-subject-named = { $application } oturum açma bağlantınız
mail-magic-link-body = Bu bağlantıyla oturum açın:
mail-magic-link-body-named = Bu bağlantıyla { $application } için oturum açın:
mail-magic-link-button = Oturum aç
mail-magic-link-caution = Bunu siz istemediyseniz bu e-postayı dikkate almayın: bağlantı olmadan kimse giremez. Bağlantıyı kimseyle paylaşmayın.
mail-email-change-button = Adresi onayla
mail-waitlist-subject = Bekleme listesindesiniz
mail-waitlist-subject-named = { $application } bekleme listesindesiniz
mail-waitlist-body = Sıranız geldiğinde size yeniden yazacağız. O zamana kadar yapmanız gereken bir şey yok.
mail-waitlist-caution = Bunu siz istemediyseniz bu e-postayı dikkate almayın: biri adresinizi yanlışlıkla yazmış olabilir.
failure-email-change-over = Bu bağlantı artık çalışmıyor: kullanıldı, çok eski ya da daha yenisi gönderildi. Adresinizi değiştirdiğiniz yerden yenisini isteyin.
failure-magic-link-over = Bu bağlantı artık çalışmıyor: kullanıldı ya da çok eski. Oturum açtığınız yerden yenisini isteyin.
email-change-title = Yeni e-posta adresinizi onaylayın
email-change-lead = Bundan böyle { $application } için bu adresle oturum açacaksınız:
email-change-submit = E-postamı değiştir
email-change-done-title = E-posta değiştirildi
email-change-done-lead = Bundan böyle bu adresi kullanın. Sayfayı kapatabilirsiniz.
email-new = Yeni e-posta adresi
email-change-mailed = Yeni adresi onaylayan bir bağlantı oraya gönderiliyor; adresi başka biri kullanıyorsa gönderilmez.
problem-email-same = Bu zaten sizin e-posta adresiniz.
problem-email-managed = E-posta adresinizi kuruluşunuz belirler; burada değiştirilemez.
magic-link-title = Oturum açın
magic-link-lead = Bir tık daha ve { $application } için şu adresle oturum açmış olacaksınız:
waitlist-title = Bekleme listesine katılın
waitlist-lead = { $application } yeni kişileri azar azar alıyor. E-posta adresinizi bırakın, sıranız geldiğinde size yazalım.
waitlist-joined-title = Teşekkür ederiz
waitlist-joined-lead = Sıranız geldiğinde bu adrese yazacağız:
mail-passkey-added-subject = Hesabınıza bir geçiş anahtarı eklendi
mail-passkey-added-subject-named = { $application } hesabınıza bir geçiş anahtarı eklendi
mail-passkey-added-body = Bundan böyle bu geçiş anahtarıyla hesabınızda oturum açılabilir: { $name }
mail-passkey-added-body-named = Bundan böyle bu geçiş anahtarıyla { $application } hesabınızda oturum açılabilir: { $name }
mail-passkey-added-caution = Bunu siz yapmadıysanız hesabınıza başka biri girmiş demektir: geçiş anahtarını kaldırın ve yeni bir parola belirleyin.
mail-recovery-code-used-subject = Hesabınız için bir kurtarma kodu kullanıldı
mail-recovery-code-used-subject-named = { $application } hesabınız için bir kurtarma kodu kullanıldı
mail-recovery-code-used-body = Az önce biri, kurtarma kodlarınızdan biriyle hesabınızda oturum açtı. Bu kod artık çalışmaz.
mail-recovery-code-used-body-named = Az önce biri, kurtarma kodlarınızdan biriyle { $application } hesabınızda oturum açtı. Bu kod artık çalışmaz.
mail-recovery-code-used-left = Kalan kod sayısı: { $count }
mail-recovery-code-used-caution = Bunu siz yapmadıysanız hesabınıza başka biri girmiş demektir: yeni bir parola belirleyin ve yeni kurtarma kodları oluşturun.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Oturum açan siz misiniz?
mail-radar-challenge-subject-named = { $application } için oturum açan siz misiniz?
mail-radar-challenge-body = Birisi hesabınızda alışılmadık bir şekilde oturum açıyor. Sizseniz şu kodla devam edin:
mail-radar-challenge-body-named = Birisi { $application } hesabınızda alışılmadık bir şekilde oturum açıyor. Sizseniz şu kodla devam edin:
mail-radar-challenge-caution = Siz değilseniz kodu kimseye vermeyin ve parolanızı değiştirin: birisi onu biliyor gibi görünüyor.
challenge-title = Siz olduğunuzu doğrulayın
challenge-lead = Bu oturum açma alışılmadık görünüyor. E-postayla gönderdiğimiz altı rakamı girin. { $duration } geçerlidir.
challenge-lead-phone = { $telephone } numarasına gönderdiğimiz altı rakamı girin. { $duration } geçerlidir.
challenge-phone-lead = Programları uzak tutmak için bu seferlik telefonunuza bir kod gönderiyoruz.
challenge-change-phone = Başka bir numara kullan
blocked-title = Buradan oturum açamazsınız
blocked-lead = Bu deneme hesapları korumak için durduruldu. Bunun bir hata olduğunu düşünüyorsanız geldiğiniz yerden yardım isteyin.
blocked-back = Geri dön

## Uygulamayı yönetenlere iletiler

mail-webhook-endpoint-disabled-subject = Bir webhook uç noktası devre dışı bırakıldı
mail-webhook-endpoint-disabled-subject-named = { $application } uygulamasının bir webhook uç noktası devre dışı bırakıldı
mail-webhook-endpoint-disabled-body = Bu webhook uç noktasına uzun süre hiçbir şey teslim edilemediği için devre dışı bırakıldı: { $endpoint }
mail-webhook-endpoint-disabled-body-named = { $application } uygulamasının bu webhook uç noktasına uzun süre hiçbir şey teslim edilemediği için devre dışı bırakıldı: { $endpoint }
mail-webhook-endpoint-disabled-caution = Yeniden çalıştığında etkinleştirin ve kaçırdıklarını yeniden gönderin.

denied-title = Devam edemezsiniz
denied-lead = Uygulama girişinize izin vermiyor. Bunun bir hata olduğunu düşünüyorsanız geldiğiniz yerden yardım isteyin.
