# Français

duration-seconds = { $count ->
    [one] une seconde
   *[other] { $count } secondes
}
duration-minutes = { $count ->
    [one] une minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] une heure
   *[other] { $count } heures
}
duration-days = { $count ->
    [one] un jour
   *[other] { $count } jours
}
date = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }

error-prefix = Erreur :
problems-title = { $count ->
    [one] Un point est à corriger :
   *[other] { $count } points sont à corriger :
}
development-inbox = Serveur de développement : les e-mails arrivent dans la boîte de réception
email = Adresse e-mail
password = Mot de passe
new-password = Nouveau mot de passe
code = Code
show = Afficher
hide = Masquer
change = Modifier
change-address = Modifier l’adresse
or = ou
sign-in = Se connecter
verify = Vérifier
back-to-sign-in = Retour à la connexion
use-another-account = Utiliser un autre compte
terms-of-service = Conditions d’utilisation
privacy-policy = Politique de confidentialité
support = Obtenir de l’aide

sign-in-title = Connexion
sign-in-lead = pour continuer vers { $application }
continue = Continuer
sign-in-new-here = Nouveau sur { $application } ?
sign-in-create = Créer un compte

password-title = Saisissez votre mot de passe
password-heading = Bon retour parmi nous
password-lead = Saisissez votre mot de passe pour continuer vers { $application }.
password-forgotten = Mot de passe oublié ?
password-code-instead = Recevoir plutôt un code par e-mail

sign-up-title = Créez votre compte
sign-up-lead = pour continuer vers { $application }
sign-up-joining = Vous rejoignez { $organization } sur { $application }.
first-name = Prénom
last-name = Nom
sign-up-submit = Créer le compte
sign-up-known = Vous avez déjà un compte ?

code-title = Consultez vos e-mails
verify-email-title = Vérifiez votre adresse e-mail
code-lead = Saisissez les six chiffres que nous vous avons envoyés par e-mail. Ils sont valables { $duration }.
code-none-yet = Pas encore d’e-mail ?
code-send-again = Envoyer un nouveau code
code-password-instead = Utiliser plutôt votre mot de passe
code-on-its-way = Un nouveau code est en route. Il remplace le précédent.

forgotten-title = Réinitialisez votre mot de passe
forgotten-lead = Nous vous enverrons un lien qui permet d’en choisir un nouveau.
forgotten-submit = Envoyer le lien
reset-sent-title = Consultez vos e-mails
reset-sent-lead = Si un compte existe pour cette adresse, un lien de réinitialisation du mot de passe est en route. Il est valable { $duration }.
reset-title = Choisissez un nouveau mot de passe
reset-lead = Il remplace l’ancien partout, et les autres appareils sont déconnectés.
reset-submit = Enregistrer le mot de passe
reset-done-title = Mot de passe modifié
reset-done-lead = Utilisez désormais le nouveau mot de passe. Toutes les autres sessions ont été fermées.
reset-done-go-back = Retournez dans { $application } pour vous connecter.

factor-title = Connexion en deux étapes
factor-lead-app = Saisissez les six chiffres que votre application d’authentification affiche en ce moment.
enrolment-title = Configurez la connexion en deux étapes
enrolment-lead = Votre compte exige une seconde étape. N’importe quelle application d’authentification convient.
enrolment-scan = Scannez ceci avec votre application d’authentification.
enrolment-open = L’ouvrir sur cet appareil
enrolment-picture = Image à scanner avec une application d’authentification
enrolment-key = Pas d’appareil photo ? Saisissez cette clé dans l’application :
enrolment-code = Saisissez les six chiffres que l’application affiche.

organization-title = Choisissez une organisation
organization-lead = Vous êtes membre de plusieurs organisations. Vous pourrez en changer plus tard.
organization-signed-in-as = Connecté en tant que { $email }.
invitation-title = Rejoindre { $name }
invitation-lead-inviter-organization = { $inviter } vous a invité à travailler avec { $organization } dans { $application }. L’invitation est destinée à cette adresse :
invitation-lead-inviter = { $inviter } vous a invité sur { $application }. L’invitation est destinée à cette adresse :
invitation-lead-organization = Vous avez été invité à travailler avec { $organization } dans { $application }. L’invitation est destinée à cette adresse :
invitation-lead = Vous avez été invité sur { $application }. L’invitation est destinée à cette adresse :
invitation-accept = Accepter l’invitation
invitation-unexpected = Vous ne vous y attendiez pas ? Vous pouvez fermer la page ; il ne se passera rien.
returning-title = Connecté
returning-heading = Vous êtes connecté
returning-lead = Retour vers { $application }…
returning-stuck = Il ne se passe rien ?
returning-by-hand = Continuer manuellement
signed-out-title = Déconnecté
signed-out-heading = Vous êtes déconnecté
signed-out-lead = À bientôt. Sur un ordinateur partagé, fermez aussi la fenêtre du navigateur.
signed-out-again = Se reconnecter

problem-credentials = Cette adresse e-mail et ce mot de passe ne correspondent pas.
problem-code = Ce code est incorrect ou trop ancien. Vérifiez chaque chiffre du plus récent ou demandez-en un nouveau.
problem-code-used = Ce code a déjà été utilisé. Demandez-en un nouveau.
problem-app-code = Ce code est incorrect. Utilisez celui qui s’affiche en ce moment.
problem-app-code-used = Ce code a déjà été utilisé. Attendez le suivant.
problem-app-code-attempts = Trop de codes incorrects ont été saisis. Patientez un moment, puis reconnectez-vous.
problem-organization = Ce compte n’est pas membre de l’organisation demandée. Utilisez un autre compte ou demandez une invitation.
problem-not-a-member = Vous n’en êtes plus membre. Choisissez une autre organisation.
problem-invitation = L’invitation a déjà été utilisée ou a expiré.
problem-invitation-sign-in = L’invitation a déjà été utilisée ou a expiré. Si vous avez un compte, connectez-vous avec celui-ci.
problem-invitation-address = L’invitation est destinée à une autre adresse.
problem-sign-up-closed = Il faut une invitation pour créer un compte ici.
problem-password-disabled = La connexion par mot de passe n’est pas possible ici.
problem-method = Cette façon de se connecter n’est pas possible ici.
problem-busy = Le service est très sollicité en ce moment. Réessayez dans un instant.
problem-too-many = Il y a eu trop de tentatives. Attendez { $duration }, puis réessayez.
problem-late = Cela a pris trop de temps et cette connexion a expiré. Recommencez.
problem-email-missing = Saisissez votre adresse e-mail.
problem-email = « { $typed } » n’est pas une adresse e-mail. Elle ressemble à nom@example.com.
problem-email-taken = Un compte existe déjà avec cette adresse e-mail. Connectez-vous plutôt.
problem-name-length = Ce nom est trop long.

password-hint = Au moins { $count } caractères. Quelques mots sans rapport entre eux conviennent bien.
password-hint-with = Au moins { $count } caractères, dont { $kinds }. Quelques mots sans rapport entre eux conviennent bien.
kind-lowercase = une minuscule
kind-uppercase = une majuscule
kind-number = un chiffre
kind-symbol = un symbole
kinds-and = { $first } et { $last }
kinds-comma = { $first }, { $rest }
password-too-short = Le mot de passe doit comporter au moins { $count } caractères.
password-too-long = Le mot de passe doit comporter au plus { $count } caractères.
password-contains-email = Le mot de passe ne doit pas contenir l’adresse e-mail.
password-lacks = Le mot de passe doit contenir { $kinds }.
password-used-before = Vous avez déjà utilisé ce mot de passe. Choisissez-en un autre.
password-too-weak = Le mot de passe est trop facile à deviner.
password-weak-common = Il est très courant ou ressemble à un mot de passe courant.
password-weak-keyboard = Les motifs sur le clavier sont faciles à deviner.
password-weak-repeats = Les répétitions sont faciles à deviner.
password-weak-sequence = Les suites comme abc ou 6543 sont faciles à deviner.
password-weak-date = Les dates et les années sont faciles à deviner.
password-weak-word = Un mot seul est facile à deviner.
password-weak-name = Les noms sont faciles à deviner.

failure-request-id = Si vous demandez de l’aide, indiquez cet identifiant de requête :
failure-detail = En détail :
failure-title-invalid = Cela n’a pas fonctionné
failure-title-forbidden = Vous ne pouvez pas continuer à partir d’ici
failure-title-not-found = Il n’y a rien ici
failure-title-over = C’est expiré
failure-title-too-large = C’était trop
failure-title-timeout = Cela a pris trop de temps
failure-title-too-many = Trop de tentatives
failure-title-internal = Une erreur s’est produite
failure-title-unavailable = Pas pour le moment
failure-invalid = Retournez là d’où vous venez et réessayez.
failure-internal = L’erreur vient de nous. Réessayez dans un instant ; si elle se reproduit, prévenez la personne responsable de ce service.
failure-sign-in-over = Cette connexion est terminée, a duré plus d’une heure ou a été commencée dans un autre navigateur. Retournez dans l’application et recommencez.
failure-link-over = Ce lien ne fonctionne plus : il a été utilisé, il date de plus d’une heure ou un lien plus récent a été envoyé. Demandez-en un nouveau à l’endroit où vous vous connectez.
failure-invitation-over = Cette invitation a déjà été acceptée, a été retirée ou a expiré. Si vous avez un compte, connectez-vous avec celui-ci ; sinon, demandez une nouvelle invitation.
failure-invitation-nowhere = L’application n’a pas encore d’adresse où vous conduire. Prévenez la personne qui vous a invité.
failure-form = Le formulaire ne provient pas de cette page dans ce navigateur. Les cookies sont peut-être désactivés, ou la page date d’avant la fermeture du navigateur. Revenez en arrière, rechargez la page et réessayez.

mail-code-lifetime = Il ne sert qu’une fois et reste valable { $duration }.
mail-link-lifetime = Le lien ne sert qu’une fois et reste valable { $duration }.
mail-link-stuck = Si le bouton ne fonctionne pas, ouvrez cette adresse dans votre navigateur :
mail-magic-auth-subject = Votre code de connexion
mail-magic-auth-subject-named = Votre code de connexion à { $application }
mail-magic-auth-body = Connectez-vous avec ce code :
mail-magic-auth-body-named = Connectez-vous à { $application } avec ce code :
mail-magic-auth-caution = Si vous ne l’avez pas demandé, ignorez cet e-mail : personne n’entre sans le code. Ne le donnez à personne, pas même à quelqu’un qui se présente comme le support.
mail-email-verification-subject = Confirmez votre adresse e-mail
mail-email-verification-subject-named = Confirmez votre adresse e-mail pour { $application }
mail-email-verification-body = Confirmez avec ce code que cette adresse est la vôtre :
mail-email-verification-body-named = Confirmez avec ce code que cette adresse est la vôtre, pour votre compte { $application } :
mail-email-verification-caution = Si vous ne l’avez pas demandé, ignorez cet e-mail : quelqu’un a peut-être saisi votre adresse par erreur, et sans le code il ne se passe rien.
mail-email-change-subject = Confirmez votre nouvelle adresse e-mail
mail-email-change-subject-named = Confirmez votre nouvelle adresse e-mail pour { $application }
mail-email-change-body = Faites de cette adresse celle de votre compte avec ce code :
mail-email-change-body-named = Faites de cette adresse celle de votre compte { $application } avec ce code :
mail-email-change-caution = Si vous ne l’avez pas demandé, ignorez cet e-mail : sans le code, aucun compte ne prend votre adresse.
mail-password-reset-subject = Définissez un nouveau mot de passe
mail-password-reset-subject-named = Définissez un nouveau mot de passe pour { $application }
mail-password-reset-body = Définissez un nouveau mot de passe ici :
mail-password-reset-body-named = Définissez ici un nouveau mot de passe pour votre compte { $application } :
mail-password-reset-button = Définir un nouveau mot de passe
mail-password-reset-after = Un nouveau mot de passe vous déconnecte partout.
mail-password-reset-caution = Si vous ne l’avez pas demandé, ignorez cet e-mail : votre mot de passe reste inchangé. Ne transmettez le lien à personne.
mail-invitation-subject = Vous êtes invité
mail-invitation-subject-to = Vous êtes invité à rejoindre { $name }
mail-invitation-subject-inviter = { $inviter } vous invite
mail-invitation-subject-inviter-to = { $inviter } vous invite à rejoindre { $name }
mail-invitation-body = Vous êtes invité à créer un compte. Acceptez ici :
mail-invitation-body-to = Vous êtes invité à rejoindre { $name }. Acceptez ici :
mail-invitation-body-on = Vous êtes invité à rejoindre { $organization } sur { $application }. Acceptez ici :
mail-invitation-body-inviter = { $inviter } vous invite à créer un compte. Acceptez ici :
mail-invitation-body-inviter-to = { $inviter } vous invite à rejoindre { $name }. Acceptez ici :
mail-invitation-body-inviter-on = { $inviter } vous invite à rejoindre { $organization } sur { $application }. Acceptez ici :
mail-invitation-button = Accepter l’invitation
mail-invitation-lifetime = Le lien est pour vous seul et ne sert qu’une fois, pendant { $duration }.
mail-invitation-caution = Si vous ne savez pas de qui elle vient, ignorez cet e-mail : il ne se passe rien tant que vous n’acceptez pas.

sms-code = Votre code est { $code }. Il est valable { $duration }.
sms-code-named = Votre code { $application } est { $code }. Il est valable { $duration }.

factor-lead-phone = Saisissez les six chiffres que nous avons envoyés à votre téléphone, { $telephone }. Ils sont valables { $duration }.
factor-confirm-phone = Confirmez votre téléphone
factor-none-yet = Pas encore de message ?
factor-other-way = Essayer autrement
factor-set-up-other-way = Configurer un autre moyen
factor-choice-lead = Votre compte exige une seconde étape. Comment souhaitez-vous l’effectuer ?
factor-app = Application d’authentification
factor-app-hint = Fonctionne sans réseau et ne peut pas être interceptée.
factor-text = SMS
factor-text-hint = Nous envoyons un code à votre téléphone.
factor-ways-lead = Comment souhaitez-vous effectuer la seconde étape ?
factor-use-app = Utiliser votre application d’authentification
factor-use-text = Recevoir un SMS au { $telephone }
signing-in-as = Connexion en tant que { $email }.
recovery-use = Utiliser un code de secours
recovery-lead = Saisissez l’un des codes que vous avez enregistrés en configurant la connexion en deux étapes. Chacun ne sert qu’une fois.
recovery-code = Code de secours
recovery-hint = Seize lettres et chiffres, par exemple { $example }.
recovery-renew = Créer de nouveaux codes de secours. Les anciens ne fonctionneront plus.
recovery-codes-title = Enregistrez vos codes de secours
recovery-codes-lead = Si vous perdez votre téléphone ou votre application, l’un de ces codes vous permettra d’entrer. Chacun ne sert qu’une fois. Ils ne s’affichent que maintenant : conservez-les en lieu sûr avant de continuer.
recovery-codes-download = Les télécharger dans un fichier
recovery-codes-keep = Vous pouvez aussi imprimer cette page ou les copier.
recovery-codes-saved = Je les ai enregistrés
telephone-title = Configurez votre téléphone
telephone-lead = Nous y envoyons un code à chaque connexion.
telephone-number = Numéro de téléphone
telephone-hint = Avec l’indicatif de votre pays, par exemple { $example }.
telephone-submit = Envoyer un code
problem-way-gone = Ce moyen n’existe plus. Choisissez-en un autre.
problem-text-code = Ce code est incorrect. Vérifiez chaque chiffre du plus récent.
problem-text-code-old = Ce code est trop ancien. Demandez-en un nouveau.
problem-text-not-sent = Aucun message n’a pu être envoyé : ce téléphone en a reçu trop ou n’en reçoit pas. Attendez quelques minutes ou essayez autrement.
problem-telephone = Nous ne pouvons pas envoyer de message à ce numéro de téléphone.

passkey-title = Utilisez votre clé d’accès
passkey-lead = Votre appareil demande votre empreinte, votre visage ou le verrouillage de l’écran pour continuer vers { $application }.
passkey-unavailable = Ce navigateur ne peut pas utiliser de clés d’accès ici, ou les scripts sont désactivés.
passkey-sign-in = Se connecter avec une clé d’accès
passkey-instead = Utiliser plutôt une clé d’accès
passkey-failed = Cela n’a pas fonctionné. Réessayez ou continuez autrement.
passkey-offer-title = Connectez-vous plus vite la prochaine fois
passkey-offer-lead = Avec une clé d’accès, vous vous connectez avec votre empreinte, votre visage ou le verrouillage de l’écran. Personne ne peut la voler ni la deviner, et il n’y a pas de mot de passe à saisir.
passkey-offer-create = Créer une clé d’accès
passkey-offer-later = Pas maintenant
passkeys-title = Vos clés d’accès
passkeys-lead = Une clé d’accès vous connecte avec votre empreinte, votre visage ou le verrouillage de l’écran.
passkeys-none = Vous n’avez pas encore de clé d’accès.
passkeys-add = Ajouter une clé d’accès
passkeys-confirm = Pour modifier quelque chose ici, montrez encore une fois que c’est bien vous.
passkeys-added-on = Ajoutée le { $date }
passkeys-used-on = Dernière utilisation le { $date }
passkeys-synchronized = Sur tous vos appareils
passkeys-change = Renommer ou supprimer
passkeys-change-named = Renommer ou supprimer { $name }
name = Nom
save = Enregistrer
remove = Supprimer
remove-named = Supprimer { $name }
passkey-added = La clé d’accès a été ajoutée.
passkey-renamed = La clé d’accès a été renommée.
passkey-removed = La clé d’accès a été supprimée. Supprimez-la aussi de votre appareil ou de votre gestionnaire de mots de passe.
problem-passkey-late = Cela a pris trop de temps. Réessayez.
problem-passkey-refused = Cette clé d’accès n’a pas été acceptée. Réessayez ou connectez-vous autrement.
problem-passkey-removed = Cette clé d’accès a été supprimée de votre compte. Connectez-vous autrement.
problem-passkey-copied = Cette clé d’accès n’a pas été acceptée, car il semble en exister une copie. Connectez-vous autrement et supprimez-la de votre compte.
problem-passkey-known = Cette clé d’accès est déjà utilisée.
problem-passkey-many = Vous avez atteint le nombre maximal de clés d’accès. Supprimez-en d’abord une.
problem-passkey-name = Donnez à la clé d’accès un nom de { $count } caractères au plus.
failure-signed-out = Personne n’est connecté dans ce navigateur. Connectez-vous d’abord à votre application, puis revenez.
failure-acting = Qui agit au nom d’un utilisateur ne peut pas modifier la façon dont celui-ci se connecte.

device-title = Connecter un appareil
device-lead = Saisissez le code que votre appareil affiche.
device-code = Code de l’appareil
device-code-caution = Ne saisissez qu’un code que vous avez demandé vous-même, sur un appareil devant vous. Personne qui vous aide n’en a besoin.
device-approve-title = Autoriser cet appareil à se connecter ?
device-approve-lead = Il agira en votre nom dans { $application }. Comparez le code avec celui qu’il affiche :
device-account = Compte
device-organization = Organisation
device-from = Demandé depuis
device-program = Programme
device-caution = Quelqu’un vous a envoyé ce code ou le lien vers cette page ? Refusez : cette personne accéderait à votre compte.
device-yes = Oui, c’est mon appareil
device-no = Non, ne pas l’autoriser
device-wrong-account = Ce n’est pas le bon compte ?
device-other-account = Se connecter avec un autre
device-approved-title = Votre appareil est connecté
device-approved-lead = Retournez-y. Vous pouvez fermer cette page.
device-denied-title = L’appareil n’est pas autorisé
device-denied-lead = Personne n’a été connecté. Si vous n’êtes pas à l’origine de cette demande, quelqu’un a peut-être tenté d’accéder à votre compte : prévenez la personne responsable de { $application }.
problem-device-code = Aucun appareil n’attend avec ce code. Vérifiez-le ou recommencez sur l’appareil.

acting-label = Action au nom d’un utilisateur
acting = { $impersonator } agit en tant que { $user }.
acting-stop = Arrêter
acting-title = Agir en tant que { $user }
impersonation-lead = { $impersonator } sera connecté à { $application } en tant que cet utilisateur pendant { $minutes } minutes. La session indique qui agit, et pourquoi :
impersonation-lead-organization = { $impersonator } sera connecté à { $application }, dans { $organization }, en tant que cet utilisateur pendant { $minutes } minutes. La session indique qui agit, et pourquoi :
failure-impersonation-over = Ce lien ne fonctionne plus : il a déjà servi ou date de plus de dix minutes. Créez-en un nouveau.
onward-title = Un instant
onward-lead = Redirection vers { $application }…
another-way-title = Connectez-vous autrement
another-way-sso = On n’accède à { $name } que par sa propre connexion (authentification unique). Commencez par là ou demandez l’accès à son administrateur.
another-way-sso-only = On n’accède à { $name } que par sa propre connexion (authentification unique).
another-way-choose = { $name } a sa propre connexion (authentification unique). Ces façons vous sont ouvertes :
another-way-sso-go = Continuer avec l’authentification unique
sso-title = Authentification unique
sso-lead = Vous allez vers la connexion de { $name }…
another-way-open = { $name } n’autorise pas la façon dont vous vous êtes connecté. Cette façon vous est ouverte :
another-way-none = { $name } n’autorise pas la façon dont vous vous êtes connecté. Demandez l’accès à son administrateur.
another-way-code = Recevoir un code par e-mail
another-way-password = Utiliser un mot de passe
problem-organization-method = Cette organisation n’autorise pas la façon dont vous vous êtes connecté. Choisissez-en une autre ou connectez-vous autrement.
provider-continue = Continuer avec { $provider }
problem-provider-denied = Personne ne s’est connecté là-bas. Réessayez ou connectez-vous autrement.
problem-provider = La connexion là-bas n’a pas fonctionné. Réessayez ou connectez-vous autrement.
problem-provider-outside = L’organisation n’admet pas ce compte. Utilisez un compte de l’organisation ou demandez l’accès à son administrateur.
problem-recovery-code = Ce n’est pas l’un de vos codes de secours, ou il a déjà été utilisé.

mail-magic-link-subject = Votre lien de connexion
mail-magic-link-subject-named = Votre lien de connexion à { $application }
mail-magic-link-body = Connectez-vous avec ce lien :
mail-magic-link-body-named = Connectez-vous à { $application } avec ce lien :
mail-magic-link-button = Se connecter
mail-magic-link-caution = Si vous n’avez rien demandé, ignorez cet e-mail : personne n’entre sans le lien. Ne le transmettez à personne.
mail-email-change-button = Confirmer l’adresse
mail-waitlist-subject = Vous êtes sur la liste d’attente
mail-waitlist-subject-named = Vous êtes sur la liste d’attente de { $application }
mail-waitlist-body = Nous vous écrirons de nouveau quand ce sera votre tour. D’ici là, vous n’avez rien à faire.
mail-waitlist-caution = Si vous n’avez rien demandé, ignorez cet e-mail : quelqu’un a peut-être saisi votre adresse par erreur.
failure-email-change-over = Ce lien ne fonctionne plus : il a été utilisé, il est trop ancien, ou un plus récent a été envoyé. Demandez-en un nouveau là où vous changez votre adresse.
failure-magic-link-over = Ce lien ne fonctionne plus : il a été utilisé ou il est trop ancien. Demandez-en un nouveau là où vous vous connectez.
email-change-title = Confirmer votre nouvelle adresse
email-change-lead = Désormais, vous vous connecterez à { $application } avec cette adresse :
email-change-submit = Changer mon adresse
email-change-done-title = Adresse modifiée
email-change-done-lead = Utilisez cette adresse à partir de maintenant. Vous pouvez fermer la page.
email-new = Nouvelle adresse e-mail
email-change-mailed = Un lien de confirmation est en route vers la nouvelle adresse, sauf si quelqu’un l’utilise déjà.
problem-email-same = C’est déjà votre adresse e-mail.
problem-email-managed = Votre adresse e-mail est définie par votre organisation et ne peut pas être changée ici.
magic-link-title = Connexion
magic-link-lead = Encore un clic et vous serez connecté à { $application } en tant que :
waitlist-title = Rejoindre la liste d’attente
waitlist-lead = { $application } ouvre ses portes progressivement. Laissez votre adresse e-mail et nous vous écrirons quand ce sera votre tour.
waitlist-joined-title = Merci
waitlist-joined-lead = Nous écrirons à cette adresse quand ce sera votre tour :
mail-passkey-added-subject = Une clé d’accès a été ajoutée à votre compte
mail-passkey-added-subject-named = Une clé d’accès a été ajoutée à votre compte { $application }
mail-passkey-added-body = Cette clé d’accès permet désormais de se connecter à votre compte : { $name }
mail-passkey-added-body-named = Cette clé d’accès permet désormais de se connecter à votre compte { $application } : { $name }
mail-passkey-added-caution = Si ce n’était pas vous, quelqu’un d’autre a accédé à votre compte : supprimez la clé d’accès et définissez un nouveau mot de passe.
mail-recovery-code-used-subject = Un code de secours de votre compte a été utilisé
mail-recovery-code-used-subject-named = Un code de secours de votre compte { $application } a été utilisé
mail-recovery-code-used-body = Quelqu’un vient de se connecter à votre compte avec l’un de vos codes de secours. Ce code ne fonctionne plus.
mail-recovery-code-used-body-named = Quelqu’un vient de se connecter à votre compte { $application } avec l’un de vos codes de secours. Ce code ne fonctionne plus.
mail-recovery-code-used-left = Codes restants : { $count }
mail-recovery-code-used-caution = Si ce n’était pas vous, quelqu’un d’autre a accédé à votre compte : définissez un nouveau mot de passe et créez de nouveaux codes de secours.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Est-ce vous qui vous connectez ?
mail-radar-challenge-subject-named = Est-ce vous qui vous connectez à { $application } ?
mail-radar-challenge-body = Quelqu’un se connecte à votre compte de façon inhabituelle. Si c’est vous, continuez avec ce code :
mail-radar-challenge-body-named = Quelqu’un se connecte à votre compte { $application } de façon inhabituelle. Si c’est vous, continuez avec ce code :
mail-radar-challenge-caution = Si ce n’est pas vous, ne donnez le code à personne et changez votre mot de passe : quelqu’un semble le connaître.
challenge-title = Confirmez que c’est bien vous
challenge-lead = Cette connexion est inhabituelle. Saisissez les six chiffres que nous vous avons envoyés par e-mail. Ils sont valables { $duration }.
challenge-lead-phone = Saisissez les six chiffres envoyés au { $telephone }. Ils sont valables { $duration }.
challenge-phone-lead = Pour écarter les programmes, nous envoyons un code à votre téléphone, cette fois seulement.
challenge-change-phone = Utiliser un autre numéro
blocked-title = Vous ne pouvez pas vous connecter d’ici
blocked-lead = Cette tentative a été arrêtée pour protéger les comptes. Si vous pensez que c’est une erreur, demandez de l’aide sur le site d’où vous venez.
blocked-back = Retour

## Messages à qui gère l’application

mail-webhook-endpoint-disabled-subject = Un point de terminaison de webhooks a été désactivé
mail-webhook-endpoint-disabled-subject-named = Un point de terminaison de webhooks de { $application } a été désactivé
mail-webhook-endpoint-disabled-body = Rien n’a pu être livré à ce point de terminaison de webhooks pendant longtemps ; il a donc été désactivé : { $endpoint }
mail-webhook-endpoint-disabled-body-named = Rien n’a pu être livré à ce point de terminaison de webhooks de { $application } pendant longtemps ; il a donc été désactivé : { $endpoint }
mail-webhook-endpoint-disabled-caution = Dès qu’il fonctionne à nouveau, activez-le et renvoyez ce qu’il a manqué.

denied-title = Vous ne pouvez pas continuer
denied-lead = L’application ne vous laisse pas entrer. Si vous pensez que c’est une erreur, demandez de l’aide sur le site d’où vous venez.

portal-open-title = Configurer { $organization }
portal-open-lead = { $application } vous permet de configurer cette organisation. Le lien ouvre le portail une seule fois, dans ce navigateur.
portal-open-submit = Ouvrir le portail
portal-sso-hint = Laissez vos collaborateurs se connecter là où ils travaillent
portal-domains = Domaines
portal-domains-hint = Prouvez que vos domaines sont à vous
portal-certificates = Certificats
portal-certificates-hint = Renouvelez les certificats de votre fournisseur d’identité
portal-audit-logs = Journal d’audit
portal-audit-logs-hint = Voyez qui a fait quoi, et emportez-le dans un fichier
portal-log-streams = Flux du journal
portal-log-streams-hint = Envoyez le journal d’audit là où vous gardez vos journaux
portal-return = Retour à { $application }
portal-back = Retour
portal-finish = Terminer
portal-done-title = Merci
portal-done-lead = { $organization } est configurée comme vous l’avez laissée. Vous pouvez fermer cette page.
portal-refused = Cela n’a pas été accepté.
portal-saved = L’enregistrement est fait.
portal-removed = La suppression est faite.
portal-sent = Le destinataire a accepté l’événement de test.
portal-looking = Nous cherchons l’enregistrement. Rechargez la page dans une minute.
portal-state-draft = Pas encore configurée
portal-state-validating = Prête à être testée
portal-state-active = Activée
portal-state-inactive = Désactivée
portal-state-pending = Pas encore prouvé
portal-state-verified = Prouvé
portal-state-failed = Pas prouvé à temps
portal-state-error = N’arrive pas
portal-state-invalid = Refuse les identifiants
portal-sso-none = Il n’y a pas encore de connexion à un fournisseur d’identité.
portal-sso-add = Ajouter un fournisseur d’identité
portal-provider = Fournisseur d’identité
portal-provider-saml = Un autre, par SAML
portal-provider-oidc = Un autre, par OpenID Connect
portal-copy = 1. Créez une application chez votre fournisseur d’identité
portal-copy-hint = Copiez-y ceci :
portal-give = 2. Dites-nous où est votre fournisseur d’identité
portal-give-hint = Il l’affiche une fois l’application créée.
portal-by-url = Par l’adresse de ses métadonnées
portal-by-file = Par le texte de ses métadonnées
portal-by-hand = À la main
portal-attributes = 3. Ce que nous lisons de chaque personne
portal-attributes-hint = Les noms habituels sont trouvés d’eux-mêmes. Notez comment votre fournisseur d’identité appelle ce qu’il nomme autrement.
portal-attribute-id = Identifiant
portal-attribute-groups = Groupes
portal-use = 4. Testez-la et activez-la
portal-test = Tester la connexion
portal-test-hint = Vous vous connectez chez votre fournisseur d’identité et voyez ce qui nous est dit. Cela ne vous connecte pas à { $application }. La première connexion réussie active la connexion.
portal-test-title = Ce qui est revenu
portal-test-good = Cela fonctionne. Voici ce qui nous est dit de vous :
portal-test-failed = Cela ne fonctionne pas encore.
portal-test-raw = Tout ce qui a été dit
portal-activate = Activer
portal-activate-hint = Dès lors, vos collaborateurs se connectent par elle.
portal-deactivate = Désactiver
portal-deactivate-hint = Personne ne se connecte par elle jusqu’à ce que vous la réactiviez. Qui est connecté le reste.
portal-delete = Effacer
portal-delete-sure = Oui, j’en suis sûr
portal-delete-connection = Personne ne peut plus se connecter par elle, et il faut la configurer à nouveau pour la retrouver.
portal-delete-stream = Plus aucun événement n’est envoyé, et les identifiants sont oubliés. Le journal d’audit reste.
problem-portal-sure = Cochez que vous êtes sûr.
portal-domains-none = Il n’y a pas encore de domaine.
portal-domain = Domaine
portal-domain-add = Ajouter un domaine
portal-domain-record = Créez cet enregistrement là où le domaine est géré. Nous le cherchons encore et encore.
portal-domain-check = Vérifier maintenant
portal-domain-remove = Qui y a une adresse ne compte plus parmi les vôtres.
portal-type = Type
portal-value = Valeur
portal-certificates-none = Aucune connexion n’a de certificat.
portal-certificate-ends = Prend fin le { $date }
portal-certificate-soon = Prend bientôt fin : le { $date }
portal-certificate-over = A pris fin le { $date }
portal-certificate = Certificat
portal-certificate-add = Ajouter un nouveau certificat
portal-certificate-hint = Les deux valent côte à côte. Supprimez l’ancien quand votre fournisseur d’identité utilise le nouveau.
portal-read-again = Relire les métadonnées
portal-read-again-hint = Votre fournisseur d’identité nous donne ses certificats de lui-même, une fois par jour.
portal-events-none = Il n’y a pas de tels événements.
portal-search = Rechercher
portal-action = Action
portal-newer = Plus récents
portal-older = Plus anciens
portal-export = Exporter en CSV
portal-export-hint = Un fichier des événements des 90 derniers jours.
portal-export-pending = Le fichier est en préparation. Rechargez cette page dans un instant.
portal-export-ready = Le fichier est prêt.
portal-export-download = Télécharger le fichier
portal-export-failed = Le fichier n’a pas pu être créé. Réessayez plus tard.
portal-streams-none = Le journal d’audit n’est encore envoyé nulle part.
portal-stream-add = Ajouter un destinataire
portal-receiver = Destinataire
portal-stream-test = Envoyer un événement de test
portal-synced = Dernière réception le { $date }
portal-waiting = { $count ->
    [one] { $count } événement en attente
   *[other] { $count } événements en attente
}
failure-portal-over = Ce lien ne fonctionne plus : il a déjà été ouvert, il a été retiré ou il est trop ancien. Demandez-en un nouveau là où vous l’avez obtenu.
failure-portal-elsewhere = Le lien par lequel vous êtes venu était fait pour autre chose. Demandez-en un autre là où vous l’avez obtenu.
