sign-in = Sign in
see-more = Show more
saving = Saving…
search = Search
copied = Copied
copy-code = Copy the code
print = Print this page

home-hello = Hello, { $name }
home-hello-stranger = Welcome
home-report = Report a problem
home-nearby = Reports around here
home-mine = My reports
home-help = How it works
home-recent = Recently accepted
home-unfinished = You have an unfinished report
home-how = Three steps
home-how-1 = Take a photo and tell
home-how-1-text = Say what happened and where. It takes a few minutes.
home-how-2 = The right unit receives it
home-how-2-text = Your report finds the unit in charge, with a clear deadline.
home-how-3 = Follow and rate
home-how-3-text = You are told of each step and rate the result.
home-sign-in-title = Follow your reports
home-sign-in-text = Sign in to send reports and see the results.
emergency-call = Emergency calls

install-title = Put the app on your home screen
install-text = It opens faster and works without a network.
install-ios-1 = Tap “Share”
install-ios-2 = Choose “Add to Home Screen”
install-go = Install the app
install-later = Later

inbox-tabs = Kind of notice
inbox-tab-all = All
inbox-tab-report = Reports
inbox-tab-account = Account
inbox-unread = { $n ->
    [one] { $shown } unread notice
   *[other] { $shown } unread notices
}
inbox-read-all = Mark all as read
inbox-empty-title = No notices yet
inbox-empty-text = When something happens to your reports, it appears here.
inbox-sign-in-title = Sign in to see your notices
inbox-sign-in-text = Here is the news about your reports and your account.
flash-all-read = All notices are marked as read

offline-title = No network
offline-text = This page could not be opened. Check your network and try again.
offline-call = Phone calls need no Internet.

paper-version = Version: { $version }
paper-draft = { $date } (draft)

help-title = How to use it
help-send = Sending a report
help-send-1 = On the home page choose “Report a problem”.
help-send-2 = Choose the kind that fits best.
help-send-3 = Tell what happened, as you would tell a neighbour.
help-send-4 = Add photos if you have any. Then say where it is.
help-send-5 = Check everything and press “Send the report”.
help-send-note = You may stop halfway. What you wrote is kept for later.
help-follow = Following the result
help-follow-text = “My reports” shows every step. You get a notice for each new one.
help-follow-code = Each report has a code of 10 digits. With it you can look it up.
help-public = What becomes public
help-public-text = A report becomes public only after it was accepted. Your phone number never does.
help-public-name = Your name is hidden unless you choose to show it.
help-account = Account and password
help-account-password = If you forget your password, get a new one with your phone.
help-account-otp = Never give your sign-in code to anyone, not even officials. Read a code aloud only when you asked for help yourself and the message says that it is for that.
help-forgot = Forgotten your password?
help-size = Is the text too small?
help-size-text = At the foot of every page choose “Large” or “Very large”.
help-contact = Contact
help-contact-unit = Help is given by
help-contact-phone = Phone
help-contact-email = E-mail
help-contact-website = Website
help-contact-unconfirmed = These contact details have to be checked before official use.
help-contact-commune = You can also ask the People's Committee of your commune.

a11y-title = Accessibility
a11y-goal = Everybody should be able to use this app. Our goal is WCAG 2.2, level AA.
a11y-can = What works
a11y-can-1 = Everything can be done with the keyboard alone.
a11y-can-2 = Text can be doubled in size without losing anything.
a11y-can-3 = Every main job works without JavaScript.
a11y-can-4 = No map is needed: words always suffice.
a11y-checked = What was checked
a11y-checked-text = The interface patterns are checked with the automatic tool axe.
a11y-not-checked = Nobody independent has assessed it yet. It was not tried with users of screen readers.
a11y-known = Known limits
a11y-known-1 = Photos sent by people have no description.
a11y-known-2 = The map is hard to use with a screen reader. Use words instead.
a11y-known-3 = What people write may be hard to read.
a11y-tell = Tell us
a11y-tell-text = If something is hard to use, please tell { $unit }.

communes-title = List of communes
communes-all = All { $shown } communes, wards and special zones
communes-lead = Choose one to see the public reports there.
communes-wards = { $n ->
    [one] { $shown } ward
   *[other] { $shown } wards
}
communes-communes = { $n ->
    [one] { $shown } commune
   *[other] { $shown } communes
}
communes-zones = { $n ->
    [one] { $shown } special zone
   *[other] { $shown } special zones
}
communes-see-all = See all { $shown } communes
commune-home = Where you live
commune-former = Formerly: { $name }
commune-label = Commune, ward or special zone
commune-hint = Type the new or old name, accents are not needed. Example: dong hoi
commune-count = { $n } results
commune-none-found = No commune has such a name
commune-choose = Several names are similar. Choose one below.
commune-pick = Choose the commune
