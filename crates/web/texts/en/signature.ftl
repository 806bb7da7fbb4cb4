# Digital signatures: registering and signing in with a USB token
sign-tab-usb = USB token
source-signature = Your digital certificate
acc-method-signature = digital signature
sign-way-title = High level (IAL3): digital signature
sign-way-text = For people with a personal digital signature. Name and personal number come from the certificate.
sign-way-usb = Register with a USB token
sign-register-title = Register with a USB token
sign-no-account = No account yet? Register with a USB token
sign-usb-title = Sign in with a USB token
sign-usb-how = How it works
sign-usb-lead = You need your personal USB token and the signing software that came with it. A computer works best.
sign-usb-1 = Download a short text file.
sign-usb-2 = Sign it with the token's software.
sign-usb-3 = Send the signed file here.
sign-usb-start = Get the file to sign
sign-step-1 = Step 1. Download the file to sign
sign-step-1-text = The file works once, until { $time }.
sign-download = Download the file to sign
sign-read = Read the file
sign-step-2 = Step 2. Sign it with the token's software
sign-step-2-text = Plug in the token, open its software, choose the file { $file }, sign it and enter the token's PIN. Enter the PIN only there, never on this page.
sign-step-2-kind = If the software asks how to sign, choose CMS or PKCS#7. It makes a file that ends in .p7s or .p7m.
sign-step-3 = Step 3. Send the signed file
sign-file = Signed file
sign-file-hint = A .p7s or .p7m file of at most 64 KB
sign-send = Send the signed file
sign-checking = Checking the signature…
sign-again = Get another file to sign
sign-over = The file to sign is older than 10 minutes, was used, or was tried more than 5 times. Get a new one.
sign-no-file = Choose the signed file, then send it.
sign-first-title = The signature is valid
sign-first-lead = No account has this personal number yet. Check what the certificate says, then enter your phone number to make an account.
sign-held-lead = Check what the certificate says. Please read the part below before you enter a phone number.
sign-held = An account here holds your personal number
sign-held-phone = Phone of that account: { $phone }.
sign-held-mine = If that account is yours: enter exactly that phone number to go on using it. The old password and signed-in devices stop working.
sign-held-not = If it is not: enter your own phone number. The personal number moves to the new account. The other account loses it and is told.

sign-why-sign-in = Sign in
sign-why-register = Register an account
sign-challenge =
    REQUEST FOR A DIGITAL SIGNATURE

    Purpose: { $why }
    Asked by: { $site }
    Address: { $origin }
    Made at: { $from }
    Valid until: { $until }
    Visit: { $flow }
    Challenge: { $nonce }

    Sign this file only if you yourself have this address open for this purpose.
    Signing it is no contract, loan or payment.

sign-too-big = This file is larger than 64 KB, so it is no signature file. Choose the .p7s file that the signing software made.
sign-unreadable = The signature file cannot be read. Choose the .p7s or .p7m file that the signing software made, not the text file.
sign-no-certificate = The signature file holds no certificate. Sign again and include the signer's certificate.
sign-other-text = This is the signature of another file. Sign the very file of step 1 without changing it.
sign-broken = The signature does not fit the file. Download the file of step 1 again and sign it.
sign-weak = The signature uses an old algorithm or one that is not accepted. Choose SHA-256 in the signing software, or ask your certificate authority for another certificate.
sign-not-yet = The certificate is not valid yet. Ask your certificate authority.
sign-expired = The certificate has expired. Have it renewed, or sign in another way.
sign-unknown-issuer = The portal does not know who issued this certificate. Use one of a licensed authority, or sign in another way.
sign-usage = This certificate is not for signing by a person. Choose your personal certificate on the token.
sign-revoked = The certificate was revoked and cannot be used any more. Ask your certificate authority.
sign-unchecked = The authority cannot be asked right now whether the certificate is still good. Send the file again in a few minutes, or sign in another way.
sign-no-person = The certificate does not hold the signer's personal number. Ask your authority for another one, or sign in another way.
sign-old-number = The certificate still holds a nine-digit number. Ask your authority to put the twelve-digit personal number into it.
sign-organisation = This certificate is an organisation’s. Here your own is needed. The organisation’s is used after signing in: Account, My organisations.
sign-person = This certificate is a person’s. Here the organisation’s USB token is needed, which names its tax code or electronic identification code.
sign-household = This certificate is a household business’s, which goes by its owner’s personal number. The owner uses the own citizen account; no organisation is needed.
sign-no-organisation = The certificate does not name one organisation by tax code or electronic identification code. Choose the organisation’s certificate in the token, or ask who issued it.

sign-tab-sim = SIM signature
sign-way-sim = Register with a SIM signature
sign-sim-register-title = Register with a SIM signature
sign-sim-no-account = No account yet? Register with a SIM signature
sign-sim-title = Sign on your phone
sign-sim-lead = Use your signing SIM or your app for remote signing. The request goes to the phone that your certificate authority knows.
sign-sim-start = Send the request
sign-sim-sending = Sending the request…
sign-sim-words = { $why } at { $origin }, code { $digits }
sign-sim-wait-title = Confirm on your phone
sign-sim-wait-lead = Open your phone, read the request and agree to it.
sign-sim-compare = Code to compare
sign-sim-compare-text = Agree only if the phone shows this very code and these words:
sign-sim-wait-text = This page looks again by itself every few seconds, until { $time }.
sign-sim-look = Look now
sign-sim-again = Send another request
sign-sim-over = The request has expired or was used. Send a new one.
sign-sim-refused = The request was refused on the phone. If it was not you, call your certificate authority.
sign-sim-none = The authority has no certificate of this personal number. Check the number, or sign in in another way.
sign-sim-away = The request cannot be sent right now. Try again in a few minutes, or sign in in another way.
sign-over-warning = This phone has an account here already. Choose a new password to go on in it: its old password, its signed-in devices, additional factors, linked accounts and helpers will end.
sign-over-button = Go on in this account
