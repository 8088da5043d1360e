# English, which every other file is a translation of.
#
# A line names a message and says it; { $name } is filled in, and a form is chosen between
# { $count -> … }. No markup: pages escape what stands here.

## Lengths of time, which stand after "for": they work for an hour. Dates.

duration-seconds = { $count ->
    [one] a second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] a minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] an hour
   *[other] { $count } hours
}
duration-days = { $count ->
    [one] a day
   *[other] { $count } days
}
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }

## On several pages

error-prefix = Error:
problems-title = There are { $count } things to put right:
development-inbox = Development server: mail lands in the inbox
email = Email
password = Password
new-password = New password
code = Code
show = Show
hide = Hide
change = Change
change-address = Change address
or = or
sign-in = Sign in
verify = Verify
back-to-sign-in = Back to sign-in
use-another-account = Use another account
terms-of-service = Terms of service
privacy-policy = Privacy policy
support = Get help

## Sign in

sign-in-title = Sign in
sign-in-lead = to continue to { $application }
continue = Continue
sign-in-new-here = New to { $application }?
sign-in-create = Create an account

## Password

password-title = Enter your password
password-heading = Welcome back
password-lead = Enter your password to continue to { $application }.
password-forgotten = Forgot your password?
password-code-instead = Email me a code instead

## Create an account

sign-up-title = Create your account
sign-up-lead = to continue to { $application }
sign-up-joining = You are joining { $organization } on { $application }.
first-name = First name
last-name = Last name
sign-up-submit = Create account
sign-up-known = Already have an account?

## Mailed codes

code-title = Check your email
verify-email-title = Verify your email
code-lead = Enter the six digits that we mailed to you. They work for { $duration }.
code-none-yet = No mail yet?
code-send-again = Send a new code
code-password-instead = Use your password instead
code-on-its-way = A new code is on its way. It takes the place of the one before.

## Reset a password

forgotten-title = Reset your password
forgotten-lead = We will mail you a link that lets you choose a new one.
forgotten-submit = Send reset link
reset-sent-title = Check your email
reset-sent-lead = If there is an account for this address, a link to reset its password is on its way. It works for { $duration }.
reset-title = Choose a new password
reset-lead = It replaces the old one everywhere, and other devices are signed out.
reset-submit = Set new password
reset-done-title = Password changed
reset-done-lead = Use the new password from now on. Every other session has been ended.
reset-done-go-back = Go back to { $application } to sign in.

## Two-step sign-in

factor-title = Two-step sign-in
factor-lead-app = Enter the six digits that your authenticator app shows now.
enrolment-title = Set up two-step sign-in
enrolment-lead = Your account needs a second step. Any authenticator app will do.
enrolment-scan = Scan this with your authenticator app.
enrolment-open = Open it on this device
enrolment-picture = Picture to scan with an authenticator app
enrolment-key = No camera? Type this key into the app:
enrolment-code = Enter the six digits that the app shows.

## Organization, invitation, the way back

organization-title = Choose an organization
organization-lead = You are a member of several. You can switch later.
organization-signed-in-as = Signed in as { $email }.
invitation-title = Join { $name }
invitation-lead-inviter-organization = { $inviter } has invited you to work with { $organization } in { $application }. The invitation is for this address:
invitation-lead-inviter = { $inviter } has invited you to { $application }. The invitation is for this address:
invitation-lead-organization = You have been invited to work with { $organization } in { $application }. The invitation is for this address:
invitation-lead = You have been invited to { $application }. The invitation is for this address:
invitation-accept = Accept invitation
invitation-unexpected = Not expecting this? You can close the page; nothing will happen.
returning-title = Signed in
returning-heading = You are signed in
returning-lead = Taking you back to { $application }…
returning-stuck = Nothing happening?
returning-by-hand = Go on by hand
signed-out-title = Signed out
signed-out-heading = You are signed out
signed-out-lead = See you soon. On a shared computer, close the browser window too.
signed-out-again = Sign in again

## What a form was refused for

problem-credentials = That email and password do not belong together.
problem-code = That code is not right, or it is too old. Check each digit of the newest one, or ask for a new one.
problem-code-used = That code was used already. Ask for a new one.
problem-app-code = That code is not right. Use the one that is shown now.
problem-app-code-used = That code was used already. Wait for the next one.
problem-app-code-attempts = There were too many wrong codes. Wait a while, then sign in again.
problem-organization = This account is not a member of the organization that you came for. Use another account, or ask for an invitation.
problem-not-a-member = You are not a member there any more. Choose another.
problem-invitation = The invitation was used already, or is over.
problem-invitation-sign-in = The invitation was used already, or is over. If you have an account, sign in with it.
problem-invitation-address = The invitation is for another address.
problem-sign-up-closed = Nobody can make an account here without an invitation.
problem-password-disabled = Nobody can sign in with a password here.
problem-method = Nobody can sign in this way here.
problem-busy = Too much is going on just now. Try again in a moment.
problem-too-many = There were too many attempts. Wait { $duration }, then try again.
problem-late = That took a while, and this sign-in is over. Begin again.
problem-email-missing = Enter your email address.
problem-email = “{ $typed }” is not an email address. It looks like name@example.com.
problem-email-taken = There is an account with this email already. Sign in instead.
problem-name-length = That name is too long.

## Passwords

password-hint = At least { $count } characters. A few unrelated words work well.
password-hint-with = At least { $count } characters, with { $kinds }. A few unrelated words work well.
kind-lowercase = a small letter
kind-uppercase = a capital letter
kind-number = a digit
kind-symbol = a symbol
kinds-and = { $first } and { $last }
kinds-comma = { $first }, { $rest }
password-too-short = Password must be at least { $count } characters long.
password-too-long = Password must be at most { $count } characters long.
password-contains-email = Password must not contain the email address.
password-lacks = Password must contain { $kinds }.
password-used-before = You have used this password before. Choose another.
password-too-weak = Password is too easy to guess.
password-weak-common = It is very common, or like one that is.
password-weak-keyboard = Patterns on the keyboard are easy to guess.
password-weak-repeats = Repetitions are easy to guess.
password-weak-sequence = Sequences like abc or 6543 are easy to guess.
password-weak-date = Dates and years are easy to guess.
password-weak-word = A word by itself is easy to guess.
password-weak-name = Names are easy to guess.

## Pages that end a way

failure-request-id = If you ask for help, quote this request id:
failure-detail = In detail:
failure-title-invalid = That did not work
failure-title-forbidden = You cannot go on from here
failure-title-not-found = There is nothing here
failure-title-over = This is over
failure-title-too-large = That was too much
failure-title-timeout = That took too long
failure-title-too-many = Too many attempts
failure-title-internal = Something went wrong
failure-title-unavailable = Not just now
failure-invalid = Go back to where you came from and try again.
failure-internal = The fault is ours. Try again in a moment; if it happens again, tell whoever runs this service.
failure-sign-in-over = This sign-in is over, it took longer than an hour, or it was begun in another browser. Go back to the application and start again.
failure-link-over = This link does not work any more: it was used, it is older than an hour, or a newer one was sent. Ask for a new one where you sign in.
failure-invitation-over = This invitation was accepted already, was taken back, or is over. If you have an account, sign in with it; if not, ask whoever invited you for a new one.
failure-invitation-nowhere = The application has no address yet to take you to. Tell whoever invited you.
failure-form = The form did not come from this page in this browser. Cookies may be turned off, or the page is from before the browser was closed. Go back, load the page again and try once more.

## Mails

mail-code-lifetime = It works once, and for { $duration }.
mail-link-lifetime = The link works once, and for { $duration }.
mail-link-stuck = If the button does nothing, open this address in your browser:
mail-magic-auth-subject = Your sign-in code
mail-magic-auth-subject-named = Your sign-in code for { $application }
mail-magic-auth-body = Sign in with this code:
mail-magic-auth-body-named = Sign in to { $application } with this code:
mail-magic-auth-caution = If you did not ask for it, ignore this mail: nobody gets in without the code. Give it to no one, not even to someone who says that they are from support.
mail-email-verification-subject = Confirm your e-mail address
mail-email-verification-subject-named = Confirm your e-mail address for { $application }
mail-email-verification-body = Confirm that this address is yours with this code:
mail-email-verification-body-named = Confirm that this address is yours, for your account at { $application }, with this code:
mail-email-verification-caution = If you did not ask for it, ignore this mail: someone may have typed your address by mistake, and without the code nothing happens.
mail-email-change-subject = Confirm your new e-mail address
mail-email-change-subject-named = Confirm your new e-mail address for { $application }
mail-email-change-body = Make this the address of your account with this code:
mail-email-change-body-named = Make this the address of your account at { $application } with this code:
mail-email-change-caution = If you did not ask for it, ignore this mail: without the code, no account takes your address.
mail-password-reset-subject = Set a new password
mail-password-reset-subject-named = Set a new password for { $application }
mail-password-reset-body = Set a new password here:
mail-password-reset-body-named = Set a new password for your account at { $application } here:
mail-password-reset-button = Set a new password
mail-password-reset-after = A new password signs you out everywhere.
mail-password-reset-caution = If you did not ask for it, ignore this mail: your password stays as it is. Pass the link on to no one.
mail-invitation-subject = You are invited
mail-invitation-subject-to = You are invited to { $name }
mail-invitation-subject-inviter = { $inviter } invites you
mail-invitation-subject-inviter-to = { $inviter } invites you to { $name }
mail-invitation-body = You are invited to sign up. Accept here:
mail-invitation-body-to = You are invited to join { $name }. Accept here:
mail-invitation-body-on = You are invited to join { $organization } on { $application }. Accept here:
mail-invitation-body-inviter = { $inviter } invites you to sign up. Accept here:
mail-invitation-body-inviter-to = { $inviter } invites you to join { $name }. Accept here:
mail-invitation-body-inviter-on = { $inviter } invites you to join { $organization } on { $application }. Accept here:
mail-invitation-button = Accept the invitation
mail-invitation-lifetime = The link is for you alone and works once, for { $duration }.
mail-invitation-caution = If you do not know who this is from, ignore this mail: nothing happens unless you accept.

## Text messages

sms-code = Your code is { $code }. It works for { $duration }.
sms-code-named = Your { $application } code is { $code }. It works for { $duration }.

## Second steps by phone, recovery codes

factor-lead-phone = Enter the six digits that we sent to your phone, { $telephone }. They work for { $duration }.
factor-confirm-phone = Confirm your phone
factor-none-yet = No message yet?
factor-other-way = Try another way
factor-set-up-other-way = Set up another way
factor-choice-lead = Your account needs a second step. How would you like to take it?
factor-app = Authenticator app
factor-app-hint = Works without a network, and cannot be intercepted.
factor-text = Text message
factor-text-hint = We send a code to your phone.
factor-ways-lead = How would you like to take the second step?
factor-use-app = Use your authenticator app
factor-use-text = Get a text message at { $telephone }
signing-in-as = Signing in as { $email }.
recovery-use = Use a recovery code
recovery-lead = Enter one of the codes that you saved when you set up two-step sign-in. Each works once.
recovery-code = Recovery code
recovery-hint = Sixteen letters and digits, such as { $example }.
recovery-renew = Make me new recovery codes. The old ones stop working.
recovery-codes-title = Save your recovery codes
recovery-codes-lead = If you lose your phone or your app, one of these lets you in. Each works once. They are shown only now, so keep them somewhere safe before you go on.
recovery-codes-download = Download them as a file
recovery-codes-keep = You can also print this page, or copy them.
recovery-codes-saved = I have saved them
telephone-title = Set up your phone
telephone-lead = We send a code to it each time that you sign in.
telephone-number = Phone number
telephone-hint = With the code of your country, such as { $example }.
telephone-submit = Send a code
problem-way-gone = That way is there no more. Choose another.
problem-text-code = That code is not right. Check each digit of the newest one.
problem-text-code-old = That code is too old. Ask for a new one.
problem-text-not-sent = No message could be sent just now: this phone got too many, or gets none. Wait a few minutes, or try another way.
problem-telephone = That is no phone number that we can send a message to.

## Passkeys

passkey-title = Use your passkey
passkey-lead = Your device asks for your fingerprint, face or screen lock to continue to { $application }.
passkey-unavailable = This browser cannot use passkeys here, or scripts are turned off.
passkey-sign-in = Sign in with a passkey
passkey-instead = Use a passkey instead
passkey-failed = That did not work. Try again, or go on another way.
passkey-offer-title = Sign in faster next time
passkey-offer-lead = With a passkey you sign in by your fingerprint, face or screen lock. Nobody can steal or guess it, and there is no password to type.
passkey-offer-create = Create a passkey
passkey-offer-later = Not now
passkeys-title = Your passkeys
passkeys-lead = A passkey signs you in by your fingerprint, face or screen lock.
passkeys-none = You have no passkey yet.
passkeys-add = Add a passkey
passkeys-confirm = To change anything here, show once more that it is you.
passkeys-added-on = Added on { $date }
passkeys-used-on = Last used on { $date }
passkeys-synchronized = On all your devices
passkeys-change = Rename or remove
passkeys-change-named = Rename or remove { $name }
name = Name
save = Save
remove = Remove
remove-named = Remove { $name }
passkey-added = The passkey was added.
passkey-renamed = The passkey was renamed.
passkey-removed = The passkey was removed. Delete it from your device or password manager too.
problem-passkey-late = That took too long. Try again.
problem-passkey-refused = That passkey was not accepted. Try again, or sign in another way.
problem-passkey-removed = That passkey was removed from your account. Sign in another way.
problem-passkey-copied = That passkey was not accepted, because there seems to be a copy of it. Sign in another way, and remove it from your account.
problem-passkey-known = That passkey is in use already.
problem-passkey-many = You have as many passkeys as you can. Remove one first.
problem-passkey-name = Give the passkey a name of at most { $count } letters.
failure-signed-out = Nobody is signed in with this browser. Sign in to your application first, then come back.
failure-acting = Somebody who acts as a user cannot change how that user signs in.

## Devices

device-title = Connect a device
device-lead = Enter the code that your device shows.
device-code = Device code
device-code-caution = Only enter a code that you asked for yourself, on a device in front of you. Nobody who helps you needs one.
device-approve-title = Let this device sign in?
device-approve-lead = It will act as you in { $application }. Compare the code with the one that it shows:
device-account = Account
device-organization = Organization
device-from = Asked from
device-program = Program
device-caution = Did somebody send you this code, or the link to this page? Then say no: they would get into your account.
device-yes = Yes, this is my device
device-no = No, do not let it in
device-wrong-account = Not the right account?
device-other-account = Sign in with another
device-approved-title = Your device is signed in
device-approved-lead = Go back to it. You can close this page.
device-denied-title = The device stays out
device-denied-lead = Nobody was signed in. If you did not start this yourself, somebody may have tried to get into your account: tell whoever runs { $application }.
problem-device-code = No device waits for this code. Check it, or begin again on the device.

## Acting as a user, other ways in, accounts elsewhere

acting-label = Acting as a user
acting = { $impersonator } is acting as { $user }.
acting-stop = Stop
acting-title = Act as { $user }
impersonation-lead = { $impersonator } will be signed in to { $application } as this user for { $minutes } minutes. The session tells who acts, and why:
impersonation-lead-organization = { $impersonator } will be signed in to { $application } in { $organization } as this user for { $minutes } minutes. The session tells who acts, and why:
failure-impersonation-over = This link does not work any more: it was used, or it is older than ten minutes. Make a new one.
onward-title = One moment
onward-lead = Taking you to { $application }…
another-way-title = Sign in another way
another-way-sso = { $name } lets people in through its own sign-in (single sign-on) alone. Start there, or ask its administrator for the way in.
another-way-sso-only = { $name } lets people in through its own sign-in (single sign-on) alone.
another-way-choose = { $name } has a sign-in of its own (single sign-on). These ways are open to you:
another-way-sso-go = Continue with single sign-on
sso-title = Single sign-on
sso-lead = Taking you to the sign-in of { $name }…
another-way-open = { $name } does not let people in the way you came. This way is open to you:
another-way-none = { $name } does not let people in the way you came. Ask its administrator for the way in.
another-way-code = Email me a code
another-way-password = Use a password
problem-organization-method = That organization does not let you in the way you signed in. Choose another, or sign in another way.
provider-continue = Continue with { $provider }
problem-provider-denied = Nobody signed in there. Try again, or sign in another way.
problem-provider = Signing in there did not work. Try again, or sign in another way.
problem-provider-outside = The organization does not let this account in. Use an account that is the organization's own, or ask its administrator.
problem-recovery-code = That is none of your recovery codes, or it was used already.

mail-magic-link-subject = Your sign-in link
mail-magic-link-subject-named = Your sign-in link for { $application }
mail-magic-link-body = Sign in with this link:
mail-magic-link-body-named = Sign in to { $application } with this link:
mail-magic-link-button = Sign in
mail-magic-link-caution = If you did not ask for it, ignore this mail: nobody gets in without the link. Pass it on to no one.
mail-email-change-button = Confirm the address
mail-waitlist-subject = You are on the waitlist
mail-waitlist-subject-named = You are on the waitlist of { $application }
mail-waitlist-body = We will write to you again when it is your turn. Until then there is nothing to do.
mail-waitlist-caution = If you did not ask for it, ignore this mail: someone may have typed your address by mistake.
failure-email-change-over = This link does not work any more: it was used, it is too old, or a newer one was sent. Ask for a new one where you change your address.
failure-magic-link-over = This link does not work any more: it was used, or it is too old. Ask for a new one where you sign in.
email-change-title = Confirm your new email
email-change-lead = From now on you sign in to { $application } with this address:
email-change-submit = Change my email
email-change-done-title = Email changed
email-change-done-lead = Use this address from now on. You can close the page.
email-new = New email
email-change-mailed = A link that confirms the new address is on its way there, unless somebody has it already.
problem-email-same = This is your email already.
problem-email-managed = Your email is set by your organization, and cannot be changed here.
magic-link-title = Sign in
magic-link-lead = One more click, and you are signed in to { $application } as:
waitlist-title = Join the waitlist
waitlist-lead = { $application } lets people in little by little. Leave your email, and we will write when it is your turn.
waitlist-joined-title = Thank you
waitlist-joined-lead = We will write to this address when it is your turn:
mail-passkey-added-subject = A passkey was added to your account
mail-passkey-added-subject-named = A passkey was added to your { $application } account
mail-passkey-added-body = From now on this passkey signs in to your account: { $name }
mail-passkey-added-body-named = From now on this passkey signs in to your { $application } account: { $name }
mail-passkey-added-caution = If it was not you, someone else has been in your account: remove the passkey and set a new password.
mail-recovery-code-used-subject = A recovery code was used for your account
mail-recovery-code-used-subject-named = A recovery code was used for your { $application } account
mail-recovery-code-used-body = Someone has just signed in to your account with one of your recovery codes. It does not work any more.
mail-recovery-code-used-body-named = Someone has just signed in to your { $application } account with one of your recovery codes. It does not work any more.
mail-recovery-code-used-left = Codes left: { $count }
mail-recovery-code-used-caution = If it was not you, someone else has been in your account: set a new password and make new recovery codes.

## The challenge of a risky sign-in

mail-radar-challenge-subject = Is this you signing in?
mail-radar-challenge-subject-named = Is this you signing in to { $application }?
mail-radar-challenge-body = Someone signs in to your account in a way that looks unusual. If it is you, go on with this code:
mail-radar-challenge-body-named = Someone signs in to your account at { $application } in a way that looks unusual. If it is you, go on with this code:
mail-radar-challenge-caution = If it is not you, give the code to no one and change your password: someone seems to know it.
challenge-title = Confirm that it is you
challenge-lead = This sign-in looks unusual. Enter the six digits that we mailed to you. They work for { $duration }.
challenge-lead-phone = Enter the six digits that we sent to { $telephone }. They work for { $duration }.
challenge-phone-lead = To keep programs out, we send a code to your phone, this once.
challenge-change-phone = Use another number
blocked-title = You cannot sign in from here
blocked-lead = This attempt was stopped, to keep accounts safe. If you think that it was a mistake, ask for help where you came from.
blocked-back = Go back

## Messages to who runs the application

mail-webhook-endpoint-disabled-subject = A webhook endpoint was disabled
mail-webhook-endpoint-disabled-subject-named = A webhook endpoint of { $application } was disabled
mail-webhook-endpoint-disabled-body = Nothing could be delivered to this webhook endpoint for a long time, so it was disabled: { $endpoint }
mail-webhook-endpoint-disabled-body-named = Nothing could be delivered to this webhook endpoint of { $application } for a long time, so it was disabled: { $endpoint }
mail-webhook-endpoint-disabled-caution = Once it works again, enable it and replay what it has missed.

denied-title = You cannot continue
denied-lead = The application does not let you in. If you think that it was a mistake, ask for help where you came from.

## The admin portal, where an organization's own administrator sets up how it signs in

portal-open-title = Set up { $organization }
portal-open-lead = { $application } lets you set this organization up. The link opens the portal once, in this browser.
portal-open-submit = Open the portal
portal-sso-hint = Let your people sign in where they work
portal-domains = Domains
portal-domains-hint = Prove that your domains are yours
portal-certificates = Certificates
portal-certificates-hint = Renew the certificates of your identity provider
portal-audit-logs = Audit log
portal-audit-logs-hint = See who did what, and take it away as a file
portal-log-streams = Log streams
portal-log-streams-hint = Send the audit log to where you keep logs
portal-return = Back to { $application }
portal-back = Back
portal-finish = Finish
portal-done-title = Thank you
portal-done-lead = { $organization } is set up as you left it. You can close this page.
portal-refused = That was not accepted.
portal-saved = It was saved.
portal-removed = It was removed.
portal-sent = The receiver took the test event.
portal-looking = We are looking for the record. Load the page again in a minute.
portal-state-draft = Not set up yet
portal-state-validating = Ready to be tested
portal-state-active = On
portal-state-inactive = Off
portal-state-pending = Not proved yet
portal-state-verified = Proved
portal-state-failed = Not proved in time
portal-state-error = Does not get through
portal-state-invalid = Refuses the credentials
portal-sso-none = There is no connection to an identity provider yet.
portal-sso-add = Add an identity provider
portal-provider = Identity provider
portal-provider-saml = Another one, by SAML
portal-provider-oidc = Another one, by OpenID Connect
portal-copy = 1. Set up an application at your identity provider
portal-copy-hint = Copy these into it:
portal-give = 2. Tell us where your identity provider is
portal-give-hint = It shows this once the application is set up.
portal-by-url = By the address of its metadata
portal-by-file = By the text of its metadata
portal-by-hand = By hand
portal-attributes = 3. What we read of each person
portal-attributes-hint = Usual names are found by themselves. Write down how your identity provider calls what it calls otherwise.
portal-attribute-id = ID
portal-attribute-groups = Groups
portal-use = 4. Test it and switch it on
portal-test = Test the sign-in
portal-test-hint = You sign in at your identity provider, and see what we are told. It does not sign you in to { $application }. The first sign-in that works switches the connection on.
portal-test-title = What came back
portal-test-good = It works. This is what we are told of you:
portal-test-failed = It does not work yet.
portal-test-raw = All that was said
portal-activate = Switch on
portal-activate-hint = From then on, your people sign in by it.
portal-deactivate = Switch off
portal-deactivate-hint = Nobody signs in by it until you switch it on again. Who is signed in stays so.
portal-delete = Delete
portal-delete-sure = Yes, I am sure
portal-delete-connection = Nobody can sign in by it any more, and it has to be set up anew to have it back.
portal-delete-stream = No more events are sent, and the credentials are forgotten. The audit log stays.
problem-portal-sure = Tick that you are sure.
portal-domains-none = There is no domain yet.
portal-domain = Domain
portal-domain-add = Add a domain
portal-domain-record = Create this record where the domain is managed. We look for it again and again.
portal-domain-check = Check now
portal-domain-remove = Who has an address there is not known to be one of yours any more.
portal-type = Type
portal-value = Value
portal-certificates-none = No connection has a certificate.
portal-certificate-ends = Ends on { $date }
portal-certificate-soon = Ends soon: on { $date }
portal-certificate-over = Ended on { $date }
portal-certificate = Certificate
portal-certificate-add = Add a new certificate
portal-certificate-hint = Both work side by side. Remove the old one when your identity provider uses the new one.
portal-read-again = Read the metadata again
portal-read-again-hint = Your identity provider tells us its certificates by itself, once a day.
portal-events-none = There are no such events.
portal-search = Search
portal-action = Action
portal-newer = Newer
portal-older = Older
portal-export = Export as CSV
portal-export-hint = A file of the events of the last 90 days.
portal-export-pending = The file is being made. Load this page again in a moment.
portal-export-ready = The file is ready.
portal-export-download = Download the file
portal-export-failed = The file could not be made. Try again later.
portal-streams-none = The audit log is not sent anywhere yet.
portal-stream-add = Add a receiver
portal-receiver = Receiver
portal-stream-test = Send a test event
portal-synced = Last taken on { $date }
portal-waiting = { $count ->
    [one] One event waits
   *[other] { $count } events wait
}
failure-portal-over = This link does not work any more: it was opened already, it was taken back, or it is too old. Ask for a new one where you got it.
failure-portal-elsewhere = The link that you came by was made for something else. Ask for another one where you got it.
