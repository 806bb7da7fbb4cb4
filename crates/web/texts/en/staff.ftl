# Khung của nơi xử lý công việc
desk-name = Casework
desk-all = All
desk-choose = Choose…
desk-confirm = Confirm
desk-remove = Remove
desk-copied = Copied
desk-reload = Reload
desk-go-home = Back to casework
desk-nav-list = Menu
desk-nav-reports = Reports
desk-nav-saved = Saved filters
desk-nav-manage = Management
desk-nav-rules = Routing, categories
desk-nav-me = Account
desk-search-label = Find a code or words of a report
desk-search-button = Find
desk-search-order = Results are sorted newest first.
desk-keys-title = Keyboard shortcuts
desk-keys-move = Next row, previous row
desk-keys-open = Open the row
desk-keys-select = Select the row
desk-keys-filter = Go to the filters
desk-keys-search = Go to the search box
desk-keys-queue = Go to the queue
desk-keys-off = Turn shortcuts off
desk-keys-on = Turn shortcuts on
desk-session-title = Are you still there?
desk-session-text = Your session ends in { $n } minutes. What you are writing stays on the page.
desk-session-stay = Stay signed in
desk-nobody-yet = Nobody yet
desk-whole-province = Whole province

# Đăng nhập và bảo mật
desk-sign-in-title = Staff sign-in
desk-sign-in-lead = Your account is given by the administrator of your unit.
desk-sign-in-name = Username
desk-sign-in-password = Password
desk-sign-in-button = Sign in
desk-sign-in-help = Forgot the password or lost your phone? Contact the administrator of your unit.
desk-sign-out-title = Sign out on this computer?
desk-sign-out-text = What has not been sent will be lost.
desk-sign-out-button = Sign out
desk-factor-title = Second step
desk-factor-code = Code
desk-factor-code-hint = The 6 digits from your authenticator app, or a backup code of 8 characters.
desk-factor-lost = Lost your phone and backup codes? The administrator of your unit can reset the second step.
desk-factor-since = On since { $day }
desk-too-often = { $n ->
    [one] Too many tries. Wait { $shown } second, then try again.
   *[other] Too many tries. Wait { $shown } seconds, then try again.
}
desk-step-up-title = Confirm it is you
desk-step-up-factor = This needs a code or a passkey.
desk-step-up-password = This needs your password again.
desk-security-title = Password and second step
desk-duty-password = Set a password of your own
desk-duty-password-text = The first password was given by somebody else and is good for one sign-in.
desk-duty-factor = Set up the second step
desk-duty-factor-text = Who handles people's data must have a second step. Choose one of the ways below.
desk-password-title = Change password
desk-password-current = Current password
desk-password-new = New password
desk-password-new-hint = At least 8 characters. You may paste from a password manager.
desk-password-change = Change password
desk-password-show = Show
desk-password-hide = Hide
desk-totp-title = Authenticator app
desk-totp-lead = An app on your phone makes 6-digit codes, even without a network.
desk-totp-set-up = Set up an authenticator app
desk-totp-off = Switch the app off
desk-totp-step-1 = Step 1: scan the QR code
desk-totp-step-1-text = Open the authenticator app on your phone and scan this picture.
desk-totp-qr = QR code of the secret
desk-totp-secret = Cannot scan? Type this key into the app:
desk-totp-open-app = Open in an app on this device
desk-totp-step-2 = Step 2: enter the code shown
desk-totp-code = 6-digit code
desk-totp-code-hint = The code changes every 30 seconds.
desk-passkey-title = Passkeys
desk-passkey-lead = Sign in with fingerprint, face or the PIN of your device. A passkey replaces both password and code.
desk-passkey-name = Name of the passkey
desk-passkey-add = Add a passkey
desk-passkey-added = Added { $day }
desk-passkey-sign-in = Sign in with a passkey
desk-passkey-use = Use a passkey
desk-passkey-waiting = Waiting for your device…
desk-passkey-cancelled = Cancelled. You can try again.
desk-passkey-exists = This device has a passkey already.
desk-passkey-failed = The passkey did not work. Use another way.
desk-passkey-needs-script = Adding a passkey needs a browser with JavaScript.
desk-passkey-off-here = Passkeys do not work at this address (https is needed).
desk-codes-title = Backup codes
desk-codes-left = { $n ->
    [one] { $shown } code left.
   *[other] { $shown } codes left.
}
desk-codes-new = Make new backup codes
desk-codes-made = Done. Keep your backup codes
desk-codes-text = Each code works once when you have no phone. They are shown only now. Print or copy them and keep them safe.
desk-codes-copy = Copy the codes
desk-codes-print = Print
desk-codes-kept = Kept them, start working
flash-desk-signed-out = You have signed out
flash-desk-password-changed = Password changed. Other devices were signed out.
flash-desk-factor-added = The second step is on
flash-desk-factor-removed = This way is off
flash-desk-session-ended = The device was signed out

# Tài khoản của tôi
desk-me-title = My account
desk-me-devices = Signed-in devices
desk-me-activity = Account activity
desk-me-settings = Settings
desk-device-unknown = Unknown device
desk-device-seen = Last used { $time }
desk-device-how = Signed in by: { $how }
desk-device-this = This device
desk-device-end = Sign out
desk-device-end-others = Sign out all other devices

# Hàng đợi
desk-queue-title = Queue
desk-queue-code = Code
desk-queue-what = Report
desk-queue-due = Due
desk-queue-photos = Photos
desk-tabs-label = Ready-made filters
desk-table-label = List of reports
desk-tab-mine = My work
desk-tab-soon = Due soon
desk-tab-overdue = Overdue
desk-tab-waiting = Unassigned
desk-tab-all = All
desk-news = { $n } new
desk-density-close = Closer rows
desk-density-normal = Normal rows
desk-export-xlsx = Export XLSX
desk-filter-title = Filters
desk-filter-state = Status
desk-filter-open = Open
desk-filter-my-units = My units and those below
desk-filter-from = From
desk-filter-to = To
desk-filter-finished = Finished ones too
desk-filter-apply = Filter
desk-filter-clear = Clear filters
desk-chips-label = Filtered by:
desk-chip-remove = remove
desk-chip-from = From { $day }
desk-chip-to = To { $day }
desk-chip-finished = Finished ones too
desk-view-save = Save this filter
desk-view-name-label = Name of the filter
desk-view-remove = Remove this saved filter
flash-desk-view-saved = Filter saved
flash-desk-view-removed = Filter removed
desk-pick = Select { $code }
desk-pick-all = Select all
desk-picked = selected
desk-reopened-once = Reopened
desk-pages-label = Pages
desk-page = Page
desk-page-before = Previous
desk-page-after = Next
desk-range = { $span } of { $total }
desk-range-more = { $span } of more than { $total }
desk-empty-mine = Nothing is waiting for you
desk-empty-mine-do = Look at «Unassigned» to take new work.
desk-empty-soon = Nothing is due soon
desk-empty-soon-do = The rest is due after the next working day.
desk-empty-overdue = Nothing is overdue
desk-empty-overdue-do = Keep it so: look at «Due soon» every morning.
desk-empty-waiting = Everything has somebody in charge
desk-empty-waiting-do = New reports will show up here.
desk-empty-all = No report needs work
desk-empty-all-do = New reports of your unit will show up here. Choose «Finished ones too» to see old ones.
desk-empty-filter = No report fits this filter
desk-empty-filter-do = Take a condition away, or choose «Finished ones too».
desk-bulk-title = Result for several reports
desk-bulk-assignee = Assign to…
desk-bulk-no-people = To assign to a person open each report: every unit has its own people.
desk-bulk-unit = Transfer to…
desk-bulk-note = Reason for the transfer
desk-bulk-done = { $n ->
    [one] { $shown } report done
   *[other] { $shown } reports done
}
desk-bulk-refused = { $n ->
    [one] { $shown } report not done
   *[other] { $shown } reports not done
}
desk-bulk-refused-label = Reports not done
desk-bulk-why = Why
desk-bulk-back = Back to the queue
desk-xlsx-code = Code
desk-xlsx-title = Report
desk-xlsx-category = Category
desk-xlsx-commune = Commune
desk-xlsx-unit = Unit
desk-xlsx-assignee = Assigned to
desk-xlsx-state = Status
desk-xlsx-sent = Sent
desk-xlsx-due = Due
desk-xlsx-photos = Photos
desk-xlsx-reopened = Times reopened

# Trạng thái và thời hạn
desk-state-received = Sent
desk-state-accepted = Accepted
desk-state-assigned = Assigned
desk-state-in_progress = In progress
desk-state-need_info = Waiting for information
desk-state-resolved = Resolved
desk-state-closed = Closed
desk-state-rejected = Not accepted
desk-state-reopened = Reopened
desk-due-paused = Paused
desk-due-left-minutes = { $shown } min left
desk-due-left-hours = { $n ->
    [one] { $shown } hour left
   *[other] { $shown } hours left
}
desk-due-left-days = { $n ->
    [one] { $shown } day left
   *[other] { $shown } days left
}
desk-due-over-minutes = { $shown } min over
desk-due-over-hours = { $n ->
    [one] { $shown } hour over
   *[other] { $shown } hours over
}
desk-due-over-days = { $n ->
    [one] { $shown } day over
   *[other] { $shown } days over
}
desk-limit-working-hours = { $n ->
    [one] { $shown } working hour
   *[other] { $shown } working hours
}
desk-limit-working-days = { $n ->
    [one] { $shown } working day
   *[other] { $shown } working days
}
desk-limit-calendar-days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
desk-days-title = How is the deadline counted?
desk-days-unsure = Some days below still have to be checked against the official calendar.
desk-days-day = Day
desk-days-kind = Kind of day
desk-days-count = Counted
desk-days-total = Total
desk-total-days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
desk-total-hours = { $h } h { $m } min
desk-day-working = Working day
desk-day-weekend = Weekend
desk-count-counted = Counted
desk-count-first = First day, not counted
desk-count-off = Day off, not counted
desk-count-paused = Paused (for the citizen, or while merged)
desk-count-closed = Outside office hours
desk-count-moved = The end moves to this day

# Trang phản ánh
desk-report-content = What was reported
desk-report-place = Place
desk-report-reporter = Reporter
desk-report-public = Name in public
desk-report-anonymous = Hidden
desk-report-named = Shown
desk-report-sent = Sent
desk-report-rating = Rating
desk-public-page = Public page
desk-video = Video of the sender
desk-video-private = The video is not public: faces and plates in it cannot be covered. Do not pass it on.
desk-photos-after = Photos of the result
desk-photo-before = Photo { $n } of the reporter
desk-photo-after = Photo { $n } of the result
desk-photo-before-day = Before · { $day }
desk-photo-after-day = After · { $day }
desk-map-label = Map: arrow keys move it
desk-map-zoom-in = Zoom in
desk-map-zoom-out = Zoom out
desk-hidden-now = Hidden from the public pages
desk-reporter-hidden = Hidden
desk-reporter-see = See, with a log entry
desk-reporter-gone = The account is gone
desk-reporter-reports = Sent { $n } reports
desk-reveal-title = See who reported
desk-reveal-text = This look is logged and shown to that person.
desk-reveal-reason = Why you need to know
desk-reveal-button = Show the reporter
desk-why-title = Why did this report come to my unit?
desk-why-rule = Rule «{ $rule }» sends it to { $unit }.
desk-why-limit = Time allowed: { $limit }.
desk-why-moved = It was handed on since; see the history.
desk-why-correct = Wrong category or commune? Correct it in one step
desk-why-new-rule = Make a new rule from this report
desk-history-title = History
desk-note-internal = Internal note – not shown to citizens
desk-who-citizen = Citizen
desk-who-system = System
desk-changed-by = { $name } made a change at { $time }
desk-changed-citizen = The citizen made a change at { $time }
desk-changed-somebody = The report was changed at { $time }
desk-conflict-text = Your change was not saved. What you wrote is still in the form; look at the new state and send again if needed.
desk-conflict-see = See the history
desk-acts-label = What can be done
desk-acts-title = Next
desk-acts-none = Your role only reads this report.
desk-act-accept = Accept
desk-act-assign = Assign
desk-act-start = Start work
desk-act-ask = Ask the citizen
desk-act-resume = Go on without waiting
desk-act-transfer = Transfer
desk-act-correct = Correct category or commune
desk-act-reply = Reply publicly
desk-act-note = Internal note
desk-act-extend = Extend
desk-act-resolve = Report as resolved
desk-act-reject = Do not accept
desk-act-hide = Hide from the public
desk-act-unhide = Show to the public again
flash-desk-act-accept = Report accepted
flash-desk-act-assign = Assigned
flash-desk-act-start = Work started
flash-desk-act-ask = Question sent. The clock stands.
flash-desk-act-resume = Work goes on
flash-desk-act-transfer = Transferred
flash-desk-act-correct = Corrected and routed anew
flash-desk-act-reply = Reply sent
flash-desk-act-note = Note saved
flash-desk-act-extend = Extended
flash-desk-act-resolve = The citizen was told the result
flash-desk-act-reject = Marked as not accepted
flash-desk-act-hide = Hidden from the public
flash-desk-act-unhide = Public again
desk-step-submit = Sent
desk-step-accept = Accepted
desk-step-assign = Assigned
desk-step-start = Work started
desk-step-ask = Citizen asked
desk-step-answer = Citizen answered
desk-step-resume = Work goes on
desk-step-transfer = Transferred
desk-step-correct = Category or commune corrected
desk-step-reply = Reply
desk-step-note = Internal note
desk-step-extend = Extended
desk-step-resolve = Resolved
desk-step-reject = Not accepted
desk-step-add_info = Citizen added information
desk-step-withdraw = Withdrawn by the citizen
desk-step-rate = Rated by the citizen
desk-step-reopen = Reopened by the citizen
desk-step-close = Closed
desk-step-hide = Hidden from the public
desk-step-unhide = Public again
desk-step-by-citizen = The citizen wrote
desk-step-question = Question to the citizen
desk-step-reason = Reason (public)
desk-step-reply-public = Public reply
desk-fact-assignee = Given to { $name }
desk-fact-category = Category: { $from } → { $to }
desk-fact-commune = Commune: { $from } → { $to }
desk-fact-unit = Unit: { $from } → { $to }
desk-fact-extended = { $days } more days, now due { $due }
desk-fact-stars = { $n } of 5 stars
desk-field-note = Internal note
desk-field-note-hint = Citizens do not see it.
desk-field-assignee = Assigned to
desk-field-question = Question to the citizen
desk-field-public-hint = Citizens will read it. Leave out personal data.
desk-field-unit = Unit
desk-field-category = Category
desk-field-commune = Commune
desk-field-reply = Reply to the citizen
desk-field-internal = Note
desk-field-days = Working days to add
desk-field-days-hint = From 1 to 60.
desk-field-reason = Reason
desk-field-result = What was done
desk-field-photos = Photos
desk-field-photos-hint = At most 5 photos, each below 12 MB.
desk-left-characters = { $n } characters left
desk-over-characters = { $n } characters too many
desk-most-characters = At most { $shown } characters
view-name = Name the filter, at most 60 characters
view-query = The filter is too long to save
view-too-many = There are 20 filters already. Remove one first.
assignee-missing = Choose somebody of the unit
unit-missing = Choose another unit
person-unit-missing = Choose a unit
desk-person-never = Never yet
extend-days = Enter a number of days from 1 to 60
desk-wrong-credentials = The user name or the password is not right. Try again, or ask your unit’s administrator.
