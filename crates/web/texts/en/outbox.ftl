# Weak networks: the outbox, writing a report without a network
outbox-title = Outbox
outbox-lead = These reports are on this phone. They are sent by themselves when there is a network.
outbox-link = On this phone, not sent yet: { $n }
outbox-waiting = Waiting
outbox-waiting-text = Waiting for a network. There is nothing you need to do.
outbox-sending = Sending
outbox-failed = Not sent
outbox-sent = Sent
outbox-again = Send again
outbox-saved = Saved at { $time }
outbox-saved-photos = Saved at { $time }, photos: { $n }
outbox-count = Reports not sent yet: { $n }
outbox-of-another = A report of another account
outbox-of-nobody = A report written before signing in
outbox-why-sign-in = Sign in to send it. The report stays on this phone.
outbox-why-other = It belongs to another account on this phone. Sign in to that account to send it.
outbox-why-nobody = It was written on this phone before signing in. If it is yours, press “Send again” to send it with this account.
outbox-why-refused = Something must be changed before it can be sent.
outbox-empty-title = Nothing is waiting
outbox-empty-text = You can write without a network. Reports wait here until there is one.
outbox-new = Write a report
outbox-sure = Delete this unsent report?
outbox-sure-text = It is on this phone only. It cannot be brought back.
outbox-sure-yes = Delete the report
outbox-sure-no = Keep it
outbox-clear = Take off this list
outbox-shared-phone = Do you share this phone? Unsent reports still wait on it after signing out, and the app shows them to nobody else. Delete them first if you do not want to leave them.
outbox-sign-out = Not sent yet, on this phone: { $n }
outbox-sign-out-text = After signing out they still wait here, and the app shows them to nobody else. To send or delete them open:
outbox-no-script = This browser cannot open this page.
outbox-no-script-link = Send a report with a network
write-title = Write a report without a network
write-lead = Five questions. The phone keeps your answers and sends them when there is a network.
write-link = Write a report, to be sent when there is a network
write-found = You are going on with an unfinished report.
write-full = The phone has no room, or the browser may not keep anything. Remove some photos and try again.
write-urgent = Is somebody hurt? Call now. Calls need no Internet.
write-photos-hint = Up to { $n } photos. They are made smaller and kept on the phone.
write-no-video = Videos cannot be sent from this page. To send one, write the report while you have a network.
write-photo-kept = Kept on the phone
write-commune-none = Choose a commune or ward
write-send-title = Send
write-send = Send when there is a network
write-after = You may close this page. The report is sent when you open the app with a network.
photo-gone = The photo was not sent. Please send it again.

# “Me too” (R5)
near-title = Is it one of these?
near-lead = Somebody has reported the same kind of thing nearby. If it is the same, press “Me too” instead of sending it again.
near-metres = About { $n } m away
near-none = No, send my report
near-sure-title = Follow this report?
near-sure-text = You are told when there is news. What you were writing is deleted.
near-other = Mine is something else
follow-me-too = Me too
follow-count = { $n ->
    [one] { $shown } other person has this problem
   *[other] { $shown } other people have this problem
  }
follow-text = Press to be told when there is news.
follow-following = You are following this report.
follow-stop = Stop following
follow-title = Do you have this problem, too?
following-title = Following
follow-since = followed since { $date }
flash-followed = You are following this report and are told when there is news
flash-unfollowed = You have stopped following
