# Accounts: registering, signing in, confirming, details, security, privacy.
# The refusals of the account service (otp-…, password-…, phone-…) are in domain/texts/en/accounts.ftl.

# Shared
acc-saving = Saving…
acc-checking = Checking…
acc-confirm = Confirm
acc-show = Show
acc-hide = Hide
acc-new-tab = (opens in a new tab)
acc-not-given = Not given
acc-copied = Copied
acc-too-often-seconds = Too many tries. Wait { $seconds } seconds and try again.
acc-too-often-time = Too many tries. Try again after { $time }.
acc-wrong-credentials = The phone number, username or password is not right. Enter them again, or choose “Forgotten password?”.
acc-steps-over = The steps before are too old. Enter the phone number again.
acc-steps-over-register = The steps before are too old or already done. Enter the phone number again. If you have just registered, sign in.
acc-steps-over-recover = The steps before are too old or already done. Enter the phone number again.
acc-steps-over-sign-in = The second step is too old. Please sign in again.
commune-missing = Choose the commune, ward or special zone where you live
login-empty = Enter your phone number or username
password-empty-sign-in = Enter your password
passkey-name-empty = Give the passkey a name

# Fields
acc-phone = Phone number
acc-phone-hint = A mobile number, for example 0912 345 678
acc-phone-of-account = Phone number of the account
acc-phone-new = New phone number
acc-name = Full name
acc-name-hint = As on your identity card. Example: Nguyễn Thị Lan
acc-commune = Commune, ward or special zone where you live
acc-address = House number, hamlet, residential group
acc-address-hint = Example: 12, Tân Hợp hamlet
acc-residence = Where you live
acc-residence-lead = We use it to suggest your commune and news near you.
acc-email = E-mail
acc-email-hint = Not used for signing in yet. Leave it empty if you like.
acc-email-unverified = Not verified
acc-username = Username
acc-username-hint = 4 to 32 characters: letters without marks, digits, dots, dashes. Begin with a letter.
acc-username-lead = With a username you can sign in without your phone number.
acc-username-note = Can be used instead of the phone number when signing in
acc-login = Phone number or username
acc-password = Password
acc-password-choose = Choose a password
acc-password-new = New password
acc-password-current = Current password
acc-password-hint = At least 8 characters. A few words that you remember are best. You can paste from a password manager.

# Registering
acc-register-title = Create an account
acc-register-lead = All you need is a phone number. It takes about two minutes.
acc-register-now = Register now
acc-sending-code = Sending the code…
acc-agree = I agree to the Terms of use and the Privacy policy
acc-agree-read = Read:
acc-have-account = Already have an account?
acc-register-code-title = Enter the code
acc-code-label = Code
acc-code-hint = A code of 6 digits was just sent to { $phone }. It is good for 5 minutes.
acc-code-button = Confirm
acc-no-code = No code received?
acc-resend = Send again
acc-resend-in = Again in { $s } seconds
acc-resend-ready = You can ask for the code again
acc-change-phone = Change the phone number
acc-code-help = Why did I not get a code?
acc-code-help-1 = A message can take a minute or two. Check that your phone has a signal.
acc-code-help-2 = Check the number above. If it is wrong, choose “Change the phone number”.
acc-code-help-3 = Sometimes the message holds advice instead of a code. Please follow it.
acc-code-help-4 = Still nothing? Call the help line.
acc-demo-inbox = Demonstration: messages do not reach real phones. Find the code in the
flash-acc-code-sent = A new code was sent. The old one no longer works.
acc-details-title = About you
acc-details-lead = The last step. Your phone number is confirmed.
acc-details-button = Finish
acc-welcome-title = Welcome to { $app }
acc-welcome-name = The account of { $name } is ready.
acc-welcome-report = Send a report
acc-welcome-more = More to do, whenever you like

# Signing in
acc-sign-in-title = Sign in
acc-sign-in-button = Sign in
acc-signing-in = Signing in…
acc-forgot = Forgotten password?
acc-forgot-current = Forgotten your current password?
acc-no-account = No account yet?
acc-no-account-text = All you need is a phone number. It takes about two minutes.
acc-without = Without signing in you can
acc-without-reports = See published reports
acc-without-help = Find help and phone numbers
acc-factor-title = Second step
acc-factor-lead = Your password is right. This account has one more protection.
acc-app-code = Code of your authenticator app
acc-app-code-hint = Open the app on your phone and enter the 6 digits it shows.
acc-backup-code = Backup code
acc-backup-code-hint = One of the codes you kept, for example 7K2M-94QX. Each works once.
acc-use-backup = No app at hand? Use a backup code
acc-use-app = Use the code of the app
acc-key-sign-in = Sign in with a passkey
acc-key-confirm = Confirm with a passkey
acc-key-first = Use your passkey: fingerprint, face or screen lock. If that does not work, enter a backup code.
acc-key-waiting = Waiting for the device…
acc-key-cancelled = Cancelled. You can try again.
acc-key-failed = The passkey could not be used. Try again or use another way.

# Forgotten password
acc-recover-title = Forgotten password
acc-recover-lead = We send a code to your phone. Then you choose a new password.
acc-recover-code-title = Enter the code
acc-recover-factor-lead = This account has one more protection. Please confirm before choosing a new password.
acc-recover-password-title = Choose a new password
acc-recover-password-lead = All other devices will be signed out.
acc-recover-password-button = Set password
flash-acc-recovered = The new password is set. All other devices were signed out.

# Confirming again
acc-step-up-title = Confirm that it is you
acc-step-up-lead = What comes next must be certain to be you. After this you are back where you were.

# Account
acc-doors-lead = With an account you can send reports and follow what becomes of them.
acc-doors-in = You have an account
acc-doors-in-text = Use your phone number or username.
acc-group-mine = Mine
acc-group-safe = Safety
acc-group-private = Privacy
acc-row-profile = Personal details
acc-row-profile-note = Name, residence, phone number, username
acc-row-reports = My reports
acc-row-reports-note = Follow what is being done
acc-row-settings = Notices, language and text size
acc-row-settings-note = Whether you get SMS
acc-row-security = Password and security
acc-row-security-note = Password, passkeys, authenticator app
acc-row-devices = Signed-in devices
acc-row-devices-note = See them and sign them out one by one
acc-row-activity = Account activity
acc-row-activity-note = Sign-ins, changes, which officer looked
acc-row-data = My data
acc-row-data-note = Download, ask for corrections, delete the account
acc-row-consents = What you agreed to
acc-row-consents-note = Terms, privacy policy and dates
acc-outstanding = There is a new version of the terms or the privacy policy
acc-outstanding-read = Read and answer

# Personal details
acc-profile-title = Personal details
acc-profile-other = Something is wrong that you cannot change yourself?
acc-phone-change = Change the phone number
acc-phone-change-lead = The number now: { $phone }. We send a code to the new one. All other devices will be signed out.
acc-phone-code-title = Confirm the new number
flash-acc-phone-changed = The phone number was changed
acc-password-change = Change the password
acc-password-change-lead = All other devices will be signed out.
flash-acc-password-changed = The password was changed. All other devices were signed out.

# Security
acc-security-title = Password and security
acc-protected = The second protection is on
acc-unprotected = Better switch on one more protection
acc-unprotected-text = Then somebody who knows your password still cannot enter your account.
acc-keys = Passkeys
acc-key = Passkey
acc-key-add = Add a passkey
acc-key-what = Sign in with fingerprint, face or screen lock
acc-key-used = Last used: { $time }
acc-key-added = Added { $time }
acc-key-new-title = Add a passkey
acc-key-new-lead = This phone or computer keeps the key. Next time fingerprint, face or screen lock is enough.
acc-key-needs-script = JavaScript is off in this browser, so no passkey can be added. You can use an authenticator app.
acc-key-make = Create passkey
acc-key-exists = This device has a passkey already.
acc-key-make-failed = The passkey could not be created. Try again, or use an authenticator app.
acc-key-name = Name of the passkey
acc-key-name-hint = To know the device again, for example: Lan’s phone
acc-key-rename = Save name
acc-key-remove-title = Remove this passkey
acc-key-remove-text = After that it can no longer sign in.
acc-key-remove-last = This is your only extra protection. Without it the password alone opens the account.
acc-key-remove = Remove passkey
acc-app = Authenticator app
acc-app-on = Switch on an authenticator app
acc-app-off = Switch off the authenticator app
acc-app-what = At each sign-in you also enter 6 digits of an app on your phone
acc-app-since = On since { $time }
acc-app-title = Switch on an authenticator app
acc-app-lead = You need an app such as Google Authenticator, Microsoft Authenticator or Aegis.
acc-app-step-1 = 1. Add the account to the app
acc-app-scan = Open the app and scan this code.
acc-app-qr = QR code for the authenticator app
acc-app-open = Open the app on this device
acc-app-by-hand = Cannot scan? Enter this key in the app:
acc-app-step-2 = 2. Enter the code that the app shows
acc-app-first-hint = 6 digits, new every 30 seconds
acc-app-confirm = Switch on
acc-app-off-title = Switch off the authenticator app
acc-app-off-lead = After that the account is less safe: the password alone may be enough to enter.
acc-codes = Backup codes
acc-codes-title = Backup codes
acc-codes-left = { $left } of { $all } codes left
acc-codes-few = Nearly used up
acc-codes-new = Make new backup codes
acc-codes-first = Backup codes let you in when you lose your phone. Make them and keep them in a safe place.
acc-codes-again = { $n ->
    [one] One code still works.
   *[other] { $shown } codes still work.
} When you make new ones, the old ones stop working.
acc-codes-make = Make new codes
acc-codes-once = These codes are shown only once
acc-codes-keep = Print or copy them and keep them in a safe place. Each works once, when your phone or passkey is not at hand.
acc-codes-copy = Copy codes
acc-codes-print = Print codes
acc-codes-done = I have kept the codes
flash-acc-factor-added = The protection is on. All other devices were signed out.
flash-acc-factor-removed = Switched off

# Devices, activity
acc-devices-title = Signed-in devices
acc-devices-lead = Where this account is signed in now.
acc-device-this = This device
acc-device-unknown = Unknown device
acc-device-times = Signed in { $since }. Last used { $seen }.
acc-device-how = Signed in with: { $how }
acc-device-end = Sign out this device
acc-devices-end = Sign out all other devices
acc-devices-strange = A device you do not know? Sign it out, then
flash-acc-device-ended = The device was signed out
flash-acc-devices-ended = All other devices were signed out
acc-method-password = password
acc-method-otp = SMS code
acc-method-sms = SMS code
acc-method-totp = authenticator app
acc-method-backup = backup code
acc-method-passkey = passkey
acc-method-via = linked account
acc-method-two-factor = two factors at the provider
acc-activity-title = Account activity
acc-activity-lead = Every sign-in and change, and every time staff looked at your details.
acc-activity-empty = No more activity
acc-activity-empty-text = New activity will appear here.
acc-activity-staff = Staff
acc-activity-unit = Unit: { $unit }
acc-activity-reason = Reason: { $reason }
acc-activity-report = While working on report { $code }
acc-activity-strange = Something you did not do? Look at
acc-field-full_name = Full name
acc-field-residence = Where you live
acc-field-email = E-mail
acc-field-language = Language
acc-field-text_size = Text size
acc-field-notify_sms = SMS notices

# Consents
acc-consents-title = What you agreed to
acc-consents-lead = Which version, and when. You can withdraw it.
acc-consent-terms = Terms of use
acc-consent-privacy = Privacy policy
acc-consent-version = { $name }, version { $version }
acc-consent-given = Agreed { $time }
acc-consent-withdrawn = Withdrawn { $time }
acc-agree-now = I agree to the new version
acc-withdraw = Withdraw consent
acc-withdraw-title = Withdraw consent
acc-withdraw-lead = { $name }. After that we stop what needs this consent.
acc-withdraw-essential = { $name } is a condition of having an account. Withdrawing means deleting the account.
acc-keep-consent = Keep the account, go back
flash-acc-withdrawn = The consent was withdrawn

# My data
acc-data-title = My data
acc-data-lead = The Personal Data Protection Law gives you the right to see, correct, download and delete your data.
acc-download-title = Download my data
acc-download-text = Account, reports you sent, sign-ins, activity and notices.
acc-download-readable = To read
acc-download-json = For machines (JSON)
acc-data-ask = Requests
acc-correct-title = Ask for a correction
acc-correct-note-row = When something is wrong that you cannot change yourself
acc-correct-lead = We answer within 2 working days.
acc-correct-note = What has to be put right?
acc-correct-hint = Say what is wrong and what is right. At most 2,000 characters.
acc-correct-send = Send request
flash-acc-correction-sent = The request was sent. The date of the answer stands below.
acc-requests = Requests you sent
acc-requests-none = No requests yet.
acc-request-export = Download of data
acc-request-correct = Request for correction
acc-request-delete = Deletion of the account
acc-request-state-open = In progress
acc-request-state-done = Done
acc-request-state-refused = Refused
acc-request-asked = Sent { $asked }
acc-request-done = Sent { $asked }, done { $done }
acc-request-due = Answer due: { $time }
acc-request-answer = Answer
acc-delete-title = Delete the account
acc-delete-note-row = At once and for good
acc-delete-lead = The account is deleted as soon as you confirm.
acc-delete-final = It cannot be brought back
acc-delete-before = If you want a copy, download it first:
acc-delete-gone = What is deleted
acc-delete-gone-text = Name, phone number, residence, e-mail, password, devices, activity, notices and drafts.
acc-delete-kept = What the law tells us to keep
acc-delete-sure = I understand and want to delete my account
acc-delete-not-sure = Tick this box if you are sure that you want to delete
acc-delete-button = Delete account
acc-delete-keep = Keep account
acc-deleting = Deleting…
flash-acc-deleted = The account was deleted

# Notices, language, text size
acc-settings-title = Notices, language and text size
acc-sms = SMS about your reports
acc-sms-hint = Sent to { $phone }. Codes are always sent.
acc-sms-on = Get SMS
acc-sms-off = No SMS, only in the app
acc-language = Language
acc-language-vi = Tiếng Việt
acc-language-en = English
acc-text-size = Text size

# Signing out
acc-sign-out = Sign out
acc-sign-out-title = Sign out?
acc-sign-out-lead = You are signed in as { $name }.
acc-signing-out = Signing out…
acc-stay = Stay
acc-sign-out-all-text = Lost your phone, or used a strange computer?
acc-sign-out-all = Sign out of all devices
flash-acc-signed-out = You are signed out
flash-acc-signed-out-all = You are signed out of all devices
acc-password-current-empty = Enter your current password
