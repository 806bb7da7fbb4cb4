# Linked bank accounts (N13)
bank-not-identified = This account is not verified by personal number, so the holder of a bank account cannot be compared. Verify it under “Identity information”, then try again.
bank-none-chosen = You chose no account at the bank. Try again and tick the account to be linked.
bank-other-holder = The holder at the bank has another name than your verified one. Only accounts in your own name can be linked. Nothing was kept. If the bank has your name wrong, ask the bank to correct it.
bank-not-active = The bank says that the account is blocked or closed. Nothing was kept. Choose another account or ask the bank.
bank-elsewhere = This bank account is linked to another account of the portal. Nothing was kept. Remove the link there first, or choose another bank account.
bank-too-many = One person links 10 bank accounts at most. Remove a link, then try again.
bank-asking = The portal is asking the bank about this link. Wait a minute, then try again.
bank-state-linked = Linked
bank-state-ended = The bank ended the link
activity-bank-linked = Bank account linked
activity-bank-unlinked = Bank account unlinked
activity-bank-ended = The bank ended the link to an account
notice-bank-linked = A bank account was just linked to your account. If this was not you, remove the link and change your password.
export-banks = Linked bank accounts
