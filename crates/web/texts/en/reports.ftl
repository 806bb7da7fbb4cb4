state-received = Sent
state-accepted = Accepted
state-assigned = Assigned
state-in_progress = In progress
state-need_info = Waiting for information
state-resolved = Resolved
state-closed = Closed
state-rejected = Not accepted
state-reopened = Being done again
overdue-days = { $n ->
    [one] { $shown } day overdue
   *[other] { $shown } days overdue
}
overdue-hours = { $n ->
    [one] { $shown } hour overdue
   *[other] { $shown } hours overdue
}
line-need-info = The unit is waiting for your answer
line-done = Done on { $date }. Please rate it.
line-closed = Ended on { $date }
line-due = Due: { $until }
line-sent = Sent on { $date }

due-end-of-day = end of { $day }
limit-working-hours = { $n ->
    [one] { $shown } working hour
   *[other] { $shown } working hours
}
limit-working-days = { $n ->
    [one] { $shown } working day
   *[other] { $shown } working days
}
limit-calendar-days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
hours = { $n ->
    [one] { $shown } hour
   *[other] { $shown } hours
}
minutes = { $n ->
    [one] { $shown } minute
   *[other] { $shown } minutes
}
day-counted = counted as day { $shown }
day-counted-hours = { $time } counted
day-first = the day it starts, not counted
day-paused = the clock stands, waiting for an answer or merged with another report
day-closed = outside office hours
day-moved-here = the term ended on a day off and moves to this day
day-holiday = day off ({ $name })
day-weekend = weekend

wizard-title = Send a report
steps = Steps
step-of = Step { $n } of 5
step-category = Kind of problem
step-content = What happened?
step-photos = Photos, video
step-place = Where?
step-check = Check and send
report-send = Send the report
report-follow = Follow the report

drafts-title = Unfinished reports
drafts-text = Go on with one, or write a new report.
drafts-new = Write a new report
draft-saved = Saved at { $time }
draft-continue = Go on writing
draft-discard = Delete this draft
draft-discard-title = Delete this draft?
draft-discard-text = It cannot be brought back.
flash-draft-gone = The draft was deleted

category-title = What do you want to report?
category-hint = Choose what fits best. Staff can correct it.
category-more = { $n ->
    [one] Show { $shown } more kind
   *[other] Show { $shown } more kinds
}
report-category-missing = Choose the kind of problem

list-or = { $first } or { $last }
emergency-title = Is anybody hurt? Call { $numbers } now
emergency-text = A report does not replace an emergency call. Call first, report later.
emergency-none = Nobody is in danger, go on

content-title = What happened?
content-hint = Write as you would tell a neighbour.
content-examples = Examples: { $examples }.
content-own-title = Title
content-own-title-hint = If you leave it empty, the first line above is the title.
content-privacy = Do not write phone or ID numbers. This text may become public.
count-left = { $n } characters left
count-over = { $n } characters too many
count-most = At most { $shown } characters
saved-at = Saved at { $time }
save-failed = Not saved yet, trying again
report-content-empty = Say what happened
report-content-long = The text is longer than 4,000 characters. Shorten it.
report-title-long = The title is longer than 120 characters. Shorten it.

photos-title = Photos
photos-lead = One near and one from afar are enough. You can send without photos.
photos-pick = Choose or take photos
photos-hint = At most { $shown } photos of up to 12 MB each.
photos-add = Upload
photos-remove = Delete
photos-shrinking = Making it smaller…
photos-sending = Sending { $n } %
photos-done = Uploaded, { $size }
photos-failed = Not sent yet. Check your network and try again.
photos-full = There are { $n } photos already
photos-removed = { $name } was deleted
photo-no = Photo { $shown }
photo-refused = { $name }: { $why }
photo-empty = the file is empty, choose another
photo-not-a-photo = is not a JPEG, PNG or WebP picture, choose another one
photo-too-many-pixels = the picture is too large, 50 megapixels at most, take it in the usual mode
photo-broken = the picture is damaged, take or choose it again
photo-too-large = the picture is larger than 12 MB, choose a smaller one
photo-too-many = there are 5 photos already, this one was not taken
photo-more = { $n ->
    [one] { $shown } more file was not taken. At most 5 photos.
   *[other] { $shown } more files were not taken. At most 5 photos.
}
video-pick = Choose or film a video
video-hint = One video of up to 60 seconds and 30 MB.
video-private = The video is not public. Only the officers in charge and you can watch it.
video-label = Video of the report
video-open = Open the video ({ $length }, { $size })
video-empty = the file is empty, choose another video
video-too-large = the video is larger than 30 MB, film a shorter one or send photos
video-too-long = the video is longer than 60 seconds, film a shorter one
video-not-a-video = this is no MP4, MOV or 3GP video, choose another one
video-unknown-kind = this kind of video cannot be shown, use the camera of the phone
video-fragmented = screen recordings and videos saved from the web cannot be taken, use the camera of the phone
video-broken = the video is damaged or cut off, film or choose it again
photo-alt-before = Photo { $shown } by the person who reported
photo-alt-after = Photo { $shown } of the result
photo-before = Before · { $date }
photo-after = After · { $date }

place-title = Where did it happen?
place-lead = Choose the commune and describe the place. You may add a point on the map.
place-words = Describe the place
place-words-hint = Example: in front of Primary School No. 1, Hùng Vương Street
place-point = Point on the map
place-point-saved = There is a point: { $name }.
place-point-clear = Remove this point
place-no-script = This browser cannot show the map. Words are enough.
place-locate = Use my location
place-locating = Finding your location…
place-ok = Found: { $name }, to about { $n } m.
place-ok-map = Found: { $name }.
place-denied = Your phone does not allow the location. Describe the place in words.
place-unavailable = No location yet. Go into the open, or use words.
place-timeout = It took too long. Try again, or use words.
place-offline = The point is kept. The commune is found when the network is back.
place-has-point = With a point on the map
place-name = Place
map-zoom-in = Zoom in
map-zoom-out = Zoom out
map-pin = Where it happened
map-pin-here = Put the pin in the middle of the map
map-label = Map: arrow keys move it, the button below sets the pin
map-set = Pin set at { $lat }, { $lon }
report-place-missing = Say in which commune it happened
report-place-outside = This point is outside the province. Choose the commune and use words.
report-address-missing = Describe the place, or set a point on the map
report-address-long = The description of the place is longer than 300 characters. Shorten it.

check-title = Check and send
check-missing = Still missing
check-no-photos = No photos, no video
check-unit = Unit in charge
check-anonymous = Hide my name in public
check-anonymous-hint = The officer in charge still sees it to contact you.
check-public-title = What becomes public?
check-public = After acceptance, the text, the photos and the place become public. Your phone number does not.
check-not-public = This kind of report is not public. Only you and the unit in charge can see it.

done-title = The report was sent
done-code = Code to follow it by
done-until = Due: { $until }
done-next = What comes next
done-next-1 = { $unit } has received it
done-next-2 = You are told of every new step
done-next-3 = See the result and rate it
done-public = The report becomes public when it is accepted.

list-title = Public reports
list-lead = What people reported and what came of it.
list-open = In progress
list-finished = Finished
list-results = List
list-aside = Search by code and send a report
list-yours = Your reports
list-empty-title = No public reports yet
list-empty-text = Reports appear here after they were accepted.
list-none-title = No report fits
list-none-text = Remove some of the filters.
list-end = End of the list
list-from-start = Back to the start
filter = Filters
filter-state = State
filter-all = All
filter-go = Apply
filter-on = Filtered by:
filter-remove = remove
filter-clear = Remove the filters
code-title = Search by code
code-label = Code of the report
code-hint = The code has 10 digits, for example PA-123-456-7890
code-wrong = This code is not right. Check every digit.
code-not-found = There is no public report with this code
mine-title = My reports
mine-sent = Sent
mine-empty-title = No reports yet
mine-empty-text = Is something broken around you? Reporting takes two minutes.

report-sent-at = Sent at { $time }
report-due = Due: { $until }
report-question = The unit needs more information from you
report-question-paused = The clock stands until there is an answer.
report-answer = Answer the unit
report-add = Add information
report-hidden = This report is no longer public
report-not-yet-public = Not public yet. Only you and the unit in charge can see it.
report-timeline = What has happened
report-author = Reported by
report-you-can = What you can do
report-aside = What you can do, and the deadline
report-term = Deadline
report-share-title = Code and sharing
report-share = Share the public page
term-text = { $length }, counted from { $from }.
term-extended = { $n ->
    [one] Extended by { $shown } working day.
   *[other] Extended by { $shown } working days.
}
term-how = See how each day counts
term-to-check = The days off of this time are not all announced yet.
promise-due = Due: { $until }
promise-paused = The clock goes on when there is an answer

act-submit = Sent
act-accept = Accepted
act-assign = Given to an officer
act-start = In progress
act-ask = The unit has a question
act-answer = The reporter has answered
act-answer-own = You have answered
act-resume = Work goes on
act-transfer = Handed over to { $unit }
act-correct = Kind or place corrected
act-reply = The unit has answered
act-extend = Extended: { $until }
act-resolve = Resolved
act-reject = Not accepted
act-add-info = The reporter added something
act-add-info-own = You added something
act-withdraw = The reporter has withdrawn it
act-withdraw-own = You have withdrawn it
act-rate = The reporter rated it { $stars } out of 5
act-rate-own = You rated it { $stars } out of 5
act-reopen = The reporter asked for it to be done again
act-reopen-own = You asked for it to be done again
act-close = Closed
act-hide = Hidden from the public page
act-unhide = Shown on the public page again
note-question = Question of the unit
note-reason = Reason
note-unit = Answer of the unit
note-own = You wrote
note-citizen = The reporter wrote

more-text = Your text
more-public = This text appears on the public page.
flash-added = Your addition was sent
flash-answered = Your answer was sent
withdraw = Withdraw the report
withdraw-title = Withdraw this report?
withdraw-text = The unit will stop working on it. It cannot be opened again.
withdraw-reason = Why do you withdraw it?
withdraw-no = Keep it
flash-withdrawn = The report was withdrawn
rate-title = Rate the result
rate-question = Are you satisfied with the result?
rate-5 = Very satisfied
rate-4 = Satisfied
rate-3 = So-so
rate-2 = Not satisfied
rate-1 = Not satisfied at all
rate-comment = Is there anything to add?
rate-send = Send the rating
rate-missing = Choose how satisfied you are
flash-rated = Thank you for the rating
reopen = Ask for it to be done again
reopen-offer = Not as it should be? You may ask once for it to be done again, until { $date }.
reopen-text = The unit looks at it again, with a new deadline. You can ask only once.
reopen-comment = What is still wrong?
reopen-hint = Example: the patch broke after two days.
flash-reopened = Your request was sent
