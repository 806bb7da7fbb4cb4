# Public list, map and figures; watched places
public-tabs = Ways to see public reports
tab-list = List
tab-map = Map
tab-figures = Figures

filter-commune = Commune or ward
filter-unit = Department
filter-period = Sent
filter-7-days = Last 7 days
filter-30-days = Last 30 days
filter-90-days = Last 90 days
filter-365-days = Last year

map-title = Map of reports
map-lead = Touch a dot to see the report. Places are rounded to about 10 metres.
map-live-label = Map of reports: arrow keys move it, plus and minus zoom
map-picture = Reports by commune. The darker, the more.
map-approximate = Boundaries are drawn approximately.
map-none = None
map-many-legend = Several reports close together
map-many = { $n } reports, touch to zoom in
map-one = { $category }, sent { $date }
map-count = In view: { $n }. The map updates itself.
map-count-none = No reports in view.
map-failed = The map could not be updated. It will be tried again.
map-chosen = Chosen report
map-aside = Reports by commune
map-by-commune = By commune
map-total = { $n ->
    [one] 1 report
   *[other] { $shown } reports
}
map-all = All
map-more-communes = { $n ->
    [one] See 1 more commune
   *[other] See { $shown } more communes
}
place-picture = Drawing of the place, in { $commune }
place-picture-commune = Drawing of { $commune }, where it happened

figures-title = Figures of reports
figures-lead = As of { $time }. Updated with every change.
figures-12-months = Last 12 months
figures-3-months = Last 3 months
figures-24-months = Last 24 months
figures-all-months = From the beginning
figures-received = Received
figures-resolved = Resolved
figures-open = In progress
figures-on-time = On time
figures-time = Time to result
figures-stars-head = Satisfaction
figures-ratings = { $n ->
    [one] 1 rating
   *[other] { $shown } ratings
}
figures-none = No figures yet
figures-few = Too few ratings yet
figures-days = { $n } days
figures-hours = { $n ->
    [one] 1 hour
   *[other] { $shown } hours
}
figures-stars = { $n } of 5
figures-by-month = By month
figures-unit = Unit
figures-month = Month
figures-table = See the table by month
figures-chart = Chart of reports received and resolved by month of sending. The numbers are in the table below.
figures-by-category = By category
figures-by-unit = By unit
figures-more-units = { $n ->
    [one] See 1 more unit
   *[other] See { $shown } more units
}
figures-how = How it is counted
figures-how-month = A report counts for the month in which it was sent.
figures-how-time = Time to result is the average from sending to the result, days off included.
figures-how-few = Satisfaction is shown from 3 ratings on.
figures-download = Download the figures (CSV)
csv-month = Month sent
csv-unit-code = Unit code
csv-unit = Unit
csv-category-code = Category code
csv-category = Category
csv-received = Received
csv-resolved = Resolved
csv-on-time = On time
csv-late = Late
csv-rejected = Rejected
csv-withdrawn = Withdrawn
csv-minutes = Minutes to result, summed
csv-rated = Ratings
csv-stars = Stars, summed

watch-card-title = New reports here?
watch-card-text = Get a notice when there is a new report at a place you care about.
watch-card-go = Tell me
watch-title = Places I watch
watch-lead = You get a notice when there is a new report at these places. At most { $shown } a day.
watch-empty-title = You watch no place yet
watch-empty-text = Choose a commune, or a point such as your home or your child's school.
watch-new = Watch another place
watch-new-lead = You will be told of new reports there. You can stop at any time.
watch-where = Which place?
watch-commune = A whole commune
watch-point = Around a point
watch-commune-hint = For a whole commune. Type its new or old name.
watch-point-legend = Point on the map
watch-no-script = This browser cannot show the map. Watch the whole commune instead.
watch-denied = Your position could not be found. Touch the map, or watch the whole commune.
watch-pin = Watched point
watch-radius = Within
watch-all-categories = All categories
watch-save = Watch this place
watch-stop = Stop watching
watch-since = since { $date }
watch-circle = { $radius } around a point in { $commune }
watch-full = You watch { $shown } places. Stop one to add another.
watch-place-missing = Choose the commune to watch
watch-point-missing = Choose a point on the map, or watch the whole commune
watch-radius-wrong = Choose a distance from the list
watch-too-many = You watch 10 places already. Stop one first.
flash-watch-added = You watch this place now
flash-watch-stopped = You no longer watch this place
acc-row-watches = Places I watch
acc-row-watches-note = Be told of reports there
