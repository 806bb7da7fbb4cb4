# The queue as a map
desk-ways-label = Way to look
desk-way-list = List
desk-way-map = Map
desk-map-picture = Reports of this filter, by place
desk-map-live-label = Map of the queue: arrow keys move, the Tab key goes from report to report
desk-map-whole = Show the whole map
desk-map-several = { $n ->
    [one] { $shown } report
   *[other] { $shown } reports
  }
desk-map-several-late = { $shown } overdue
desk-map-several-n = { $n } reports
desk-map-several-late-n = { $n } overdue
desk-map-all = { $n ->
    [one] { $shown } report on the map.
   *[other] { $shown } reports on the map.
  }
desk-map-some = { $shown } of { $total } reports are on the map. Zoom in or narrow the filter.
desk-map-without = { $n ->
    [one] { $shown } report has no point and is in the list only.
   *[other] { $shown } reports have no point and are in the list only.
  }
desk-map-beyond = The map looks at the first { $n } reports of the list only. Narrow the filter.
desk-map-list-all = See all in the list
desk-mark-late = Overdue
desk-mark-soon = Due soon
desk-mark-time = In time
desk-mark-paused = Clock is paused
desk-mark-done = Finished

# On paper
desk-audit-act-report-printed = Took a report on paper
desk-audit-act-media-fetched = Fetched a picture that another system named
desk-pdf = Download PDF
paper-title = Report { $code }
paper-code = Report code
paper-state = State
paper-point = Coordinates
paper-photos = Photos
paper-photos-more = { $n ->
    [one] { $shown } more photo is on the system only.
   *[other] { $shown } more photos are on the system only.
  }
paper-footer = Report { $code } · internal copy, may hold personal data
paper-page = Page { $n }/{ $all }
paper-cut = The copy ends after { $n } pages. The rest is on the system only.

# Updates and pictures over Open311
open-data-update = Adding to a report that was sent
open-data-update-text = POST to servicerequestupdates with the same key: while the unit asks, it is the answer; otherwise it is more about the report. Only for reports sent with that key. update_id is the sending system's own mark; the same mark sent again counts once. status is not used: where a report stands is written by the unit.
open-data-update-example = A flame tree, about 5 metres long
open-data-media = The picture at media_url
open-data-media-some = Pictures are fetched over https only, from servers that the operating agency has allowed, up to 12 MB, and are kept like photos that citizens send. From elsewhere a report's picture is not fetched, only its address is kept for staff; with an update, the address is not kept either.
open-data-media-none = Pictures are not fetched. With a report, the address at media_url is kept for staff, not in public; with an update, it is not kept.
