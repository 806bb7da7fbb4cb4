# The portal's own texts; they win over the common ones of the same key. Checked by `congdanso check`.
province-name = National Public Service Portal
province-app-name = National Public Services
province-about =
    This stands in for the National Public Service Portal, to try signing in and linking accounts with provinces.
    It is not a system of the Government Office.
province-about-basis = It works as the provinces' guides describe; to be checked against the integration documents in force.
province-contact = Help: whoever runs this portal.
province-contact-note = To be confirmed before official use.
site-description = { $province }: account, identity and linked accounts
demo-data = Test environment – this is not the real National Public Service Portal
acc-password-hint = At least 8 characters with lower case, upper case, a digit and a special character. Pasting from a password manager is fine.
acc-row-linked-note = The Ministry of Public Security's account, linked provinces
link-lead = Accounts and systems that go with this account.
link-first-lead = { $provider } confirms that you are { $name }. This is your first time here: we need a phone number to send you codes when you sign in.
link-trouble-away = { $provider } does not answer. Please try again in a few minutes, or sign in with your personal number.
link-trouble-weak = { $provider } does not know you surely enough. Please raise the level where it was issued.
link-phone-instead = Other ways to sign in
account-wrong-credentials = The personal number or the password is not right
acc-wrong-credentials = The personal number or the password is not right. Type both again, or choose “Forgot password?”.
acc-resend = Send the code again
otp-expired = The code is over. Press “Send the code again”.
otp-used-up = This code can no longer be used. Press “Send the code again”.
link-person-text = The personal number that { $provider } confirms has an account here. Sign in to that account with the number and its password to link it.
acc-download-text = Account, identity data, sign-ins, activity and notices.
acc-delete-gone-text = Name, personal number, phone, e-mail, password, devices, activity and notices.
inbox-empty-text = News about your account appears here.
